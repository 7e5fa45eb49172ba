import { zoneOf } from './clock.ts';
import type { Clock } from './clock.ts';
import { readDate } from './dates.ts';
import { LONGEST_LIMIT_MS } from './cooldown.ts';

/** When a limit is over, in the words of an error's message. */

const UNIT_MS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ns|us|µs)$/, 0.001],
  [/^(?:ms|milliseconds?)$/, 1],
  [/^(?:s|secs?|seconds?|秒钟?)$/, 1_000],
  [/^(?:m|mins?|minutes?|分钟?)$/, 60_000],
  [/^(?:h|hrs?|hours?|小时)$/, 3_600_000],
  [/^(?:d|days?|天)$/, 86_400_000],
  [/^(?:w|weeks?|周)$/, 604_800_000],
];

const UNIT =
  'ns|us|µs|ms|milliseconds?|seconds?|secs?|s|秒钟?|minutes?|mins?|m|分钟?|hours?|hrs?|h|小时|days?|d|天|weeks?|w|周';
const AMOUNT = String.raw`(?:\d+(?:\.\d+)?|an?\b|one\b)`;
/** `3h20m10s`, `8 hours 24 minutes`, `1 hour and 5 minutes`, `a minute`, `1:05:00` */
const SPAN = String.raw`(?:\d{1,3}:\d{2}:\d{2}|${AMOUNT}\s*(?:${UNIT})(?![a-z])(?:,?\s*(?:and\s+)?\d+(?:\.\d+)?\s*(?:${UNIT})(?![a-z]))*)`;

/** Words that announce the end of a limit: `try your request again`, `resets`, `will be available`, `regain access`. */
const END = String.raw`(?:(?:try|come|check)(?:\s+\w+){0,3}?\s+(?:again|back)|back|retry(?:ing)?|wait(?:ing)?|reset(?:s|ting)?|renews?|renewed|refresh(?:es|ed)?|replenish(?:es|ed)?|available|regain(?:\s+\w+){0,2}|restored|resumes?|unlock(?:s|ed)?|lifted|expires?|cool-?\s?down|until)`;
const LINK = String.raw`(?:\s+(?:again|it|your|request|period|is|of|in|after|for|within|at\s+least|about|approximately|around|another))*[\s:~]*`;

const IN_A_SPAN = new RegExp(String.raw`\b${END}${LINK}(?<span>${SPAN})`, 'i');
const SPAN_FIRST = new RegExp(
  String.raw`(?<span>${SPAN})\s*(?:之?后|remaining\b|left\b|until\s+(?:reset|retry)|before\s+(?:retrying|trying))`,
  'i',
);
const DATE_FOLLOWS = new RegExp(String.raw`\b${END}|重置|恢复|刷新|解除`, 'gi');
const DATE_PRECEDES = /(?<date>\d{4}[-/年]\d{1,2}[-/月]\d{1,2}[^\n]{0,12}?)\s*(?:之?后)?\s*(?:重置|恢复|刷新|解除)/;

/**
 * When a limit is over, as the message of an error says: "try again in 17 minutes", "resets in 108h48m29s", "Your limit
 * will reset at 2026-11-22 18:00:00". A span beats a date, which depends on clocks and zones.
 * @returns epoch milliseconds, later than now; undefined where no time is named, or an absurd one.
 */
export function readResetWords(message: string, clock: Clock): number | undefined {
  const span = (IN_A_SPAN.exec(message) ?? SPAN_FIRST.exec(message))?.groups?.['span'];
  const ms = span === undefined ? 0 : spanMs(span);
  if (ms > 0 && ms <= LONGEST_LIMIT_MS) return clock.now + Math.ceil(ms);
  return readNamedDate(message, clock);
}

/** A span in words or as Go writes it, in milliseconds. */
function spanMs(span: string): number {
  const [, hours, minutes, seconds] = /^(\d+):(\d{2}):(\d{2})$/.exec(span) ?? [];
  if (hours !== undefined) return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  let ms = 0;
  for (const [, amount = '', unit = ''] of span.toLowerCase().matchAll(SPAN_PARTS)) {
    const factor = UNIT_MS.find(([pattern]) => pattern.test(unit))?.[1] ?? 0;
    ms += (/^\d/.test(amount) ? Number(amount) : 1) * factor;
  }
  return ms;
}

const SPAN_PARTS = new RegExp(String.raw`(${AMOUNT})\s*(${UNIT})(?![a-z])`, 'g');

function readNamedDate(message: string, clock: Clock): number | undefined {
  const zone = zoneOf(message, clock);
  const hostNow = clock.now + clock.aheadMs;
  const preceding = DATE_PRECEDES.exec(message)?.groups?.['date'];
  const places = [
    ...(preceding === undefined ? [] : [preceding]),
    ...Array.from(message.matchAll(DATE_FOLLOWS), ({ index, 0: word }) => index + word.length).flatMap((from) =>
      placesFor(message.slice(from, from + 100)),
    ),
  ];
  for (const place of places) {
    const at = readDate(place, zone, hostNow);
    if (at !== undefined && at > hostNow && at <= hostNow + LONGEST_LIMIT_MS) return at - clock.aheadMs;
  }
  return undefined;
}

/** Where a date may begin behind a word: at a word near by, at the latest with the first number. */
function placesFor(text: string): string[] {
  const places: string[] = [];
  for (const { index } of text.matchAll(/(?<![A-Za-z\d])[A-Za-z\d]/g)) {
    if (index > 40) break;
    places.push(text.slice(index));
    if (/\d/.test(text[index] ?? '')) break;
  }
  return places;
}
