import { describe, expect, it } from 'vitest';
import type { Wire } from '../../src/errors.ts';
import type { QuotaWindow } from '../../src/events.ts';
import { clockOf } from '../../src/failover/clock.ts';
import { readQuota, readQuotaError, windowOfClaim } from '../../src/failover/quota.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const EPOCH = NOW / 1000;
const CLOCK = clockOf({}, NOW);

/** `5h 53% 120/1000 in 60s`: one window as a line. */
function line({ name, used, remaining, limit, resetAt }: QuotaWindow): string {
  const words = [name];
  if (used !== undefined) words.push(`${Math.round(used * 100)}%`);
  if (remaining !== undefined || limit !== undefined) words.push(`${remaining ?? '?'}/${limit ?? '?'}`);
  if (resetAt !== undefined) words.push(`in ${Math.round((resetAt - NOW) / 1000)}s`);
  return words.join(' ');
}

const unified = (facts: Record<string, string>) =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]));

describe('readQuota', () => {
  // oxfmt-ignore
  const rows: [what: string, wire: Wire, headers: Record<string, string>, expected: string[]][] = [
    ['a subscription’s 200', 'anthropic', unified({ '5h-status': 'allowed', '5h-utilization': '0.0', '5h-reset': String(EPOCH + 60), '7d-status': 'allowed', '7d-utilization': '0.53', '7d-reset': String(EPOCH + 90), 'fallback-percentage': '0.5', 'overage-status': 'rejected', 'overage-disabled-reason': 'member_zero_credit_limit', 'representative-claim': 'five_hour', reset: String(EPOCH + 60), status: 'allowed' }), ['5h 0% in 60s', '7d 53% in 90s']],
    ['above the limit', 'anthropic', unified({ '5h-utilization': '1.04', '5h-surpassed-threshold': '0.9' }), ['5h 104%']],
    ['rejected without a measure', 'anthropic', unified({ '7d_opus-status': 'rejected', '7d_opus-reset': String(EPOCH + 5) }), ['7d_opus 100% in 5s']],
    ['ISO reset', 'anthropic', unified({ '5h-utilization': '0.2', '5h-reset': '2026-11-22T10:01:00Z' }), ['5h 20% in 60s']],
    ['only a claim', 'anthropic', unified({ status: 'rejected', reset: String(EPOCH + 7), 'representative-claim': 'seven_day_overage_included' }), ['7d_oi 100% in 7s']],
    ['an API key', 'anthropic', { 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '40', 'anthropic-ratelimit-requests-reset': '2026-11-22T10:00:30Z', 'anthropic-ratelimit-input-tokens-limit': '20000', 'anthropic-ratelimit-input-tokens-remaining': '0' }, ['requests 20% 40/50 in 30s', 'input-tokens 100% 0/20000']],
    ['priority tier', 'anthropic', { 'anthropic-priority-input-tokens-limit': '10', 'anthropic-priority-input-tokens-remaining': '5' }, ['priority-input-tokens 50% 5/10']],
    ['a adapted host with OpenAI’s headers', 'anthropic', { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '19', 'x-ratelimit-reset': String(NOW + 1000) }, ['requests 5% 19/20 in 1s']],
    ['OpenAI', 'openai', { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499', 'x-ratelimit-reset-requests': '120ms', 'x-ratelimit-limit-tokens': '30000', 'x-ratelimit-remaining-tokens': '15000', 'x-ratelimit-reset-tokens': '6m0s' }, ['requests 0% 499/500 in 0s', 'tokens 50% 15000/30000 in 360s']],
    ['Cerebras', 'openai', { 'x-ratelimit-limit-requests-day': '1000', 'x-ratelimit-remaining-requests-day': '1', 'x-ratelimit-reset-requests-day': '33011.38' }, ['requests-day 100% 1/1000 in 33011s']],
    ['Azure counts nothing', 'openai', { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '-1' }, []],
    ['remaining alone', 'openai', { 'x-ratelimit-remaining-tokens': '7' }, ['tokens 7/?']],
    ['nothing', 'gemini', { 'content-type': 'application/json' }, []],
    ['nonsense', 'openai', { 'x-ratelimit-limit-tokens': 'many', 'x-ratelimit-reset-tokens': 'soon' }, []],
  ];
  it.each(rows)('%s', (_what, wire, headers, expected) => {
    expect(readQuota(wire, headers, CLOCK).map(line)).toEqual(expected);
  });

  it('says that the wire told it', () => {
    expect(readQuota('anthropic', unified({ '5h-utilization': '0.5' }), CLOCK)).toEqual([
      { name: '5h', used: 0.5, source: 'wire' },
    ]);
  });
});

describe('readQuotaError', () => {
  const gemini = (quotaId: string, quotaValue: string) =>
    JSON.stringify({
      error: {
        code: 429,
        details: [
          { '@type': 'x/google.rpc.QuotaFailure', violations: [{ quotaId, quotaValue }] },
          { '@type': 'x/google.rpc.RetryInfo', retryDelay: '34s' },
        ],
      },
    });
  // oxfmt-ignore
  const rows: [what: string, wire: Wire, body: string, expected: string[]][] = [
    ['Gemini per day', 'gemini', gemini('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '100'), ['requestsPerDay 100% 0/100 in 79200s']],
    ['Gemini per minute', 'gemini', gemini('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '5'), ['requestsPerMinute 100% 0/5 in 34s']],
    ['Gemini tokens', 'gemini', gemini('GenerateContentInputTokensPerModelPerMinute-FreeTier', '250000'), ['inputTokensPerMinute 100% 0/250000 in 34s']],
    ['Gemini, some other quota', 'gemini', gemini('SpendPerTenMinutes', '10'), ['SpendPerTenMinutes 100% 0/10 in 34s']],
    ['Gemini says nothing', 'gemini', '{"message":"Resource has been exhausted"}', []],
    ['OpenAI', 'openai', '{"error":{"message":"Rate limit reached for m in organization o on tokens per min (TPM): Limit 30000, Used 15000, Requested 20000. Please try again in 6s."}}', ['tokensPerMinute 50% 15000/30000 in 6s']],
    ['OpenAI requests a day', 'openai', '{"error":{"message":"Rate limit reached for m on requests per day (RPD): Limit 100, Used 100, Requested 1."}}', ['requestsPerDay 100% 0/100']],
    ['OpenAI says nothing', 'openai', '{"error":{"message":"slow down"}}', []],
    ['Anthropic tells it in headers', 'anthropic', '{"error":{"message":"x on tokens per min: Limit 3"}}', []],
  ];
  it.each(rows)('%s', (_what, wire, body, expected) => {
    expect(readQuotaError(wire, body, CLOCK).map(line)).toEqual(expected);
  });
});

it.each([
  ['five_hour', '5h'],
  ['5h', '5h'],
  ['seven_day', '7d'],
  ['seven_day_opus', '7d_opus'],
  ['7d_sonnet', '7d_sonnet'],
  ['seven_day_overage_included', '7d_oi'],
  ['monthly_cap', 'monthly_cap'],
])('the claim %s is about the window %s', (claim, window) => {
  expect(windowOfClaim(claim)).toBe(window);
});
