import type { Wire } from '../errors.ts';
import type { ModelFamily, QuotaWindow } from '../events.ts';
import type { Clock } from './clock.ts';
import { readErrorBody, record } from './error-body.ts';
import { quotaWindow, readApiKeyLimits, readCountedLimits, readNumber } from './limit-headers.ts';
import { nextPacificMidnight, readDuration, readMoment } from './moments.ts';
import { readResetWords } from './reset-words.ts';

const UNIFIED = 'anthropic-ratelimit-unified-';

/** A window of a Claude subscription, by its headers. */
export type UnifiedWindow = {
  /** `5h`, `7d`, `7d_opus`, `7d_sonnet`, `7d_oi`, `overage`. */
  name: string;
  rejected: boolean;
  /** Fraction used. */
  used?: number;
  resetAt?: number;
};

/** The subscription windows of a reply (recorded 200s and 429s; undocumented). Empty with an API key. */
export function readUnified(headers: Record<string, string>, clock: Clock): UnifiedWindow[] {
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
    const resetAt = found?.[2] === 'reset' ? readMoment(value, clock) : undefined;
    if (resetAt !== undefined) window.resetAt = resetAt;
  }
  return [...windows.values()];
}

/**
 * Whether Claude bills this answer as extra usage. Claude Code 2.1.330 reads the same headers: the one that says so, and
 * before it existed a limit that is reached while extra usage goes on.
 */
export function isOverage(headers: Record<string, string>): boolean {
  const inUse = headers[`${UNIFIED}overage-in-use`];
  if (inUse !== undefined) return inUse === 'true';
  const goesOn = headers[`${UNIFIED}overage-status`]?.startsWith('allowed') === true;
  return goesOn && headers[`${UNIFIED}status`] === 'rejected';
}

/**
 * A provider's limits from the headers of any answer, a 200 or an error.
 * @param headers lower-case names.
 * @returns one window for each limit that the wire names; empty when it says nothing.
 */
export function readQuota(wire: Wire, headers: Record<string, string>, clock: Clock): QuotaWindow[] {
  const apiKey = readApiKeyLimits(headers, clock).filter(isMeasured);
  const anthropic = wire === 'anthropic' ? [...unifiedQuota(headers, clock), ...apiKey] : [];
  // Hosts that relay Anthropic's wire (OpenRouter, z.ai) count with OpenAI's headers.
  return anthropic.length > 0 ? anthropic : readCountedLimits(headers, clock).filter(isMeasured);
}

/** A window that reports more than its reset. */
function isMeasured({ limit, remaining }: QuotaWindow): boolean {
  return limit !== undefined || remaining !== undefined;
}

function unifiedQuota(headers: Record<string, string>, clock: Clock): QuotaWindow[] {
  const windows = readUnified(headers, clock)
    // Extra usage reports only whether it is allowed, so there is nothing left to show.
    .filter((window) => window.name !== 'overage' || window.used !== undefined)
    .map(({ name, rejected, used, resetAt }) =>
      quotaWindow({ name, used: used ?? (rejected ? 1 : undefined), resetAt }),
    );
  if (windows.length > 0) return windows;
  // Accounts that pay for extra usage may name only the claim and one reset.
  const claim = headers[`${UNIFIED}representative-claim`];
  const resetAt = readMoment(headers[`${UNIFIED}reset`], clock);
  if (claim === undefined || resetAt === undefined) return [];
  const rejected = headers[`${UNIFIED}status`] === 'rejected';
  return [quotaWindow({ name: windowOfClaim(claim), used: rejected ? 1 : undefined, resetAt })];
}

/**
 * Limits that a wire reports only in its errors: Gemini's `QuotaFailure`, OpenAI's "Limit 30000, Used 18928".
 * @param body the error's body as it came.
 */
export function readQuotaError(wire: Wire, body: string, clock: Clock): QuotaWindow[] {
  if (wire === 'gemini') {
    return readViolations(body, clock).map(({ name, limit, resetAt }) =>
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
  return [quotaWindow({ name, limit, used, remaining, resetAt: readResetWords(message, clock) })];
}

/** A quota that is used up, by a Gemini error. */
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
export function readViolations(body: string, clock: Clock): Violation[] {
  const { now } = clock;
  const { details } = readErrorBody(body);
  const retryAt = readRetryInfo(body, clock);
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
export function readRetryInfo(body: string, clock: Clock): number | undefined {
  const { details, message } = readErrorBody(body);
  const info = details.find((detail) => String(detail['@type']).includes('RetryInfo'));
  const delay = readDuration(String(info?.['retryDelay'] ?? ''));
  return delay === undefined ? readResetWords(message, clock) : clock.now + Math.ceil(delay);
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
