import { describe, expect, it } from 'vitest';
import { composeFinalError } from '../../src/failover/final-error.ts';
import type { Reason } from '../../src/events.ts';
import { time } from '../../src/words/time.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const LIMIT = JSON.stringify({
  type: 'error',
  error: { type: 'rate_limit_error', message: 'This request would exceed your account’s rate limit.' },
  request_id: 'req_1',
});
const HEADERS = {
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-reset': '1795348800',
  'retry-after': '2094',
  'content-length': '77',
  'content-encoding': 'gzip',
  'request-id': 'req_1',
  'set-cookie': 'a=b',
};
const SOON = NOW + 30_500;
const LATER = NOW + 7_200_000;
const each = [
  { label: 'Claude', reason: FIVE_HOURS, until: LATER, asked: true },
  { label: 'OpenRouter', reason: { kind: 'over-budget' } as const, asked: false },
  { label: 'Gemini', reason: { kind: 'overloaded', status: 503 } as const, until: SOON, asked: true },
];

function compose(input: Partial<Parameters<typeof composeFinalError>[0]>) {
  const { status, headers, body } = composeFinalError({ each: [], now: NOW, ...input });
  return {
    status,
    headers: Object.fromEntries(headers),
    body: JSON.parse(body) as { type: string; error: { type: string; message: string }; request_id?: string },
  };
}

it('keeps what Claude said, and says who else could not answer and why', () => {
  const { status, headers, body } = compose({
    claude: { status: 429, headers: HEADERS, body: LIMIT },
    each,
    soonest: SOON,
  });
  expect(status).toBe(429);
  expect(headers).toEqual({
    'content-type': 'application/json',
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': '1795348800',
    'request-id': 'req_1',
    'retry-after': '31',
  });
  expect(body).toEqual({
    type: 'error',
    error: {
      type: 'rate_limit_error',
      message:
        'This request would exceed your account’s rate limit. ccmux: no provider could answer ' +
        `(Claude: 429 (5-hour limit), until ${time(LATER)}; OpenRouter was not asked: over your budget; ` +
        `Gemini: 503 overloaded, next try ${time(SOON)}). Try again at ${time(SOON)} (in 31 s).`,
    },
    request_id: 'req_1',
  });
});

it('says what to do about a key that is refused', () => {
  const refused = { label: 'Gemini', reason: { kind: 'key-refused', status: 401 } as const, until: SOON, asked: true };
  const { body, headers } = compose({ each: [each[0]!, refused], soonest: LATER });
  expect(body.error.message).toBe(
    `ccmux: no provider could answer (Claude: 429 (5-hour limit), until ${time(LATER)}; ` +
      `Gemini: 401 (key or login refused), next try ${time(SOON)}). ` +
      `Try again at ${time(LATER)} (in 2 h). To test your keys: ccmux doctor --live.`,
  );
  expect(headers['retry-after']).toBe('7200');
});

it.each<[string, Reason[], boolean, number, string]>([
  ['limits and a budget', [FIVE_HOURS, { kind: 'over-budget' }], false, 429, 'rate_limit_error'],
  ['no credit', [{ kind: 'billing', status: 402, what: 'no-credit' }], false, 429, 'rate_limit_error'],
  ['a limit and a fault', [FIVE_HOURS, { kind: 'status', status: 500 }], false, 529, 'overloaded_error'],
  ['a key', [{ kind: 'key-refused', status: 401 }], false, 529, 'overloaded_error'],
  ['nobody at all', [], false, 529, 'overloaded_error'],
  ['a broken connection to Claude', [{ kind: 'network', code: 'ECONNRESET' }], true, 502, 'api_error'],
])('without an error of Claude: %s', (_, reasons, transient, status, type) => {
  const composed = compose({ each: reasons.map((reason) => ({ label: 'X', reason, asked: true })), transient });
  expect([composed.status, composed.body.error.type]).toEqual([status, type]);
});

describe('status and type', () => {
  it.each([
    ['Claude was not asked, and somebody may be back in a moment', undefined, 529, 'overloaded_error'],
    [
      '529',
      { status: 529, body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}' },
      529,
      'overloaded_error',
    ],
    ['an HTML 502', { status: 502, body: '<html>Bad gateway</html>' }, 502, 'api_error'],
    ['an empty 504', { status: 504, body: '' }, 504, 'timeout_error'],
    ['an empty 429', { status: 429, body: 'null' }, 429, 'rate_limit_error'],
    ['an empty 529', { status: 529, body: '[]' }, 529, 'overloaded_error'],
    ['a 402', { status: 402, body: '{}' }, 402, 'invalid_request_error'],
  ])('%s', (_what, claude, status, type) => {
    const composed = compose({ ...(claude === undefined ? {} : { claude: { ...claude, headers: {} } }), each });
    expect([composed.status, composed.body.error.type]).toEqual([status, type]);
    expect(composed.body.error.message).toContain('Claude: 429 (5-hour limit)');
    expect(composed.body.error.message).not.toContain('html');
  });
});

describe('when to come back', () => {
  it.each<[string, number | undefined, string | undefined, string | undefined]>([
    ['in half a minute', NOW + 30_000, '30', undefined],
    ['in a minute', NOW + 60_000, '60', undefined],
    ['later: a retry cannot help', NOW + 61_000, '61', 'false'],
    ['in hours', NOW + 7_200_000, '7200', 'false'],
    ['already over', NOW - 5000, '1', undefined],
    ['nobody knows', undefined, undefined, 'false'],
  ])('%s', (_what, soonest, retryAfter, shouldRetry) => {
    const { headers } = compose({ each, soonest });
    expect([headers['retry-after'], headers['x-should-retry']]).toEqual([retryAfter, shouldRetry]);
  });
});

describe('a trouble of Claude’s that may pass: the client asks again at its own pace', () => {
  it.each<[string, number | undefined, Record<string, string> | undefined]>([
    ['a broken connection, and a guess of ours', NOW + 5_000, undefined],
    ['a broken connection, and a fallback that knows', NOW + 40_000, undefined],
    ['hours, by the limit of a fallback', NOW + 7_200_000, undefined],
    ['an overload that says nothing', NOW + 5_000, {}],
    ['an overload that names a time', NOW + 5_000, { 'retry-after': '3' }],
    ['one in milliseconds', NOW + 5_000, { 'retry-after-ms': '250', 'x-should-retry': 'true' }],
    ['one that wants no retry', undefined, { 'x-should-retry': 'false' }],
  ])('%s', (_what, soonest, said) => {
    const claude = said && { claude: { status: 529, headers: said, body: '' } };
    const { headers } = compose({ ...claude, each, soonest, transient: true });
    expect(headers).toEqual({ 'content-type': 'application/json', ...said });
  });
});

it('says so when there was nobody to ask', () => {
  expect(compose({}).body.error.message).toBe('ccmux: no provider could be asked.');
});

it.each([
  ['overloaded_error', 529],
  ['rate_limit_error', 429],
  ['invalid_request_error', 400],
  ['unheard_of', 529],
])('an error inside a 200 has the status that %s stands for', (type, status) => {
  const body = JSON.stringify({ type: 'error', error: { type, message: 'No.' } });
  expect(compose({ claude: { status: 200, headers: {}, body }, each })).toMatchObject({
    status,
    body: { error: { type } },
  });
});
