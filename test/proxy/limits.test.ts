import { expect, it } from 'vitest';
import { createBus } from '../../src/events.ts';
import type { Rest, Rests } from '../../src/failover/rest.ts';
import { createLimits, type Ledger } from '../../src/proxy/limits.ts';
import { createPaces } from '../../src/proxy/paces.ts';
import { noFacts, withoutWrongRests } from '../../src/report/shared-facts.ts';
import { fallback } from '../helpers/proxy.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const HOUR = 3_600_000;

/** Limits of one provider that asks for `model`, over rests that outlive them. */
function limitsFor(model: string, kept: { rests: Rests }) {
  const ledger: Ledger = {
    rests: () => kept.rests,
    setRests: (provider, own) => void (kept.rests = { ...kept.rests, [provider]: own }),
    samples: () => [],
    addSample() {},
    count() {},
    counted: () => [],
    setWindows() {},
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
    bus: createBus(() => NOW),
    now: () => NOW,
    redact: (text) => text,
    paces: createPaces(() => NOW),
  });
  return { limits, provider };
}

it('a missing model rests its family until another one is configured, over sessions', () => {
  const kept = { rests: {} as Rests };
  const first = limitsFor('typo', kept);
  const body = '{"error":{"code":"model_not_found","message":"The model `typo` does not exist"}}';
  const failure = { wire: 'openai', cause: 'status', status: 404, headers: {}, body, translated: true } as const;
  first.limits.fail(first.provider, failure, { family: 'opus', model: 'typo' });
  expect(first.limits.rests()['x']).toMatchObject([{ family: 'opus', until: NOW + 24 * HOUR }]);
  expect(limitsFor('typo', kept).limits.rests()['x']).toHaveLength(1);
  expect(limitsFor('mended', kept).limits.rests()['x']).toEqual([]);
});

const rest = (untilMs: number, failure: Rest['failure'] = 'rate_limit'): Rest => ({
  until: NOW + untilMs,
  failure,
  reason: { kind: 'limit', status: 429 },
  streak: 1,
});

it.each<[what: string, rest: Rest, kept: boolean]>([
  ['a limit of a week', rest(7 * 24 * HOUR), true],
  ['a limit of three years', rest(3 * 365 * 24 * HOUR), false],
  ['a back-off of five minutes', rest(HOUR / 12, 'server_error'), true],
  ['a back-off of a day', rest(24 * HOUR, 'server_error'), false],
])('%s is kept: %s', (_what, one, isKept) => {
  expect(limitsFor('m', { rests: { x: [one] } }).limits.rests()['x']).toHaveLength(isKept ? 1 : 0);
  const facts = { ...noFacts(), savedAt: NOW, providers: { x: { rests: [one] } } } as never;
  expect(withoutWrongRests(facts, NOW).providers['x']?.rests).toHaveLength(isKept ? 1 : 0);
});

it('what was saved in the future was saved by a clock that was wrong', () => {
  const saved = (savedAt: number) =>
    withoutWrongRests({ version: 1, savedAt, providers: { x: { rests: [rest(HOUR)] } } } as never, NOW);
  expect(saved(NOW + 60_000).providers['x']?.rests).toHaveLength(1);
  expect(saved(NOW + 365 * 24 * HOUR).providers['x']?.rests).toEqual([]);
});
