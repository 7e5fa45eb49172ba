/** When a host can be asked again, wherever and in whatever words it says so. Each row names where it was read. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Wire } from '../../src/errors.ts';
import { readOutcome } from '../../src/failover/outcome.ts';

/** 2026-11-22 10:00:00 UTC, a Sunday: 18:00 in China, 02:00 in California, 11:00 in Berlin. */
const NOW = Date.UTC(2026, 10, 22, 10);
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** What nobody named: the first back-off. */
const UNSAID = 5;

type Said = { body?: unknown; headers?: Record<string, string>; host?: string | undefined; status?: number };

/** Seconds of cooldown after a 429. */
function cooldown(wire: Wire, { body = '', headers = {}, host, status = 429 }: Said): number {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const failure = { wire, cause: 'status' as const, status, headers, body: text, translated: wire !== 'anthropic' };
  const { cooldown } = readOutcome(failure, { now: NOW, streak: 0, on: [], fallback: true, host });
  return cooldown === undefined ? 0 : Math.round((cooldown.until - NOW) / 1000);
}

const WIRES: Wire[] = ['anthropic', 'openai', 'gemini'];

describe('in words', () => {
  // oxfmt-ignore
  const rows: [source: string, message: string, seconds: number][] = [
    ['MiniMax-AI/MiniMax-M2.7 issue 36', 'usage limit exceeded, 5-hour usage limit reached for Token Plan Starter (0/0 used), resets at 2026-11-22T15:00:00Z (2056)', 5 * HOUR],
    ['docs.z.ai, error code 1308', '[1308][Usage limit reached for 5 hour. Your limit will reset at 2026-11-22 20:00:00][1]', 2 * HOUR],
    ['dirge-code/dirge issue 818', '已达到 5 小时的使用上限。您的限额将在 2026-11-22 20:00:00 重置。', 2 * HOUR],
    ['Volcengine Ark, coding plan', 'You have exceeded the 5-hour usage quota. It will reset at 2026-11-22 20:00:00 +0800 CST. Request id: 0217', 2 * HOUR],
    ['a token plan of 2026', 'Your token-plan 1-week quota has been exhausted. It will reset at 11-24 10:00:00 UTC', 2 * DAY],
    ['platform docs, rate limits', 'You will regain access on 2026-12-01 at 00:00 UTC.', 8 * DAY + 14 * HOUR],
    ['openai/codex issue 3465', 'limit resets at: 2026-11-22T10:13:01+0000', 13 * MINUTE + 1],
    ['google-gemini/gemini-cli issue 22643', 'Usage limit reached for gemini-3-flash-preview. Access resets at 10:57 PM GMT-3.', 15 * HOUR + 57 * MINUTE],
    ['anthropics/claude-code issue 59993', "You've hit your limit · resets 2:10pm (America/Sao_Paulo)", 7 * HOUR + 10 * MINUTE],
    ['anthropics/claude-code issue 12308', '5-hour limit reached · resets 2pm (Pacific/Auckland)', 15 * HOUR],
    ['anthropics/claude-code issue 50987', "You've hit your limit · resets Nov 23 at 3pm (America/New_York)", 34 * HOUR],
    ['openai/codex issue 43892', "You've hit your usage limit. Upgrade to Pro or try again at 7:58 PM UTC.", 9 * HOUR + 58 * MINUTE],
    ['CodebuffAI/freebuff issue 1050', 'You have used all of today’s free usage. It resets automatically at midnight Pacific.', 22 * HOUR],
    ['CodebuffAI/freebuff issue 1050', 'You have used all of today’s free usage. Come back in 3h 47m.', 3 * HOUR + 47 * MINUTE],
    ['google-gemini/gemini-cli issue 29425', 'Individual quota reached. Please upgrade your subscription. Resets in 108h48m29s.', 391_709],
    ['Wei-Shaw/claude-relay-service issue 746', 'You have exhausted your capacity on this model. Your quota will reset after 3h20m10s.', 12_010],
    ['ai.google.dev, rate limits', 'You exceeded your current quota. Please retry in 20.04466179s.', 20],
    ['OpenAI (vanderschaarlab/climb issue 13)', 'Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 30000, Used 18928. Please try again in 174ms.', 0],
    ['console.groq.com, rate limits', 'Rate limit reached for model `m`: Limit 14400, Used 14400. Please try again in 7m33.6s.', 454],
    ['Azure (alex-wolf-ps/dbchatprov2 issue 2)', 'Requests under Azure OpenAI API version 2024-05-01-preview have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 86400 seconds.', DAY],
    ['MoonshotAI/Kimi-K2 issue 34', 'Your account org-1<ak-2> request reached organization max RPM: 3, please try again after 1 seconds', 1],
    ['microsoft/vscode-copilot-release issue 3210', 'Sorry, your request is rate-limited. Please wait 8 hours 24 minutes and try again', 8 * HOUR + 24 * MINUTE],
    ['GitHub Models', 'Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 3245 seconds before retrying.', 3245],
    ['alphagov/release pull request 124', 'Rate limit will reset in 5 minutes.', 300],
    ['Akamai, rate limits', 'this operation has reached the limit for your account. Please try after 2026-11-22T17:03:57.071Z.', UNSAID],
    ['a plain sentence', 'Too many requests. Please try again in 12m30s.', 750],
    ['a plain sentence', 'Too many requests. Please try your request again in 17 minutes.', 1020],
    ['a plain sentence', 'Slow down: try again in a minute', 60],
    ['a plain sentence', 'Available again in 1 hour and 5 minutes', 3900],
    ['a plain sentence', 'quota resets in 01:05:00', 3900],
    ['a plain sentence', 'Limit reached. Resets on 3 December 2026 at 10:00', 11 * DAY],
    ['a plain sentence', 'Your quota renews December 3rd, 2026, 10:00 UTC', 11 * DAY],
    ['a plain sentence', 'available from 2026/11/22 12:00 UTC on', 2 * HOUR],
    ['a plain sentence', 'Limit resets at 12:30 Europe/Berlin', HOUR + 30 * MINUTE],
    ['a Chinese sentence', '请求过于频繁，请在 30 秒后重试', 30],
    ['a Chinese sentence', '额度已用完，将于2026年11月22日 20:00恢复', 2 * HOUR],
  ];
  it.each(rows)('%s: %s', (_source, message, seconds) => {
    for (const wire of WIRES) expect(cooldown(wire, { body: { error: { message } } })).toBe(seconds);
  });

  it.each([
    'Rate limit exceeded',
    'Please try again later.',
    'Please wait a moment and try again.',
    'try again in a few minutes',
    'Your limit resets every 5 hours',
    'Your 5 hour limit was reached 3 times',
    // Already over, absurd, or of no calendar: whoever wrote it meant something else.
    'resets at 2026-11-22T09:00:00Z',
    'resets at 2031-01-01T00:00:00Z',
    'resets at 2026-13-45 99:99:99',
    'try again in 9000 days',
    'try again in 0s',
    'retry with model gpt-4o-2026-12-06',
  ])('%s: nothing is said', (message) => {
    for (const wire of WIRES) expect(cooldown(wire, { body: { error: { message } } })).toBe(UNSAID);
  });

  it('of a host behind OpenRouter', () => {
    const raw = '{"error":{"message":"Rate limit reached. Please try again in 40s."}}';
    const body = { error: { code: 429, message: 'Provider returned error', metadata: { provider_name: 'Groq', raw } } };
    expect(cooldown('openai', { body })).toBe(40);
  });

  it('never takes a cooldown from any text that ends before now, or a month later', () => {
    const words = fc.constantFrom(
      'resets at ',
      'try again in ',
      'until ',
      '2026-11-2',
      ':00',
      ' days',
      'h',
      ' PM',
      '重置',
      '5',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 12 }), (parts) => {
        const seconds = cooldown('openai', { body: { error: { message: parts.join('') } } });
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(40 * DAY);
      }),
    );
  });
});

