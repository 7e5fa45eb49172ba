import { describe, expect, it } from 'vitest';
import type { Cooldown } from '../../../src/failover/cooldown.ts';
import {
  activeMachines,
  applyBatches,
  applyTeam,
  capWhileAway,
  committed,
  concernsAll,
  noTeamFacts,
  prune,
  sharable,
  type Batch,
  type TeamChange,
} from '../../../src/state/team/facts.ts';

const NOW = Date.UTC(2026, 10, 27, 12);
const DAY = '2026-11-27';
const HOUR = 3_600_000;

const spend = (usd: number): TeamChange => ({ do: 'spend', provider: 'gemini', at: NOW, date: DAY, usd, assumed: 0 });
const reserve = (id: string, usd: number, cap?: number): TeamChange => ({
  do: 'reserve',
  id,
  usd,
  date: DAY,
  until: NOW + HOUR,
  ...(cap !== undefined && { cap }),
});
const batch = (machine: string, seq: number, ...changes: TeamChange[]): Batch => ({
  machine,
  seq,
  at: NOW,
  aheadMs: 0,
  changes,
});

function factsOf(...changes: TeamChange[]) {
  const facts = noTeamFacts();
  for (const change of changes) applyTeam(facts, change, NOW);
  return facts;
}

describe('batches', () => {
  it('count once, however often they are sent', () => {
    const facts = noTeamFacts();
    const sent = [batch('a', 1, spend(1)), batch('a', 2, spend(2)), batch('b', 1, spend(4))];
    applyBatches(facts, sent, NOW);
    applyBatches(facts, [...sent, batch('a', 3, spend(8))], NOW);
    expect(committed(facts, DAY, NOW)).toBe(15);
    expect(facts.machines).toEqual({ a: { seq: 3, at: NOW }, b: { seq: 1, at: NOW } });
  });
});

describe('a reservation', () => {
  it('is made only where the cap has room for all of it', () => {
    const facts = factsOf(spend(1), reserve('x', 0.5, 2), reserve('y', 0.6, 2), reserve('z', 0.5, 2));
    expect(Object.keys(facts.reserved)).toEqual(['x', 'z']);
    expect(committed(facts, DAY, NOW)).toBe(2);
  });

  it('without a cap is made in any case: it was granted while the server was away', () => {
    expect(Object.keys(factsOf(spend(9), reserve('x', 1)).reserved)).toEqual(['x']);
  });

  it('counts for its own day, and until its end', () => {
    const facts = factsOf(reserve('x', 1, 5));
    expect([committed(facts, '2026-11-28', NOW), committed(facts, DAY, NOW + HOUR)]).toEqual([0, 0]);
    prune(facts, NOW + HOUR);
    expect(facts.reserved).toEqual({});
  });

  it('is gone when it is released, and one that came too late is none', () => {
    expect(factsOf(reserve('x', 1, 5), { do: 'release', id: 'x' }).reserved).toEqual({});
    const late = noTeamFacts();
    applyTeam(late, reserve('x', 1, 5), NOW + HOUR);
    expect(late.reserved).toEqual({});
  });
});

describe('while the server is away', () => {
  const last = factsOf(spend(4), reserve('x', 1, 10));
  const withMachines = (...at: number[]) => ({
    ...last,
    machines: Object.fromEntries(at.map((one, index) => [String(index), { seq: 1, at: one }])),
  });

  it.each([
    ['one machine may spend all that was left', withMachines(NOW), 10, 10],
    ['each of two the half of it', withMachines(NOW, NOW - HOUR), 10, 7.5],
    ['a machine of the day before yesterday does not count', withMachines(NOW, NOW - 48 * HOUR), 10, 10],
    ['nothing is left', withMachines(NOW), 3, 5],
    ['the server was never reached', undefined, 10, 0],
  ])('%s', (_, facts, cap, expected) => {
    expect(capWhileAway(facts, cap, DAY, NOW)).toBe(expected);
  });

  it('a new day begins with a share of the whole cap', () => {
    expect(capWhileAway(withMachines(NOW, NOW), 10, '2026-11-28', NOW)).toBe(5);
  });
});

it('forgets machines and keys that nobody uses, and cooldowns of a wrong clock', () => {
  const cooldown = {
    until: NOW + 900 * 24 * HOUR,
    failure: 'rate_limit',
    reason: { kind: 'status', status: 429 },
    streak: 1,
  };
  const facts = factsOf({ do: 'cooldowns', provider: 'a', at: NOW, removed: [], added: [cooldown as Cooldown] });
  applyBatches(facts, [batch('m', 1)], NOW);
  prune(facts, NOW);
  expect([facts.providers['a']!.cooldowns, activeMachines(facts, NOW)]).toEqual([[], 1]);
  prune(facts, NOW + 41 * 24 * HOUR);
  expect([facts.providers, facts.machines]).toEqual([{}, {}]);
});

describe('of a cooldown', () => {
  const one = (reason: Cooldown['reason'], failure: Cooldown['failure'] = 'rate_limit'): Cooldown => ({
    until: NOW,
    failure,
    reason,
    streak: 1,
  });

  it.each<[Cooldown['reason'], Cooldown['reason']]>([
    [
      { kind: 'limit', status: 429, window: '5h', said: 'for user ada@example.com' },
      { kind: 'limit', status: 429, window: '5h' },
    ],
    [
      { kind: 'words', status: 529, text: 'what an earlier ccmux wrote' },
      { kind: 'status', status: 529 },
    ],
    [{ kind: 'words', text: 'a sentence' }, { kind: 'error-event' }],
    [{ kind: 'error-event', said: 'a prompt?' }, { kind: 'error-event' }],
    [
      { kind: 'business-error', status: 200, code: '1113', said: 'x' },
      { kind: 'business-error', status: 200, code: '1113' },
    ],
  ])('%j leaves the machine as %j', (reason, expected) => {
    const change = sharable({ do: 'cooldowns', provider: 'a', at: NOW, removed: [], added: [one(reason)] });
    expect(change).toMatchObject({ added: [{ reason: expected }] });
    expect(JSON.stringify(change)).toBe(
      JSON.stringify({ do: 'cooldowns', provider: 'a', at: NOW, removed: [], added: [one(expected)] }),
    );
  });

  it.each<[boolean, Cooldown]>([
    [true, one({ kind: 'limit', status: 429 })],
    [true, one({ kind: 'overloaded', status: 529 }, 'overloaded')],
    [false, one({ kind: 'network', code: 'ECONNREFUSED' }, 'network')],
    [false, one({ kind: 'silence' }, 'timeout')],
    [false, one({ kind: 'setup', text: 'a package is missing' }, 'client')],
    [false, one({ kind: 'certificate', code: 'X' }, 'client')],
  ])('%s: others would meet %j', (expected, cooldown) => {
    expect(concernsAll(cooldown)).toBe(expected);
  });
});
