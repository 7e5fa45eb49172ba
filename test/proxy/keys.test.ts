import { expect, test } from 'vitest';
import { UpstreamError, UserError } from '../../src/errors.ts';
import { keyId } from '../../src/failover/key-turn.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ask, createClock, fallback, startProxy, streamed } from '../helpers/proxy.ts';

/** Several keys of one host. */

const KEYS = ['a', 'b', 'c'].map((mark) => ({ source: `KEY_${mark.toUpperCase()}`, mark }));
const HOUR = 3_600_000;

type Refusal = { status: number; headers?: Record<string, string>; body?: string } | 'not printed';
const LIMIT: Refusal = { status: 429, headers: { 'retry-after': '3600' } };
const REFUSED: Refusal = { status: 401, body: '{"error":{"message":"Incorrect API key provided"}}' };

/** A host that refuses some of its keys, and another provider behind it. */
async function session(
  refused: (Refusal | undefined)[],
  { keys = KEYS, atOnce = 1 }: { keys?: typeof KEYS; atOnce?: number } = {},
) {
  const state = { refused };
  const asked: (number | undefined)[] = [];
  const all = Promise.withResolvers<void>();
  const send: Provider['send'] = async (request) => {
    asked.push(request.key);
    if (asked.length === atOnce) all.resolve();
    await all.promise;
    const refusal = state.refused[request.key ?? 0];
    if (!refusal) return streamed(`key ${request.key}`)(request);
    if (refusal === 'not printed') throw new UserError('providers.host.apiKeyCommand printed nothing.');
    const { status, headers = {}, body = '{}' } = refusal;
    throw new UpstreamError({ wire: 'openai', cause: 'status', status, headers, body, translated: true });
  };
  const clock = createClock();
  const providers = [fallback('host', send, keys.length > 0 ? { keys } : {}), fallback('other', streamed('other'))];
  const proxy = await startProxy(providers, { now: clock.now });
  return {
    ...proxy,
    state,
    asked,
    clock,
    async answers() {
      const text = await (await ask(proxy.url)).text();
      return /"text":"([^"]+)"/.exec(text)?.[1];
    },
  };
}

test('at a key’s limit the next one is asked for the same request, and for those that follow', async () => {
  const { answers, asked, of, clock, state } = await session([LIMIT]);
  expect(await answers()).toBe('key 1');
  expect(await answers()).toBe('key 1');
  expect(asked).toEqual([0, 1, 1]);
  expect(of('attempt-fail')).toMatchObject([{ provider: 'host', key: 1, action: 'next-key' }]);
  expect(of('exchange-end').map(({ provider, key }) => [provider, key])).toEqual([
    ['host', 2],
    ['host', 2],
  ]);
  expect(of('provider-cooldown')).toMatchObject([
    { provider: 'host', key: { at: 1, of: 3, left: 2 }, until: clock.now() + HOUR },
  ]);
  // When its limit is over, the first one is asked again.
  state.refused = [];
  clock.advance(HOUR + 1);
  expect(await answers()).toBe('key 0');
});

test('a refused key is passed over', async () => {
  const { answers, asked, of } = await session([REFUSED, { status: 402 }]);
  expect(await answers()).toBe('key 2');
  expect(await answers()).toBe('key 2');
  expect(asked).toEqual([0, 1, 2, 2]);
  expect(of('attempt-fail').map(({ key, reason }) => [key, reason.kind])).toEqual([
    [1, 'key-refused'],
    [2, 'billing'],
  ]);
});

test('a key whose command fails is passed over', async () => {
  const { answers, asked, of } = await session(['not printed', LIMIT]);
  expect(await answers()).toBe('key 2');
  expect(await answers()).toBe('key 2');
  expect(asked).toEqual([0, 1, 2, 2]);
  expect(of('attempt-fail').map(({ key, reason }) => [key, reason.kind])).toEqual([
    [1, 'setup'],
    [2, 'limit'],
  ]);
});

test('when no key is left the next provider answers, until the first key is back', async () => {
  const soon = { status: 429, headers: { 'retry-after': '60' } };
  const { answers, asked, of, clock, context, state } = await session([LIMIT, soon, REFUSED]);
  expect(await answers()).toBe('other');
  expect(asked).toEqual([0, 1, 2]);
  expect(context.router.cooldowns()['host']).toMatchObject([{ until: clock.now() + 60_000 }]);
  expect(of('attempt-fail').map(({ action }) => action)).toEqual(['next-key', 'next-key', 'failover']);
  expect(await answers()).toBe('other');
  expect(asked).toHaveLength(3);
  clock.advance(60_001);
  state.refused = [LIMIT, undefined, REFUSED];
  expect(await answers()).toBe('key 1');
});

test('trouble of the host itself is not tried with every key', async () => {
  const { answers, asked, ledger } = await session([{ status: 503 }, { status: 503 }, { status: 503 }]);
  expect(await answers()).toBe('other');
  expect(new Set(asked)).toEqual(new Set([0]));
  expect(ledger.cooldowns()[keyId('host', 'a')]).toBeUndefined();
});

test('a limit whose reset is over already does not have the same key asked without end', async () => {
  const { answers, asked } = await session([{ status: 429, headers: { 'retry-after': '0' } }, REFUSED, LIMIT]);
  expect(await answers()).toBe('other');
  expect(asked).toEqual([0, 1, 2]);
});

test('requests at the same time with a key that is used up each go on with the next', async () => {
  const { answers, of } = await session([LIMIT], { atOnce: 3 });
  expect(await Promise.all([answers(), answers(), answers()])).toEqual(['key 1', 'key 1', 'key 1']);
  expect(of('attempt-fail').map(({ key }) => key)).toEqual([1, 1, 1]);
});

test('`ccmux use` forgets the cooldowns of its keys, and a new key has none of its predecessor’s', async () => {
  const { answers, asked, context, state } = await session([LIMIT, LIMIT, LIMIT]);
  expect(await answers()).toBe('other');
  state.refused = [];
  context.router.use('host', false);
  expect(await answers()).toBe('key 0');
  expect(asked).toEqual([0, 1, 2, 0]);
});

test('a provider with one key is asked without a number', async () => {
  const { answers, asked, of } = await session([undefined], { keys: [] });
  expect(await answers()).toBe('key undefined');
  expect(asked).toEqual([undefined]);
  expect(of('exchange-end')[0]).not.toHaveProperty('key');
});