describe('a time without a zone is the vendor’s own, a zone that is said is obeyed', () => {
  const at = 'Usage limit reached. Your limit will reset at 2026-11-22 20:00:00';
  // oxfmt-ignore
  const rows: [what: string, message: string, host: string | undefined, seconds: number][] = [
    ['nobody knows whose', at, undefined, 10 * HOUR],
    ['z.ai', at, 'api.z.ai', 2 * HOUR],
    ['z.ai in China', at, 'open.bigmodel.cn:443', 2 * HOUR],
    ['Moonshot', at, 'api.moonshot.ai', 2 * HOUR],
    ['Alibaba', at, 'coding-intl.dashscope.aliyuncs.com', 2 * HOUR],
    ['DeepSeek', at, 'api.deepseek.com', 2 * HOUR],
    ['a host that only ends alike', at, 'notz.ai.example.com', 10 * HOUR],
    ['by its code, through a gateway', `[1310][${at}]`, 'gateway.example.com', 2 * HOUR],
    ['in words', `${at} (Beijing time)`, 'gateway.example.com', 2 * HOUR],
    ['UTC, at a Chinese host', `${at} UTC`, 'api.z.ai', 10 * HOUR],
    ['Z, at a Chinese host', `${at}Z`, 'api.z.ai', 10 * HOUR],
    ['an offset, at a Chinese host', `${at}+01:00`, 'api.z.ai', 9 * HOUR],
    ['UTC+8, anywhere', `${at} (UTC+8)`, undefined, 2 * HOUR],
    ['a zone by name, anywhere', `${at} Asia/Shanghai`, undefined, 2 * HOUR],
    ['a zone that nobody knows', `${at} Mars/Olympus`, undefined, 10 * HOUR],
  ];
  it.each(rows)('%s', (_what, message, host, seconds) => {
    for (const wire of WIRES) expect(cooldown(wire, { body: { error: { message } }, host })).toBe(seconds);
  });

  it('z.ai’s code stands beside the message', () => {
    expect(cooldown('anthropic', { body: { error: { code: '1308', message: at } } })).toBe(2 * HOUR);
    expect(cooldown('openai', { body: { error: { code: 1310, message: at } } })).toBe(2 * HOUR);
  });
});

