/** How the wires write times, read into epoch milliseconds. */

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

/** No limit of any wire resets further away (spending limits reset monthly): a later moment is a misreading. */
const FURTHEST_MS = 40 * 86_400_000;

/**
 * A duration as Go writes it (`1s`, `6m0s`, `120ms`, `2m59.56s`; OpenAI's and Groq's `x-ratelimit-reset-*`, Google's
 * `retryDelay`), in milliseconds. Undefined when it is none.
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
 * HTTP date. Undefined when unreadable or absurdly far away.
 */
export function readMoment(text: string | undefined, now: number): number | undefined {
  const whole = text?.trim();
  if (whole === undefined || whole === '') return undefined;
  const moment = momentOf(whole, now);
  return Number.isFinite(moment) && moment <= now + FURTHEST_MS ? Math.round(moment) : undefined;
}

function momentOf(text: string, now: number): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number > 1e11) return number;
    return number > 1e9 ? number * 1000 : now + number * 1000;
  }
  const duration = readDuration(text);
  return duration === undefined ? Date.parse(text) : now + duration;
}

/** `retry-after-ms` before `retry-after` (seconds or an HTTP date), as Anthropic's and OpenAI's SDKs read them. */
export function readRetryAfter(headers: Record<string, string>, now: number): number | undefined {
  const ms = headers['retry-after-ms'];
  if (ms !== undefined && /^\d+(?:\.\d+)?$/.test(ms.trim())) return readMoment(String(Number(ms) / 1000), now);
  return readMoment(headers['retry-after'], now);
}

/** `You will regain access on 2026-09-01 at 00:00 UTC` (Anthropic's documentation of spending limits). */
export function readAccessDate(message: string, now: number): number | undefined {
  const found = /(\d{4}-\d{2}-\d{2})(?:(?: at |[ T])(\d{2}:\d{2}(?::\d{2})?))?(?: ?UTC|Z)?/.exec(message);
  if (found === null) return undefined;
  const moment = readMoment(`${found[1]}T${found[2] ?? '00:00'}Z`, now);
  return moment !== undefined && moment > now ? moment : undefined;
}

const PACIFIC = 'America/Los_Angeles';

/** The next midnight in California, when Gemini's daily quotas start again (ai.google.dev, rate limits). */
export function nextPacificMidnight(now: number): number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: PACIFIC,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const sinceMidnight = (at: number): number => {
    const part = (type: string) => Number(clock.formatToParts(at).find((each) => each.type === type)?.value ?? 0);
    return ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000;
  };
  const day = 86_400_000;
  const guess = now - (now % 1000) - sinceMidnight(now) + day;
  // On the two days a year that have 23 or 25 hours the guess is an hour off, before or after midnight.
  const off = sinceMidnight(guess);
  return off === 0 ? guess : off < day / 2 ? guess - off : guess + (day - off);
}
