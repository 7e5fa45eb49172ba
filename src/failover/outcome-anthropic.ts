import { readMoment, readRetryAfter } from './moments.ts';
import { familyOfClaim, isAccountClaim, readUnified, windowOfClaim } from './quota.ts';
import { readResetWords } from './reset-words.ts';
import { isAboutMoney } from './fault.ts';
import { limited, mistaken, readCommon, readReset, unpaid } from './reading.ts';
import type { Facts, Reading } from './reading.ts';

/** Claude, and the hosts that speak its wire. */
export function readAnthropic(facts: Facts): Reading {
  const { body, status, now, clock } = facts;
  const { message } = body;
  if (status === 429) return readLimit(facts);
  // Claude reports missing credit with a 400.
  if (/credit balance is too low/i.test(message)) return unpaid({ status }, 'low-balance', now);
  if (/out of extra usage/i.test(message)) return unpaid({ status }, 'no-extra-usage', now);
  if (/draw from your extra usage/i.test(message)) return unpaid({ status }, 'needs-extra-usage', now);
  if (/specified (?:workspace )?API usage limits/i.test(message)) {
    return unpaid({ status }, 'spending-limit', now, readResetWords(message, clock));
  }
  if (status === 402) {
    return unpaid({ status }, 'no-credit', now, readReset(facts));
  }
  return readCommon(facts);
}

/** Rounding to seconds and latency can move the same moment by this much. */
const ROUNDING_MS = 2_000;

function readLimit(facts: Facts): Reading {
  const { failure, body, status, now, clock, family } = facts;
  const { headers } = failure;
  // Not a quota: the request is longer than the plan allows, and the client compacts after this error.
  if (/extra usage is required for long context/i.test(body.message)) {
    return mistaken({ kind: 'billing', status, what: 'long-context-needs-extra-usage' });
  }
  if (body.detailCode === 'enforced_spend_limit_reached' || /reached your API usage limits/i.test(body.message)) {
    const until = readResetWords(body.message, clock);
    return { ...unpaid({ status }, 'spending-limit', now, until), failure: 'rate_limit' };
  }
  const retryAt = readRetryAfter(headers, clock);
  const unifiedReset = readMoment(headers['anthropic-ratelimit-unified-reset'], clock);
  const rejected = readUnified(headers, clock).filter((window) => window.rejected && window.name !== 'overage');
  const account = rejected.filter((window) => isAccountClaim(window.name));
  const claim = headers['anthropic-ratelimit-unified-representative-claim'];
  if (rejected.length > 0) {
    // Of several exhausted windows the one that resets last decides; windows of the whole account outrank those of a
    // family.
    const deciding = (account.length > 0 ? account : rejected).toSorted(
      (a, b) => (b.resetAt ?? 0) - (a.resetAt ?? 0),
    )[0];
    const name = deciding?.name ?? '';
    const scope = account.length > 0 ? undefined : (familyOfClaim(name) ?? family);
    // `retry-after` depends on no clock, but covers one window only.
    const waited = rejected.length === 1 ? retryAt : undefined;
    const resetAt = deciding?.resetAt ?? unifiedReset;
    // Where both agree, the window's moment is more exact: `retry-after` is rounded up to seconds.
    const agree = waited !== undefined && resetAt !== undefined && Math.abs(waited - resetAt) <= ROUNDING_MS;
    const until = agree ? resetAt : (waited ?? resetAt ?? retryAt);
    return limited({ kind: 'limit', status, window: name }, until, now, scope);
  }
  if (headers['anthropic-ratelimit-unified-status'] === 'rejected') {
    const scope = claim === undefined || isAccountClaim(claim) ? undefined : (familyOfClaim(claim) ?? family);
    const window = claim === undefined ? 'unified' : windowOfClaim(claim);
    return limited({ kind: 'limit', status, window }, retryAt ?? unifiedReset, now, scope);
  }
  if (/out of extra usage/i.test(body.message)) return unpaid({ status }, 'no-extra-usage', now);
  if (isAboutMoney(body)) return unpaid({ status }, 'no-credit', now);
  return limited({ kind: 'limit', status, ...exhausted(headers) }, readReset(facts), now);
}

/** The limits of an API key, all of them by the minute, under the name that their window has. */
const API_KEY_WINDOWS: Readonly<Record<string, string>> = {
  requests: 'requestsPerMinute',
  'input-tokens': 'inputTokensPerMinute',
  'output-tokens': 'outputTokensPerMinute',
  tokens: 'tokensPerMinute',
};

/** Which API-key limit has nothing left. */
function exhausted(headers: Record<string, string>): { window?: string } {
  const found = Object.entries(API_KEY_WINDOWS).find(
    ([name]) => headers[`anthropic-ratelimit-${name}-remaining`] === '0',
  );
  return found === undefined ? {} : { window: found[1] };
}