describe('in fields', () => {
  const soon = NOW / 1000 + 7200;
  // oxfmt-ignore
  const rows: [source: string, body: unknown, seconds: number][] = [
    ['router-for-me/CLIProxyAPI issue 1666', { error: { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: 'free', resets_at: soon, resets_in_seconds: 7200 } }, 7200],
    ['a span beats a date', { error: { type: 'usage_limit_reached', message: 'x', resets_at: soon + 500_000, resets_in_seconds: 7200 } }, 7200],
    ['a date alone', { error: { message: 'x', resets_at: soon } }, 7200],
    ['an ISO date', { error: { message: 'x', resetAt: '2026-11-22T12:00:00Z' } }, 7200],
    ['Code Assist, google-gemini/gemini-cli issue 29425', { error: { code: 429, message: 'Quota', details: [{ '@type': 'x/google.rpc.ErrorInfo', metadata: { quotaResetDelay: '2h0m0s', quotaResetTimeStamp: '2026-11-22T12:00:00Z' } }] } }, 7200],
    ['LiteLLM', { error: { message: 'x' }, retry_after: 60 }, 60],
    ['in milliseconds', { error: { message: 'x', retry_after_ms: 60_000 } }, 60],
    ['as text', { error: { message: 'x', retry_after: '1m30s' } }, 90],
    ['OpenRouter, openrouter.ai/docs/api/reference/limits', { error: { code: 429, message: 'x', metadata: { headers: { 'X-RateLimit-Reset': String(NOW + 60_000) } } } }, 60],
    ['that has passed', { error: { message: 'x', resets_at: NOW / 1000 - 60 } }, UNSAID],
    ['absurd', { error: { message: 'x', resets_in_seconds: 1e8 } }, UNSAID],
    ['negative', { error: { message: 'x', resets_in_seconds: -5 } }, UNSAID],
    ['nonsense', { error: { message: 'x', resets_at: { soon: true }, retry_after: 'later', reset_at: null } }, UNSAID],
  ];
  it.each(rows)('%s', (_source, body, seconds) => {
    for (const wire of WIRES) expect(cooldown(wire, { body })).toBe(seconds);
  });
});

