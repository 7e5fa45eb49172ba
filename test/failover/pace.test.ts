import { describe, expect, it } from 'vitest';
import type { QuotaWindow, Reason } from '../../src/events.ts';
import { roomAt, withLimits, withoutSent, withSent, type Pace } from '../../src/failover/pace.ts';
import { clockOf } from '../../src/failover/clock.ts';
import { readQuota, readQuotaError } from '../../src/failover/quota.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const clock = clockOf({}, NOW);

const learnt = (windows: QuotaWindow[], retryAt?: number) => withLimits(undefined, windows, retryAt, NOW);
const headers = (of: Record<string, string>) => learnt(readQuota('openai', of, clock));

describe('what answers tell of a pace', () => {
  it.each<[what: string, headers: Record<string, string>, expected: Omit<Pace, 'sent'> | undefined]>([
    [
      'OpenAI: requests, renewed within the minute (platform docs, rate limits)',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6s',
      },
      { left: { requests: 59, at: NOW, until: NOW + 1_000, renews: 60 } },
    ],
    [
      'Groq: requests of a day',
      {
        'x-ratelimit-limit-requests': '1000',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '23h59m',
      },
      undefined,
    ],
    [
      'Cerebras, SambaNova: by unit and period',
      {
        'x-ratelimit-limit-requests-minute': '10',
        'x-ratelimit-remaining-requests-minute': '0',
        'x-ratelimit-reset-requests-minute': '12',
        'x-ratelimit-limit-requests-day': '100',
        'x-ratelimit-remaining-requests-day': '0',
      },
      { perMinute: 10, left: { requests: 0, at: NOW, until: NOW + 12_000, renews: 10 } },
    ],
    [
      'Mistral: no reset',
      { 'x-ratelimit-limit-req-minute': '30', 'x-ratelimit-remaining-req-minute': '7' },
      { perMinute: 30, left: { requests: 7, at: NOW, until: NOW + 60_000, renews: 30 } },
    ],
    ['tokens only', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6s' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_what, of, expected) => {
    expect(headers(of)).toEqual(expected && { sent: [], ...expected });
  });

  it("Gemini's 429, which has no headers", () => {
    const body = JSON.stringify({
      error: {
        code: 429,
        message: 'quota',
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier', quotaValue: '10' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
        ],
      },
    });
    expect(learnt(readQuotaError('gemini', body, clock))).toMatchObject({
      perMinute: 10,
      left: { requests: 0, until: NOW + 7_000 },
    });
  });

  it("a chat host's 429 in words, and one that says only when", () => {
    const body =
      '{"error":{"message":"Rate limit reached for m on requests per min (RPM): Limit 3, Used 3. Please try again in 20s."}}';
    expect(learnt(readQuotaError('openai', body, clock))).toMatchObject({ perMinute: 3, left: { requests: 0 } });
    expect(learnt([], NOW + 4_000)).toMatchObject({ left: { requests: 0, until: NOW + 4_000 } });
    expect(learnt([], NOW + 3_600_000)).toBeUndefined();
  });

  it('answers that come out of order do not give requests back', () => {
    const window = (remaining: number): QuotaWindow[] => [
      { name: 'requests', limit: 10, remaining, resetAt: NOW + 9_000, source: 'wire' },
    ];
    const first = withLimits(undefined, window(2), undefined, NOW);
    const second = withLimits(withSent(first!, NOW, NOW), window(5), undefined, NOW + 1);
    expect(second?.left?.requests).toBe(1);
    const next = [{ ...window(9)[0]!, resetAt: NOW + 60_000 }];
    expect(withLimits(second, next, undefined, NOW + 9_001)?.left?.requests).toBe(9);
  });
});

describe('when there is room for one more', () => {
  const reason: Reason = { kind: 'limit', status: 429 };
  const cooldown = (ms: number) => ({ until: NOW + ms, failure: 'rate_limit' as const, reason, streak: 1 });
  /** Where eight that come at once get their places, in milliseconds from now. */
  function places(pace: Pace, cooldownMs?: number): number[] {
    const all: number[] = [];
    for (let one = 0; one < 8; one++) {
      const at = roomAt(pace, cooldownMs === undefined ? undefined : cooldown(cooldownMs), NOW);
      all.push(at - NOW);
      pace = withSent(pace, at, NOW);
    }
    return all;
  }
  const left = { requests: 3, at: NOW, until: NOW + 5_000, renews: 4 };

  it.each<[what: string, pace: Pace, cooldownMs: number | undefined, expected: number[]]>([
    ['what is left, then the next window', { left, sent: [] }, undefined, [0, 0, 0, 5e3, 5e3, 5e3, 5e3, 65e3]],
    ['by count', { perMinute: 5, sent: [NOW - 57e3, NOW - 1e3] }, undefined, [0, 0, 0, 3e3, 59e3, 6e4, 6e4, 6e4]],
    [
      'a cooldown that ends with the window',
      { left, perMinute: 4, sent: [] },
      5e3,
      [5e3, 5e3, 5e3, 5e3, 65e3, 65e3, 65e3, 65e3],
    ],
    [
      'a host that gives them back one by one',
      { left: { ...left, until: NOW + 6e4 }, perMinute: 10, sent: [] },
      6e3,
      [6e3, 12e3, 18e3, 24e3, 3e4, 36e3, 42e3, 48e3],
    ],
    ['nothing is known', { sent: [] }, undefined, [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('%s', (_what, pace, cooldownMs, expected) => {
    expect(places(pace, cooldownMs)).toEqual(expected);
  });

  it('who leaves the queue gives the place back', () => {
    const pace = withSent({ left: { ...left, renews: 1, requests: 0 }, sent: [] }, NOW + 5_000, NOW);
    expect(roomAt(pace, undefined, NOW)).toBe(NOW + 65_000);
    expect(roomAt(withoutSent(pace, NOW + 5_000), undefined, NOW)).toBe(NOW + 5_000);
  });
});
