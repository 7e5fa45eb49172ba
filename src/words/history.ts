import { plural } from './text.ts';
import { day, dayAndTime, duration } from './time.ts';

/** What is said of many sessions together, in the terminal and on the page. */

/** Stands below every amount that is marked with `*`. */
export const NOTIONAL_NOTE =
  "* notional: what the answers that a plan paid for (Claude's) would cost at API prices. Not counted as spent.";

/** `6 to 10 min not lost (an estimate: 2 outages by a limit, 3 to 5 min each the manual way)` */
export function notLostText(
  outages: number,
  { least, most }: { least: number; most: number },
  each: { least: number; most: number },
): string {
  const isShort = most < 60;
  const minutes = isShort ? `${least} to ${most} min` : `${duration(least * 60_000)} to ${duration(most * 60_000)}`;
  const one = `${each.least} to ${each.most} min`;
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
