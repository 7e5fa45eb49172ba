import { describe, expect, it } from 'vitest';
import {
  familyOf,
  cooldownOf,
  freeFamilyOf,
  soonestReset,
  streakOf,
  withCooldown,
  withSuccess,
} from '../../src/failover/cooldown.ts';
import type { Cooldown, Cooldowns } from '../../src/failover/cooldown.ts';
import type { ModelFamily } from '../../src/events.ts';
import { inWords } from '../helpers/reasons.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const S = 1000;

function cooldown(seconds: number, family?: ModelFamily, streak = 1): Cooldown {
  return {
    until: NOW + seconds * S,
    failure: 'rate_limit',
    reason: inWords(`${seconds} s`),
    streak,
    ...(family === undefined ? {} : { family }),
  };
}

/** The cooldowns of two providers, `a` and `b`. */
function table(a: Cooldown[], b: Cooldown[] = []): Cooldowns {
  return { ...(a.length > 0 && { a }), ...(b.length > 0 && { b }) };
}

it.each([
  ['claude-opus-5-5', 'opus'],
  ['claude-sonnet-5-5[1m]', 'sonnet'],
  ['claude-haiku-4-5-20251001', 'haiku'],
  ['claude-fable-5-2', 'fable'],
  ['OPUS', 'opus'],
  ['us.anthropic.claude-opus-5', 'opus'],
  ['gemini-pro-latest', undefined],
  ['', undefined],
])('%j is of the family %s', (model, family) => {
  expect(familyOf(model)).toBe(family);
});

describe('cooldownOf', () => {
  // oxfmt-ignore
  const rows: [what: string, cooldowns: Cooldown[], family: ModelFamily | undefined, seconds: number | undefined][] = [
    ['none', [], 'opus', undefined],
    ['the whole provider', [cooldown(60)], 'opus', 60],
    ['the whole provider, model unknown', [cooldown(60)], undefined, 60],
    ['its family', [cooldown(60, 'opus')], 'opus', 60],
    ['another family', [cooldown(60, 'opus')], 'sonnet', undefined],
    ['a family, model unknown', [cooldown(60, 'opus')], undefined, undefined],
    ['the longer of two', [cooldown(60), cooldown(90, 'opus')], 'opus', 90],
    ['only what holds for it', [cooldown(60), cooldown(90, 'opus')], 'haiku', 60],
    ['over', [cooldown(-1)], 'opus', undefined],
    ['over this very moment', [cooldown(0)], 'opus', undefined],
  ];
  it.each(rows)('%s', (_what, cooldowns, family, seconds) => {
    expect(cooldownOf(table(cooldowns), 'a', family, NOW)?.until).toBe(
      seconds === undefined ? undefined : NOW + seconds * S,
    );
  });
});

describe('withCooldown and withSuccess', () => {
  it('replaces a cooldown of the same scope and leaves the others', () => {
    const cooldowns = [cooldown(5), cooldown(9, 'opus'), cooldown(60, undefined, 2)].reduce<Cooldowns>(
      (all, each) => withCooldown(all, 'a', each),
      table([], [cooldown(1)]),
    );
    expect(cooldowns).toEqual(table([cooldown(9, 'opus'), cooldown(60, undefined, 2)], [cooldown(1)]));
  });

  // oxfmt-ignore
  const rows: [what: string, before: Cooldown[], family: ModelFamily | undefined, after: Cooldown[]][] = [
    ['ends the provider’s cooldown', [cooldown(5)], 'opus', []],
    ['ends its family’s cooldown', [cooldown(5, 'opus')], 'opus', []],
    ['leaves another family’s', [cooldown(5), cooldown(9, 'sonnet')], 'opus', [cooldown(9, 'sonnet')]],
    ['leaves all families when the model is unknown', [cooldown(5), cooldown(9, 'sonnet')], undefined, [cooldown(9, 'sonnet')]],
    ['ends an old streak', [cooldown(-60, undefined, 4)], 'opus', []],
  ];
  it.each(rows)('an answer %s', (_what, before, family, after) => {
    expect(withSuccess(table(before, [cooldown(1)]), 'a', family)).toEqual(table(after, [cooldown(1)]));
  });

  it('an answer of somebody who never failed changes nothing', () => {
    const cooldowns = table([cooldown(5)]);
    expect(withSuccess(cooldowns, 'c', 'opus')).toBe(cooldowns);
  });
});

it.each<[string, Cooldown[], ModelFamily | undefined, number]>([
  ['nothing', [], undefined, 0],
  ['a running cooldown', [cooldown(5, undefined, 3)], 'opus', 3],
  ['one that is over', [cooldown(-500, undefined, 3)], undefined, 3],
  ['the family’s own', [cooldown(5, undefined, 1), cooldown(5, 'opus', 4)], 'opus', 4],
  ['not another family’s', [cooldown(5, undefined, 1), cooldown(5, 'opus', 4)], 'haiku', 1],
])('streak: %s', (_what, cooldowns, family, streak) => {
  expect(streakOf(table(cooldowns), 'a', family)).toBe(streak);
});

it.each<[string, Cooldowns, ModelFamily | undefined, number | undefined]>([
  ['nobody is unavailable', {}, undefined, undefined],
  ['the sooner of two providers', table([cooldown(60)], [cooldown(30)]), undefined, 30],
  [
    'a provider is back when its last cooldown is over',
    table([cooldown(60), cooldown(90, 'opus')], [cooldown(80)]),
    undefined,
    80,
  ],
  ['only what holds for the family', table([cooldown(60), cooldown(90, 'opus')], [cooldown(80)]), 'haiku', 60],
  ['cooldowns that are over do not count', table([cooldown(-1)], [cooldown(80)]), undefined, 80],
])('soonest reset: %s', (_what, cooldowns, family, seconds) => {
  expect(soonestReset(cooldowns, ['a', 'b'], NOW, family)).toBe(seconds === undefined ? undefined : NOW + seconds * S);
});

it('looks only at the providers it is asked about', () => {
  expect(soonestReset(table([cooldown(60)], [cooldown(30)]), ['a'], NOW)).toBe(NOW + 60 * S);
});

it.each<[limited: 'opus' | 'fable' | 'haiku', others: ('sonnet' | 'opus')[], free: string | undefined]>([
  ['opus', [], 'sonnet'],
  ['opus', ['sonnet'], 'fable'],
  ['fable', [], 'opus'],
  ['fable', ['opus', 'sonnet'], undefined],
  ['haiku', [], 'sonnet'],
])('while %s is limited, and %j, the account goes on with %s', (limited, others, free) => {
  const all = [limited, ...others].map((family) => ({ ...cooldown(60, family), failure: 'rate_limit' as const }));
  expect(freeFamilyOf({ claude: all }, 'claude', limited, NOW)?.free).toBe(free);
  const { family: _whole, ...whole } = all[0]!;
  expect(freeFamilyOf({ claude: [whole] }, 'claude', limited, NOW)).toBeUndefined();
});
