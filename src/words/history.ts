import type { Figures } from '../state/figures.ts';
import { tokens } from './limit.ts';
import { dollars, estimateText } from './money.ts';
import { plural } from './text.ts';
import { day, dayAndTime, duration } from './time.ts';

/** What is said of many sessions together, in the terminal and on the page. */

/** Stands below every amount that is marked with `*`. */
export const NOTIONAL_NOTE =
  "* notional: what the answers that a plan paid for (Claude's) would cost at API prices. Not counted as spent.";

/** To paste the thread into another tool and the answer back takes so many minutes. */
export const MANUAL_WAY = { least: 3, most: 5 } as const;

/** `7 sessions`, `42 messages`, `120 answers`, `3 failovers`, `26 min away from Claude` */
export function countParts({ sessions, messages, answers, failovers, awayMs }: Figures): string[] {
  return [
    plural(sessions, 'session'),
    plural(messages, 'message'),
    plural(answers, 'answer'),
    failovers === 0 ? 'no failover' : plural(failovers, 'failover'),
    ...(awayMs === 0 ? [] : [`${duration(awayMs)} away from Claude`]),
  ];
}

/** Tokens, money, average times, and the minutes not lost: a line each. */
export function figureLines(total: Figures): string[] {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = total.tokens;
  const cached = tokens(cacheReadTokens + cacheWriteTokens);
  const spent = estimateText({ usd: total.spentUsd, unknown: total.unknownPrices > 0 });
  const notional = total.notionalUsd > 0 ? [`${dollars(total.notionalUsd)}* notional`] : [];
  const averages = [
    ...(total.claudeMs === undefined ? [] : [`Claude ${duration(total.claudeMs)}`]),
    ...(total.othersMs === undefined ? [] : [`others ${duration(total.othersMs)}`]),
  ];
  return [
    `Tokens: ${tokens(inputTokens)} in, ${tokens(outputTokens)} out, ${cached} cached`,
    `Spent on paid providers: ${[spent, ...notional].join(' · ')}`,
    ...(averages.length === 0 ? [] : [`Average time of an answer: ${averages.join(', ')}`]),
    ...(total.outages === 0 ? [] : [notLostText(total)]),
  ];
}

/** `6 to 10 min not lost (an estimate: 2 outages by a limit, 3 to 5 min each the manual way)` */
export function notLostText({ outages, minutesNotLost: { least, most } }: Figures): string {
  const minutes = most < 60 ? `${least} to ${most} min` : `${duration(least * 60_000)} to ${duration(most * 60_000)}`;
  const one = `${MANUAL_WAY.least} to ${MANUAL_WAY.most} min`;
  return `${minutes} not lost (an estimate: ${plural(outages, 'outage')} by a limit, ${one}${outages === 1 ? '' : ' each'} the manual way)`;
}

/** `21 Nov 2026 to 27 Nov 2026`: whole days by their dates, other moments with their times. @param now stands for an open end. */
export function periodText(
  { since, until }: { since?: number | undefined; until?: number | undefined },
  now: number,
): string {
  const first = since === undefined ? undefined : isMidnight(since) ? day(since) : dayAndTime(since);
  const end = until === undefined || until > now ? now : until;
  // The end is not part of the period: a day that ends at midnight is the day before.
  const last =
    until !== undefined && isMidnight(end) ? day(end - 1) : first?.includes(':') ? dayAndTime(end) : day(end);
  if (first === undefined) return until === undefined ? 'All sessions that are kept' : `Until ${last}`;
  return first === last ? first : `${first} to ${last}`;
}

function isMidnight(at: number): boolean {
  const date = new Date(at);
  return date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;
}
