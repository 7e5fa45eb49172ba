import { expect, it } from 'vitest';
import { createBus } from '../../src/events.ts';
import type { Cooldown, Cooldowns } from '../../src/failover/cooldown.ts';
import { createLimits, type Ledger } from '../../src/proxy/cooldowns.ts';
import { createPaces } from '../../src/proxy/paces.ts';
import { noFacts, withoutWrongCooldowns } from '../../src/state/shared-facts.ts';
import { fallback } from '../helpers/proxy.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const HOUR = 3_600_000;

/** Limits of one provider that asks for `model`, over cooldowns that outlive them. */
function limitsFor(
  model: string,
  kept: { cooldowns: Cooldowns },
  { now = () => NOW, elapsed = () => 0 }: { now?: () => number; elapsed?: () => number } = {},
) {
  const ledger: Ledger = {
    cooldowns: () => kept.cooldowns,
    setCooldowns: (provider, own) => void (kept.cooldowns = { ...kept.cooldowns, [provider]: own }),
    samples: () => [],
    addSample() {},
    count() {},
    counted: () => [],
    setWindows() {},
    used: () => undefined,
  };
  const send = async () => {
    throw new Error('nobody is asked in these tests');
  };
  const provider = fallback('x', send, { host: 'x.example', modelFor: () => model });
  const config = { providers: {}, failover: { on: [], firstByteTimeoutMs: 0 } } as never;
  const limits = createLimits({
    providers: [provider],
    config,
    ledger,
    bus: createBus(now),
    now,
    elapsed,
    redact: (text) => text,
    paces: createPaces(() => NOW),
  });
  return { limits, provider };
}

it('a missing model is a cooldown of its family until another one is configured, over sessions', () => {
  const kept = { cooldowns: {} as Cooldowns };
  const first = limitsFor('typo', kept);
  const body = '{"error":{"code":"model_not_found","message":"The model `typo` does not exist"}}';
  const failure = { wire: 'openai', cause: 'status', status: 404, headers: {}, body, translated: true } as const;
  first.limits.fail(first.provider, failure, { family: 'opus', model: 'typo' });
  expect(first.limits.cooldowns()['x']).toMatchObject([{ family: 'opus', until: NOW + 24 * HOUR }]);
  expect(limitsFor('typo', kept).limits.cooldowns()['x']).toHaveLength(1);
  expect(limitsFor('mended', kept).limits.cooldowns()['x']).toEqual([]);
});

const cooldown = (untilMs: number, failure: Cooldown['failure'] = 'rate_limit'): Cooldown => ({
  until: NOW + untilMs,
  failure,
  reason: { kind: 'limit', status: 429 },
  streak: 1,
});

it.each<[what: string, cooldown: Cooldown, kept: boolean]>([
  ['a limit of a week', cooldown(7 * 24 * HOUR), true],
  ['a limit of three years', cooldown(3 * 365 * 24 * HOUR), false],
  ['a back-off of five minutes', cooldown(HOUR / 12, 'server_error'), true],
  ['a back-off of seconds, the clock being a minute behind', { ...cooldown(65_000, 'overloaded'), lasts: 5_000 }, true],
  [
    'a back-off of seconds, the clock being set back by an hour',
    { ...cooldown(HOUR - 1, 'overloaded'), lasts: 5_000 },
    false,
  ],
  ['a limit of seconds likewise', { ...cooldown(HOUR, 'rate_limit'), lasts: 5_000 }, false],
  ['a back-off of a day', cooldown(24 * HOUR, 'server_error'), false],
])('%s is kept: %s', (_what, one, isKept) => {
  expect(limitsFor('m', { cooldowns: { x: [one] } }).limits.cooldowns()['x']).toHaveLength(isKept ? 1 : 0);
  const facts = { ...noFacts(), savedAt: NOW, providers: { x: { cooldowns: [one] } } } as never;
  expect(withoutWrongCooldowns(facts, NOW).providers['x']?.cooldowns).toHaveLength(isKept ? 1 : 0);
});

it('what was saved in the future was saved by a clock that was wrong', () => {
  const saved = (savedAt: number) =>
    withoutWrongCooldowns({ version: 1, savedAt, providers: { x: { cooldowns: [cooldown(HOUR)] } } } as never, NOW);
  expect(saved(NOW + 60_000).providers['x']?.cooldowns).toHaveLength(1);
  expect(saved(NOW + 365 * 24 * HOUR).providers['x']?.cooldowns).toEqual([]);
});

it('a cooldown ends by a clock that only grows, also when the one on the wall is set back', () => {
  let [wall, elapsed] = [NOW, 0];
  const clocks = { now: () => wall, elapsed: () => elapsed };
  const kept = { cooldowns: {} as Cooldowns };
  const { limits, provider } = limitsFor('m', kept, clocks);
  const failure = { wire: 'openai', cause: 'status', status: 503, headers: {}, body: '', translated: true } as const;
  const isCoolingDown = () => limits.cooldowns()['x']?.some(({ until }) => until > wall) ?? false;
  limits.fail(provider, failure, { family: 'opus' });
  expect(kept.cooldowns['x']).toMatchObject([{ until: NOW + 5_000, lasts: 5_000 }]);
  expect(isCoolingDown()).toBe(true);
  wall -= 60_000;
  expect(isCoolingDown()).toBe(true);
  elapsed += 5_000;
  expect(isCoolingDown()).toBe(false);
  // The next one in a row is longer, and lasts as long.
  limits.fail(provider, failure, { family: 'opus' });
  expect(isCoolingDown()).toBe(true);
  elapsed += 9_999;
  expect(isCoolingDown()).toBe(true);
  elapsed += 1;
  expect(isCoolingDown()).toBe(false);
});

it('a cooldown ends by the clock on the wall where the machine slept', () => {
  let wall = NOW;
  const { limits } = limitsFor('m', { cooldowns: { x: [cooldown(60_000)] } }, { now: () => wall, elapsed: () => 0 });
  expect(limits.cooldowns()['x']).toHaveLength(1);
  wall += 60_000;
  expect(limits.cooldowns()['x']?.every(({ until }) => until <= wall)).toBe(true);
});