describe('in headers', () => {
  const soon = String(NOW / 1000 + 600);
  // oxfmt-ignore
  const rows: [source: string, headers: Record<string, string>, seconds: number][] = [
    ['Cerebras, by the minute', { 'x-ratelimit-remaining-tokens-minute': '0', 'x-ratelimit-limit-tokens-minute': '30000', 'x-ratelimit-reset-tokens-minute': '42.5' }, 43],
    ['Cerebras, by the day', { 'x-ratelimit-remaining-requests-day': '0', 'x-ratelimit-limit-requests-day': '14400', 'x-ratelimit-reset-requests-day': '33011.38' }, 33_011],
    ['of several the last to open', { 'x-ratelimit-remaining-requests-day': '0', 'x-ratelimit-reset-requests-day': '500', 'x-ratelimit-remaining-tokens-minute': '0', 'x-ratelimit-reset-tokens-minute': '42' }, 500],
    ['a limit that is not used up', { 'x-ratelimit-remaining-requests-day': '5', 'x-ratelimit-reset-requests-day': '500', 'x-ratelimit-remaining-tokens-minute': '0', 'x-ratelimit-reset-tokens-minute': '42' }, 42],
    ['Mistral names no reset: at most a minute', { 'x-ratelimit-remaining-tokens-minute': '0', 'x-ratelimit-limit-tokens-minute': '500000' }, 60],
    ['DigitalOcean, epoch seconds', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': soon }, 600],
    ['DigitalOcean, a zero says nothing', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '0' }, UNSAID],
    ['the first IETF draft', { 'ratelimit-remaining': '0', 'ratelimit-limit': '10', 'ratelimit-reset': '120' }, 120],
    ['the seventh', { ratelimit: 'limit=10, remaining=0, reset=120' }, 120],
    ['the eighth', { ratelimit: '"minute";r=5;t=30, "day";r=0;t=3600' }, 3600],
    ['LiteLLM passes on', { 'llm_provider-x-ratelimit-remaining-requests': '0', 'llm_provider-x-ratelimit-reset-requests': '2m0s' }, 120],
    ['an API key of Anthropic’s wire', { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-11-22T10:10:00Z' }, 600],
    ['the other way round', { 'x-ratelimit-requests-remaining': '0', 'x-ratelimit-requests-reset': '90' }, 90],
    ['OpenRouter, one limit', { 'x-ratelimit-reset': String(NOW + 600_000) }, 600],
    ['Azure', { 'x-ms-retry-after-ms': '1500', 'retry-after': '20' }, 2],
    ['retry-after before everything', { 'retry-after': '30', 'x-ratelimit-remaining-requests-day': '0', 'x-ratelimit-reset-requests-day': '500' }, 30],
    ['a date in retry-after', { 'retry-after': 'Sun, 22 Nov 2026 10:02:00 GMT' }, 120],
    ['an absurd retry-after', { 'retry-after': '99999999' }, UNSAID],
    ['a negative one', { 'retry-after': '-30' }, UNSAID],
    ['nonsense', { 'retry-after': 'soon', 'ratelimit-reset': 'never', ratelimit: 'x' }, UNSAID],
  ];
  it.each(rows)('%s', (_source, headers, seconds) => {
    for (const wire of WIRES) expect(cooldown(wire, { headers })).toBe(seconds);
  });
});

describe('a clock that is wrong', () => {
  const date = (at: number) => new Date(at).toUTCString();
  const YEARS = 3 * 365 * DAY * 1000;
  const unified = (resetAt: number, more: Record<string, string> = {}) => ({
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-5h-status': 'rejected',
    'anthropic-ratelimit-unified-5h-reset': String(resetAt / 1000),
    ...more,
  });
  // oxfmt-ignore
  const rows: [what: string, said: Said, seconds: number][] = [
    ['a reset is as far as it is from the host’s own Date', { headers: { ...unified(NOW + YEARS + 600_000), date: date(NOW + YEARS) } }, 600],
    ['also where our clock is ahead', { headers: { ...unified(NOW - YEARS + 600_000), date: date(NOW - YEARS) } }, 600],
    ['a wait beats a moment', { headers: unified(NOW + YEARS, { 'retry-after': '600' }) }, 600],
    ['a wait that only rounds the moment up', { headers: unified(NOW + 18_000, { 'retry-after': '19' }) }, 18],
    ['the same for a clock that is some minutes ahead', { headers: unified(NOW + 300_000, { 'retry-after': '600' }) }, 600],
    ['a retry-after date', { headers: { 'retry-after': date(NOW + YEARS + 60_000), date: date(NOW + YEARS) } }, 60],
    ['words', { headers: { date: date(NOW - 2 * 3600_000) }, body: { error: { message: 'resets at 2026-11-22T09:00:00Z' } } }, 3600],
    ['a time of day', { headers: { date: date(NOW - 2 * 3600_000) }, body: { error: { message: 'resets at 9:00 UTC' } } }, 3600],
    ['fields', { headers: { date: date(NOW + YEARS) }, body: { error: { message: 'x', resets_at: (NOW + YEARS) / 1000 + 60 } } }, 60],
    ['the way’s own seconds are no difference', { headers: { ...unified(NOW + 600_000), date: date(NOW - 3_000) } }, 600],
    ['a Date that is none', { headers: { ...unified(NOW + 600_000), date: 'yesterday' } }, 600],
  ];
  it.each(rows)('%s', (_what, said, seconds) => {
    expect(cooldown('anthropic', said)).toBe(seconds);
  });
});

describe('a server in trouble', () => {
  it('is left alone as long as it asks, but no longer than an hour', () => {
    expect(cooldown('openai', { status: 503, headers: { 'retry-after': '120' } })).toBe(120);
    expect(cooldown('openai', { status: 503, body: { error: { message: 'Overloaded. Please retry in 40s' } } })).toBe(
      40,
    );
    expect(cooldown('openai', { status: 503, headers: { 'retry-after': '864000' } })).toBe(HOUR);
  });

  it('says nothing by the headers of its limits, which stand on every answer', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' };
    expect(cooldown('openai', { status: 503, headers })).toBe(UNSAID);
  });
});
