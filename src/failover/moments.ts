import type { Clock } from './clock.ts';
import { inZone, readDate, wallClock } from './dates.ts';
import { LONGEST_LIMIT_MS } from './cooldown.ts';

/** How the wires write times in their headers and fields, read into epoch milliseconds. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A Go duration (`1s`, `6m0s`, `120ms`, `2m59.56s`; OpenAI's and Groq's `x-ratelimit-reset-*`, Google's `retryDelay`),
 * in milliseconds. Undefined for any other text.
 */
export function readDuration(text: string): number | undefined {
  const whole = text.trim();
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/.test(whole)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of whole.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    ms += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return ms;
}

/**
 * A moment in any form a limit header has it: epoch seconds (Anthropic's unified limits), epoch milliseconds
 * (OpenRouter), RFC 3339 (Anthropic's API-key limits), seconds from now (`retry-after`, Cerebras), a Go duration, an
 * HTTP date. A moment of the host's clock is converted to ours. Undefined when unreadable or absurdly far away.
 */
export function readMoment(text: string | undefined, clock: Clock): number | undefined {
  const whole = text?.trim();
  if (whole === undefined || whole === '') return undefined;
  const moment = momentOf(whole, clock);
  return moment !== undefined && moment <= clock.now + LONGEST_LIMIT_MS ? Math.round(moment) : undefined;
}

function momentOf(text: string, { now, aheadMs, utcOffset }: Clock): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number > 1e11) return number - aheadMs;
    return number > 1e9 ? number * 1000 - aheadMs : now + number * 1000;
  }
  const duration = readDuration(text);
  if (duration !== undefined) return now + duration;
  // HTTP dates begin with the day of the week.
  const date = readDate(text.replace(/^[a-z]{3,9},\s*/i, ''), utcOffset, now + aheadMs);
  return date === undefined ? undefined : date - aheadMs;
}

/** Headers that tell how long to wait in milliseconds (OpenAI's SDKs, Azure), then those in seconds or as a date. */
const IN_MS = ['retry-after-ms', 'x-ms-retry-after-ms'];
const IN_SECONDS = ['retry-after', 'x-retry-after', 'x-ratelimit-reset-after'];

/** @param headers lower-case names. */
export function readRetryAfter(headers: Record<string, string>, clock: Clock): number | undefined {
  for (const name of IN_MS) {
    const ms = headers[name]?.trim();
    if (ms !== undefined && /^\d+(?:\.\d+)?$/.test(ms)) return readMoment(String(Number(ms) / 1000), clock);
  }
  return IN_SECONDS.map((name) => readMoment(headers[name], clock)).find((moment) => moment !== undefined);
}

const PACIFIC = 'America/Los_Angeles';

/** The next midnight in California, when Gemini's daily quotas start again (ai.google.dev, rate limits). */
export function nextPacificMidnight(now: number): number {
  const { year, month, day } = wallClock(now, PACIFIC);
  return inZone({ year, month, day: day + 1, hour: 0, minute: 0, second: 0 }, PACIFIC);
}
