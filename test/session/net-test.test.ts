import { expect, it } from 'vitest';
import { createBus, type EventOf } from '../../src/events.ts';
import type { Checked, Provider } from '../../src/providers/provider.ts';
import { createNetTest, fallbacksOf } from '../../src/session/net-test.ts';
import { fallback, streamed } from '../helpers/proxy.ts';

/** The net is tested before the fall. */

const NEAR = { type: 'limit-approach', provider: 'claude', window: '5h', used: 0.78, resetAt: 1 } as const;
const answered = (status: number, more: Partial<Checked> = {}): Checked => ({
  status,
  headers: {},
  body: '{}',
  proves: true,
  ...more,
});
const host = (id: string, check: Provider['checkKey'], more: Partial<Provider> = {}) =>
  fallback(id, streamed(id), { ...(check && { checkKey: check }), ...more });

async function tested(...providers: Provider[]) {
  const bus = createBus(() => 7);
  const told: EventOf<'net-test'>[] = [];
  bus.on((event) => event.type === 'net-test' && told.push(event));
  const net = createNetTest({ bus, next: () => providers, redact: (text) => text, now: () => 7 });
  bus.emit(NEAR);
  bus.emit({ ...NEAR, used: 0.91 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { net, bus, told: told.map(({ provider, key, result, reason }) => [provider, key, result, reason?.kind]) };
}

it.each<[what: string, answer: () => Promise<Checked | undefined>, result: string, reason?: string]>([
  ['a key that is accepted', async () => answered(200), 'ready'],
  ['a list that everybody gets', async () => answered(200, { proves: false }), 'not-tested'],
  ['nothing to ask for', async () => undefined, 'not-tested'],
  ['a refused key', async () => answered(401), 'failed', 'key-refused'],
  [
    'a refused key in the words of Google',
    async () => answered(400, { body: '{"error":{"status":"INVALID_ARGUMENT","message":"API key not valid."}}' }),
    'failed',
    'key-refused',
  ],
  ['no credit', async () => answered(402), 'failed', 'billing'],
  ['a limit', async () => answered(429), 'failed', 'limit'],
  ['a key without the right to read lists', async () => answered(403, { body: NO_SCOPE }), 'not-tested'],
  ['a host without a list', async () => answered(404), 'not-tested'],
  [
    'a host that is not there',
    async () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })),
    'failed',
    'network',
  ],
  ['a host that is silent', async () => Promise.reject(new DOMException('', 'TimeoutError')), 'failed', 'silence'],
])('%s', async (_what, answer, result, reason) => {
  const { told, net } = await tested(host('x', answer));
  expect(told).toEqual([['x', undefined, result, reason]]);
  expect(net.of('x')).toMatchObject({ result, at: 7 });
});

const NO_SCOPE =
  '{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read"}}';

it('goes on to the next while one cannot answer, and stops at one that may', async () => {
  const refused = async () => answered(401);
  const { told } = await tested(
    host('a', refused),
    host('b', undefined),
    host('c', async () => answered(200)),
    host('d', refused),
  );
  expect(told).toEqual([
    ['a', undefined, 'failed', 'key-refused'],
    ['c', undefined, 'ready', undefined],
  ]);
});

it('tests each of several keys, and one that is accepted will do', async () => {
  const keys = [1, 2].map((number) => ({ source: `K${number}`, mark: String(number) }));
  const { told, net } = await tested(host('a', async (at) => answered(at === 0 ? 401 : 200), { keys }));
  expect(told).toEqual([
    ['a', 1, 'failed', 'key-refused'],
    ['a', 2, 'ready', undefined],
  ]);
  expect(net.of('a')?.result).toBe('ready');
});

it('an answer says more than a test', async () => {
  const { net, bus } = await tested(host('x', async () => answered(401)));
  bus.emit({ type: 'exchange-end', exchange: 1, outcome: 'answered', provider: 'x', totalMs: 1 });
  expect(net.of('x')).toBeUndefined();
});

it('looks at those only that could answer now', () => {
  const all = [
    host('claude', undefined, { own: true }),
    host('resting', undefined),
    host('routed', undefined, { routed: true }),
    host('spent', undefined),
    host('keyless', undefined, { keySource: undefined }),
    host('ready', undefined),
  ];
  const rest = { until: 9, failure: 'rate_limit', reason: { kind: 'limit', status: 429 }, streak: 1 } as const;
  const around = { cooldowns: { resting: [rest] }, overBudget: new Set(['spent']), steering: {}, now: 5 } as never;
  const of = (enabled: boolean, more: object = {}) =>
    fallbacksOf({ failover: { enabled } } as never, all, Object.assign({}, around, more)).map(({ id }) => id);
  expect(of(true)).toEqual(['ready']);
  expect(of(false)).toEqual([]);
  expect(of(true, { steering: { pinned: { provider: 'claude', only: true } } })).toEqual([]);
});
