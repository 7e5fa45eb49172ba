import type { Wire } from '../errors.ts';
import type { ModelFamily, QuotaWindow } from '../events.ts';
import { readErrorBody, record } from './error-body.ts';
import { nextPacificMidnight, readDuration, readMoment } from './moments.ts';

const UNIFIED = 'anthropic-ratelimit-unified-';

/** One of a Claude subscription's windows, as its headers tell it. */
export type UnifiedWindow = {
  /** `5h`, `7d`, `7d_opus`, `7d_sonnet`, `7d_oi`, `overage`. */
  name: string;
  rejected: boolean;
  /** Fraction used. */
  used?: number;
  resetAt?: number;
};

/** The subscription windows of a reply (recorded 200s and 429s; undocumented). Empty with an API key. */
export function readUnified(headers: Record<string, string>, now: number): UnifiedWindow[] {
  const windows = new Map<string, UnifiedWindow>();
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(UNIFIED)) continue;
    const found = /^(.+)-(status|utilization|reset)$/.exec(header.slice(UNIFIED.length));
    const name = found?.[1];
    if (name === undefined) continue;
    const window = windows.get(name) ?? { name, rejected: false };
    windows.set(name, window);
    if (found?.[2] === 'status') window.rejected = value === 'rejected';
    const used = found?.[2] === 'utilization' ? readNumber(value) : undefined;
    if (used !== undefined) window.used = used;
    const resetAt = found?.[2] === 'reset' ? readMoment(value, now) : undefined;
    if (resetAt !== undefined) window.resetAt = resetAt;
  }
  return [...windows.values()];
}

/**
 * A provider's limits from the headers of any answer, a 200 or an error.
 * @param headers lower-case names.
 * @returns one window for each limit that the wire names; empty when it says nothing.
 */
export function readQuota(wire: Wire, headers: Record<string, string>, now: number): QuotaWindow[] {
  const anthropic = wire === 'anthropic' ? [...unifiedQuota(headers, now), ...anthropicQuota(headers, now)] : [];
  // Hosts that relay Anthropic's wire (OpenRouter, z.ai) count with OpenAI's headers.
  return anthropic.length > 0 ? anthropic : openaiQuota(headers, now);
}

function unifiedQuota(headers: Record<string, string>, now: number): QuotaWindow[] {
  const windows = readUnified(headers, now)
    // Extra usage says only whether it is allowed: without a measure there is no headroom to show.
    .filter((window) => window.name !== 'overage' || window.used !== undefined)
    .map(({ name, rejected, used, resetAt }) =>
      quotaWindow({ name, used: used ?? (rejected ? 1 : undefined), resetAt }),
    );
  if (windows.length > 0) return windows;
  // Accounts that pay for extra usage may name only the claim and one reset.
  const claim = headers[`${UNIFIED}representative-claim`];
  const resetAt = readMoment(headers[`${UNIFIED}reset`], now);
  if (claim === undefined || resetAt === undefined) return [];
  const rejected = headers[`${UNIFIED}status`] === 'rejected';
  return [quotaWindow({ name: windowOfClaim(claim), used: rejected ? 1 : undefined, resetAt })];
}

/** `anthropic-ratelimit-requests-remaining`, `anthropic-priority-input-tokens-limit` … (platform docs, rate limits). */
function anthropicQuota(headers: Record<string, string>, now: number): QuotaWindow[] {
  return countedQuota(
    headers,
    /^anthropic-(?:ratelimit-)?((?:priority-|fast-)?(?:requests|tokens|input-tokens|output-tokens))-(limit|remaining|reset)$/,
    (found) => [found[1], found[2]],
    now,
  );
}

/**
 * `x-ratelimit-remaining-tokens` and its kin: OpenAI, Groq, Cerebras (`…-requests-day`), and OpenRouter, which names
 * no unit and counts requests.
 */
function openaiQuota(headers: Record<string, string>, now: number): QuotaWindow[] {
  return countedQuota(
    headers,
    /^x-ratelimit-(limit|remaining|reset)(?:-([a-z-]+))?$/,
    (found) => [found[2] ?? 'requests', found[1]],
    now,
  );
}

function countedQuota(
  headers: Record<string, string>,
  pattern: RegExp,
  read: (found: RegExpExecArray) => (string | undefined)[],
  now: number,
): QuotaWindow[] {
  const facts = new Map<string, { limit?: number; remaining?: number; resetAt?: number }>();
  for (const [header, value] of Object.entries(headers)) {
    const found = pattern.exec(header);
    if (found === null) continue;
    const [name = '', part] = read(found);
    const window = facts.get(name) ?? {};
    facts.set(name, window);
    const number = part === 'reset' ? readMoment(value, now) : readNumber(value);
    if (number === undefined) continue;
    if (part === 'reset') window.resetAt = number;
    else window[part === 'limit' ? 'limit' : 'remaining'] = number;
  }
  return [...facts]
    .map(([name, window]) => quotaWindow({ name, ...window }))
    .filter((window) => window.limit !== undefined || window.remaining !== undefined);
}

/**
 * Limits that a wire tells only in its errors: Gemini's `QuotaFailure`, OpenAI's "Limit 30000, Used 18928".
 * @param body the error's body as it came.
 */
