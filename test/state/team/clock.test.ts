import { expect, it } from 'vitest';
import { aheadOf, facingHere, movedChange, sharedDays } from '../../../src/state/team/clock.ts';
import { applyTeam, noTeamFacts, type TeamChange } from '../../../src/state/team/facts.ts';

const NOW = Date.UTC(2026, 10, 27, 23, 30);
const HOUR = 3_600_000;

it.each([
  [0, 1_500, 0],
  [0, -1_999, 0],
  [0, 5_000, 5_000],
  [5_000, 6_500, 5_000],
  [5_000, 500, 0],
  [5_000, -7_000, -7_000],
])('known to be %i ms ahead, measured %i: goes by %i', (known, measured, expected) => {
  expect(aheadOf(known, measured)).toBe(expected);
});

it('counts by the day of UTC, by the clock of the server', () => {
  let ahead = 0;
  const days = sharedDays(() => ahead);
  expect([days.dayOf(NOW), days.nextDay(NOW)]).toEqual(['2026-11-27', NOW + HOUR / 2]);
  ahead = HOUR;
  expect([days.dayOf(NOW), days.nextDay(NOW)]).toEqual(['2026-11-28', NOW + 23.5 * HOUR]);
});

const cooldown = (until: number) =>
  ({ until, failure: 'rate_limit', reason: { kind: 'limit', status: 429 }, streak: 1 }) as const;
const changes = (at: number): TeamChange[] => [
  { do: 'cooldowns', provider: 'a', at, removed: [], added: [cooldown(at + HOUR)] },
  { do: 'count', provider: 'a', at, date: new Date(at).toISOString().slice(0, 10), requests: 1, tokens: 5 },
  { do: 'spend', provider: 'a', at, date: new Date(at).toISOString().slice(0, 10), usd: 1, assumed: 0 },
  { do: 'limits', provider: 'a', at, windows: [{ name: '5h', used: 0.5, resetAt: at + HOUR, source: 'wire' }] },
  { do: 'sample', provider: 'a', ms: 7 },
];

it.each([0, 2 * HOUR, -5 * 365 * 24 * HOUR])(
  'what a machine writes is the same for it when it reads it (%i)',
  (ahead) => {
    const facts = noTeamFacts();
    for (const change of changes(NOW)) applyTeam(facts, movedChange(change, ahead), NOW + ahead);
    const { usedAt: _, ...seen } = facingHere(facts, ahead).providers['a'] as unknown as Record<string, unknown>;
    expect(seen).toEqual({
      cooldowns: [cooldown(NOW + HOUR)],
      samples: [7],
      recent: [[Math.floor(NOW / 1000), 1, 5]],
      days: [
        { date: new Date(NOW + ahead).toISOString().slice(0, 10), requests: 1, tokens: 5, usd: 1, unknown: false },
      ],
      quota: { at: NOW, windows: [{ name: '5h', used: 0.5, resetAt: NOW + HOUR, source: 'wire' }] },
      used: { '5h': { resetAt: NOW + HOUR, points: [[NOW, 0.5]] } },
    });
  },
);
