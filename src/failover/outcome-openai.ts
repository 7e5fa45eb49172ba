import { exhausted, readCountedLimits } from './limit-headers.ts';
import { isAboutMoney } from './fault.ts';
import { limited, readCommon, readReset, unpaid } from './reading.ts';
import type { Facts, Reading } from './reading.ts';

/** OpenAI and the many that speak its wire. */
export function readOpenai(facts: Facts): Reading {
  const { body, status, now } = facts;
  if (status === 402) {
    // OpenRouter reserves credit for requests in flight and returns it by itself.
    const inFlight = body.metadata['limit_source'] === 'openrouter_in_flight_budget';
    if (inFlight) return limited({ kind: 'billing', status, what: 'credit-held' }, readReset(facts), now);
    return unpaid({ status }, 'no-credit', now, readReset(facts));
  }
  if (status !== 429) return readCommon(facts);
  if (isAboutMoney(body)) return unpaid({ status }, 'no-credit', now);
  // A request above the limit of a whole minute never fits, so waiting does not help.
  if (/request too large/i.test(body.message)) {
    return { failure: 'rate_limit', reason: { kind: 'too-large', status }, cooldown: 'none', retryable: false };
  }
  return limited({ kind: 'limit', status, ...limitOf(facts) }, readReset(facts), now);
}

/** Which limit it was, by the message or the header of an exhausted limit; behind a reseller, also whose. */
function limitOf({ failure, body, clock }: Facts): { window?: string; host?: string } {
  const [, unit = '', period = ''] = / on (requests|tokens) per (min|minute|hour|day)\b/i.exec(body.message) ?? [];
  if (unit !== '') return windowOf(unit, period);
  if (/per[ -]day/i.test(body.message)) return { window: 'requestsPerDay' };
  if (/tokens per minute/i.test(body.message)) return { window: 'tokensPerMinute' };
  const host = body.metadata['provider_name'];
  // Only a host's name is shown: a longer text may not be meant for a log.
  if (typeof host === 'string' && /^[\w .-]{1,32}$/.test(host)) return { host };
  const used = exhausted(readCountedLimits(failure.headers, clock), clock.now)?.window ?? '';
  const [, counted = '', span = ''] = /^(requests|tokens)-(minute|hour|day)$/.exec(used) ?? [];
  return counted === '' ? {} : windowOf(counted, span);
}

function windowOf(unit: string, period: string): { window: string } {
  return { window: `${unit.toLowerCase()}Per${PERIODS[period.toLowerCase()] ?? ''}` };
}

const PERIODS: Readonly<Record<string, string>> = { min: 'Minute', minute: 'Minute', hour: 'Hour', day: 'Day' };