export function readQuotaError(wire: Wire, body: string, now: number): QuotaWindow[] {
  if (wire === 'gemini') {
    return readViolations(body, now).map(({ name, limit, resetAt }) =>
      quotaWindow({ name, limit, used: 1, remaining: 0, resetAt }),
    );
  }
  if (wire !== 'openai') return [];
  const { message } = readErrorBody(body);
  const found = / on (\w+) per (\w+).*?Limit:? (\d+)(?:, Used:? (\d+))?/i.exec(message);
  if (found === null) return [];
  const [, unit = '', period = '', limitText, usedText] = found;
  const limit = Number(limitText);
  const used = usedText === undefined || limit === 0 ? undefined : Number(usedText) / limit;
  const name = `${unit.toLowerCase()}Per${/^d/i.test(period) ? 'Day' : /^h/i.test(period) ? 'Hour' : 'Minute'}`;
  const remaining = usedText === undefined ? undefined : Math.max(0, limit - Number(usedText));
  return [quotaWindow({ name, limit, used, remaining, resetAt: readTryAgain(message, now) })];
}

/** One quota that a Gemini error says is used up. */
export type Violation = {
  /** `requestsPerDay`, `requestsPerMinute`, `inputTokensPerMinute`, or the quota's own id. */
  name: string;
  period: 'day' | 'minute' | 'unknown';
  limit?: number;
  resetAt?: number;
};

/**
 * Google's `QuotaFailure` and `RetryInfo`. A daily quota starts again at midnight in California whatever `RetryInfo`
 * says (it names seconds even then); one by the minute when `RetryInfo` says, else in a minute.
 */
export function readViolations(body: string, now: number): Violation[] {
  const { details } = readErrorBody(body);
  const retryAt = readRetryInfo(body, now);
  return details
    .filter((detail) => String(detail['@type']).includes('QuotaFailure'))
    .flatMap((detail) => (Array.isArray(detail['violations']) ? detail['violations'].map(record) : []))
    .map((violation) => {
      const id = String(violation['quotaId'] ?? violation['quotaMetric'] ?? '');
      const period = /PerDay|Daily/i.test(id) ? 'day' : /PerMinute|PerModelPerMinute/i.test(id) ? 'minute' : 'unknown';
      const unit = /InputTokens/i.test(id) ? 'inputTokens' : /Tokens/i.test(id) ? 'tokens' : 'requests';
      const resetAt =
        period === 'day' ? nextPacificMidnight(now) : (retryAt ?? (period === 'minute' ? now + 60_000 : undefined));
      const limit = readNumber(String(violation['quotaValue'] ?? ''));
      return {
        name: period === 'unknown' ? id || 'quota' : `${unit}Per${period === 'day' ? 'Day' : 'Minute'}`,
        period,
        ...(limit === undefined ? {} : { limit }),
        ...(resetAt === undefined ? {} : { resetAt }),
      };
    });
}

/** Google's `RetryInfo.retryDelay`, or the same in the message: "Please retry in 20.04466179s." */
export function readRetryInfo(body: string, now: number): number | undefined {
  const { details, message } = readErrorBody(body);
  const info = details.find((detail) => String(detail['@type']).includes('RetryInfo'));
  const delay = readDuration(String(info?.['retryDelay'] ?? ''));
  return delay === undefined ? readTryAgain(message, now) : now + Math.ceil(delay);
}

/** "Please try again in 6m0s", "Please retry in 20.04466179s": epoch milliseconds. */
export function readTryAgain(message: string, now: number): number | undefined {
  const found = /(?:try again|retry) in ((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)/i.exec(message);
  const delay = readDuration(found?.[1] ?? '');
  return delay === undefined ? undefined : now + Math.ceil(delay);
}

const WINDOW_OF_CLAIM: Readonly<Record<string, string>> = {
  five_hour: '5h',
  seven_day: '7d',
  seven_day_opus: '7d_opus',
  seven_day_sonnet: '7d_sonnet',
  seven_day_overage_included: '7d_oi',
};

/** The window that a claim of Claude's is about: `seven_day_opus` → `7d_opus`. */
export function windowOfClaim(claim: string): string {
  return WINDOW_OF_CLAIM[claim] ?? claim;
}

/** A family that only one window limits. `7d_oi` is shown by Claude Code 2.1.330 as the Fable limit. */
const FAMILY_OF_WINDOW: Readonly<Record<string, ModelFamily>> = {
  '7d_opus': 'opus',
  '7d_sonnet': 'sonnet',
  '7d_haiku': 'haiku',
  '7d_fable': 'fable',
  '7d_oi': 'fable',
};

/** @param claim a window's name or Claude's claim: `7d_opus`, `seven_day_opus`. */
export function familyOfClaim(claim: string): ModelFamily | undefined {
  return FAMILY_OF_WINDOW[windowOfClaim(claim)];
}

/** True for the two windows that hold for every model of the account. */
export function isAccountClaim(claim: string): boolean {
  const window = windowOfClaim(claim);
  return window === '5h' || window === '7d' || window === 'overage';
}

/** A number that is worth showing: Azure sends -1 where it counts nothing. */
function readNumber(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

function quotaWindow(facts: {
  name: string;
  used?: number | undefined;
  limit?: number | undefined;
  remaining?: number | undefined;
  resetAt?: number | undefined;
}): QuotaWindow {
  // A limit of 0 is a host's way to say that it counts nothing.
  const limit = facts.limit === 0 ? undefined : facts.limit;
  const remaining = facts.limit === 0 ? undefined : facts.remaining;
  const counted = limit === undefined || remaining === undefined ? undefined : Math.max(0, 1 - remaining / limit);
  const used = facts.used ?? counted;
  return {
    name: facts.name,
    ...(used === undefined ? {} : { used }),
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(facts.resetAt === undefined ? {} : { resetAt: facts.resetAt }),
    source: 'wire',
  };
}
