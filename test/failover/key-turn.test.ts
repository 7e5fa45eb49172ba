import { expect, it } from 'vitest';
import type { Reason } from '../../src/events.ts';
import type { Cooldown } from '../../src/failover/cooldown.ts';
import { isKeyId, isOfKey, keyCooldowns, keyId, keyInTurn } from '../../src/failover/key-turn.ts';

const until = (at: number): Cooldown => ({
  until: at,
  failure: 'rate_limit',
  reason: { kind: 'limit', status: 429 },
  streak: 1,
});

it.each<[what: string, reason: Reason, ofKey: boolean]>([
  ['a limit', { kind: 'limit', status: 429 }, true],
  ['a limit of a host behind it', { kind: 'limit', status: 429, host: 'elsewhere' }, false],
  ['no credit', { kind: 'billing', status: 402, what: 'no-credit' }, true],
  ['a refused key', { kind: 'key-refused', status: 401 }, true],
  ['what this key may not do', { kind: 'not-permitted', status: 403 }, true],
  ['a command that prints none', { kind: 'setup', text: 'providers.x.apiKeyCommand printed nothing.' }, true],
  ['an overload', { kind: 'overloaded', status: 529 }, false],
  ['a request that is larger than the limit', { kind: 'too-large', status: 429 }, false],
  ['a missing model', { kind: 'not-found', status: 404 }, false],
  ['a broken connection', { kind: 'network', code: 'ECONNRESET' }, false],
  ["the user's own limit", { kind: 'own-limit', window: 'requestsPerDay' }, false],
])('%s is of one key: %s', (_what, reason, ofKey) => {
  expect(isOfKey(reason)).toBe(ofKey);
});

it.each<[what: string, keys: (number | undefined)[], turn: number]>([
  ['the first, while nothing is known', [undefined, undefined], 0],
  ['the next, while the first rests', [9, undefined, undefined], 1],
  ['the first again, when it is back', [undefined, 9], 0],
  ['the one that is back first, while all rest', [9, 5, 7], 1],
])('the turn is that of %s', (_what, keys, turn) => {
  expect(keyInTurn(keys.map((at) => (at === undefined ? undefined : until(at))))).toBe(turn);
});

it.each<[name: string, isKey: boolean]>([
  [keyId('gemini', '0a1b2c3d'), true],
  ['gemini', false],
  ['claude (/home/ada/my key folder)', false],
])('%s names a key: %s', (name, isKey) => {
  expect(isKeyId(name)).toBe(isKey);
});

it('a key’s cooldown is no other key’s, no other provider’s, and over when it is', () => {
  const cooldowns = { [keyId('gemini', 'a')]: [until(10)], [keyId('groq', 'b')]: [until(10)] };
  const resting = (now: number) => keyCooldowns(cooldowns, 'gemini', ['a', 'b'], undefined, now).map(Boolean);
  expect(resting(9)).toEqual([true, false]);
  expect(resting(10)).toEqual([false, false]);
});
