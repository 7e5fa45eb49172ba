import { readRetryInfo, readViolations } from './quota.ts';
import { limited, readCommon, readReset, refusedKey, unpaid } from './reading.ts';
import type { Facts, Reading } from './reading.ts';

/** Google's Generative Language API (and Vertex, which answers alike). */
export function readGemini(facts: Facts): Reading {
  const { failure, body, status, now, clock } = facts;
  // Google reports a wrong key with a 400.
  if (status === 400 && /API key not valid|API_KEY_INVALID/i.test(failure.body)) {
    return refusedKey({ kind: 'key-refused', status });
  }
  if (status !== 429) return readCommon(facts);
  const violations = readViolations(failure.body, clock);
  const daily = violations.find((violation) => violation.period === 'day');
  // Google reports a model that the free tier lacks as a quota of 0: waiting does not help.
  if (/limit: 0\b/.test(body.message) || (violations.length > 0 && violations.every((each) => each.limit === 0))) {
    return unpaid({ status }, 'not-in-free-tier', now);
  }
  if (daily !== undefined) return limited({ kind: 'limit', status, window: daily.name }, daily.resetAt, now);
  const retryAt = readRetryInfo(failure.body, clock) ?? readReset(facts);
  const minute = violations.find((violation) => violation.period === 'minute');
  if (minute !== undefined) {
    return limited({ kind: 'limit', status, window: minute.name }, retryAt ?? minute.resetAt, now);
  }
  return limited({ kind: 'limit', status, window: 'quota' }, retryAt, now);
}
