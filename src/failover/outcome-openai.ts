import { record } from './error-body.ts';
import { readAccessDate, readMoment, readRetryAfter } from './moments.ts';
import { readTryAgain } from './quota.ts';
import { BILLING_REST_MS, isAboutMoney, limited, readCommon, unpaid } from './reading.ts';
import type { Facts, Reading } from './reading.ts';

/** OpenAI and the many that speak its wire. */
export function readOpenai(facts: Facts): Reading {
  const { failure, body, status, now } = facts;
  const retryAt = readRetryAfter(failure.headers, now);
  if (status === 402) {
    // OpenRouter holds credit back for requests in flight: that comes back by itself.
    const inFlight = body.metadata['limit_source'] === 'openrouter_in_flight_budget';
    if (inFlight) return limited({ kind: 'billing', status, what: 'credit-held' }, retryAt, now);
    return unpaid({ status }, 'no-credit', retryAt ?? now + BILLING_REST_MS);
  }
  if (status !== 429) {
    // Novita and others: a 400 or 403 that is about the balance.
    const refused = status === 400 || status === 403;
    return refused && isAboutMoney(body) ? unpaid({ status }, 'no-credit', now + BILLING_REST_MS) : readCommon(facts);
  }
  if (isAboutMoney(body)) return unpaid({ status }, 'no-credit', now + BILLING_REST_MS);
  // One request above the limit of a whole minute: it never fits, however long one waits.
  if (/request too large/i.test(body.message)) {
    return { failure: 'rate_limit', reason: { kind: 'too-large', status }, rest: 'none', retryable: false };
  }
  const named = /reset at/i.test(body.message) ? readAccessDate(body.message, now) : undefined;
  const until = retryAt ?? exhaustedReset(facts) ?? readTryAgain(body.message, now) ?? openRouterReset(facts) ?? named;
  return limited({ kind: 'limit', status, ...limitOf(facts) }, until, now);
}

/** The reset of the limit that is used up; of several, the later. */
function exhaustedReset({ failure: { headers }, body, now }: Facts): number | undefined {
  const resets: number[] = [];
  for (const unit of ['requests', 'tokens']) {
    const reset = readMoment(headers[`x-ratelimit-reset-${unit}`], now);
    const used = headers[`x-ratelimit-remaining-${unit}`] === '0' || body.type === unit;
    if (reset !== undefined && used) resets.push(reset);
  }
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** OpenRouter repeats its limit headers, with epoch milliseconds, inside the error's metadata. */
function openRouterReset({ body, failure, now }: Facts): number | undefined {
  const inside = record(body.metadata['headers'])['X-RateLimit-Reset'];
  const reset = typeof inside === 'string' || typeof inside === 'number' ? String(inside) : undefined;
  return readMoment(reset ?? failure.headers['x-ratelimit-reset'], now);
}

/** Which limit it was, as far as the message tells; behind a reseller, whose. */
function limitOf({ body }: Facts): { window?: string; host?: string } {
  const [, unit = '', period = ''] = / on (requests|tokens) per (min|minute|hour|day)\b/i.exec(body.message) ?? [];
  if (unit !== '') return { window: `${unit.toLowerCase()}Per${PERIODS[period.toLowerCase()] ?? ''}` };
  if (/per[ -]day/i.test(body.message)) return { window: 'requestsPerDay' };
  if (/tokens per minute/i.test(body.message)) return { window: 'tokensPerMinute' };
  const host = body.metadata['provider_name'];
  // A host's name is shown; anything longer may be text that was not meant for a log.
  return typeof host === 'string' && /^[\w .-]{1,32}$/.test(host) ? { host } : {};
}

const PERIODS: Readonly<Record<string, string>> = { min: 'Minute', minute: 'Minute', hour: 'Hour', day: 'Day' };
