import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  familyOf,
  mergeRests,
  restOf,
  soonestReset,
  streakOf,
  withRest,
  withSuccess,
} from '../../src/failover/cooldown.ts';
import type { Rest, Rests } from '../../src/failover/cooldown.ts';
import type { ModelFamily } from '../../src/events.ts';
import { inWords } from '../helpers/reasons.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const S = 1000;

function rest(seconds: number, family?: ModelFamily, streak = 1): Rest {
  return {
    until: NOW + seconds * S,
    failure: 'rate_limit',
    reason: inWords(`${seconds} s`),
    streak,
    ...(family === undefined ? {} : { family }),
  };
}

/** The rests of two providers, `a` and `b`. */
function table(a: Rest[], b: Rest[] = []): Rests {
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

describe('restOf', () => {
  // oxfmt-ignore
  const rows: [what: string, rests: Rest[], family: ModelFamily | undefined, seconds: number | undefined][] = [
    ['none', [], 'opus', undefined],
    ['the whole provider', [rest(60)], 'opus', 60],
    ['the whole provider, model unknown', [rest(60)], undefined, 60],
    ['its family', [rest(60, 'opus')], 'opus', 60],
    ['another family', [rest(60, 'opus')], 'sonnet', undefined],
    ['a family, model unknown', [rest(60, 'opus')], undefined, undefined],
    ['the longer of two', [rest(60), rest(90, 'opus')], 'opus', 90],
    ['only what holds for it', [rest(60), rest(90, 'opus')], 'haiku', 60],
    ['over', [rest(-1)], 'opus', undefined],
    ['over this very moment', [rest(0)], 'opus', undefined],
  ];
  it.each(rows)('%s', (_what, rests, family, seconds) => {
    expect(restOf(table(rests), 'a', family, NOW)?.until).toBe(seconds === undefined ? undefined : NOW + seconds * S);
  });
});

describe('withRest and withSuccess', () => {
  it('replaces a rest of the same scope and leaves the others', () => {
    const rests = [rest(5), rest(9, 'opus'), rest(60, undefined, 2)].reduce<Rests>(
      (all, each) => withRest(all, 'a', each),
      table([], [rest(1)]),
    );
    expect(rests).toEqual(table([rest(9, 'opus'), rest(60, undefined, 2)], [rest(1)]));
  });

  // oxfmt-ignore
  const rows: [what: string, before: Rest[], family: ModelFamily | undefined, after: Rest[]][] = [
    ['ends the provider’s rest', [rest(5)], 'opus', []],
    ['ends its family’s rest', [rest(5, 'opus')], 'opus', []],
    ['leaves another family’s', [rest(5), rest(9, 'sonnet')], 'opus', [rest(9, 'sonnet')]],
    ['leaves all families when the model is unknown', [rest(5), rest(9, 'sonnet')], undefined, [rest(9, 'sonnet')]],
    ['ends an old streak', [rest(-60, undefined, 4)], 'opus', []],
  ];
  it.each(rows)('an answer %s', (_what, before, family, after) => {
    expect(withSuccess(table(before, [rest(1)]), 'a', family)).toEqual(table(after, [rest(1)]));
  });

  it('an answer of somebody who never failed changes nothing', () => {
    const rests = table([rest(5)]);
    expect(withSuccess(rests, 'c', 'opus')).toBe(rests);
  });
});

it.each<[string, Rest[], ModelFamily | undefined, number]>([
  ['nothing', [], undefined, 0],
  ['a running rest', [rest(5, undefined, 3)], 'opus', 3],
  ['one that is over', [rest(-500, undefined, 3)], undefined, 3],
  ['the family’s own', [rest(5, undefined, 1), rest(5, 'opus', 4)], 'opus', 4],
  ['not another family’s', [rest(5, undefined, 1), rest(5, 'opus', 4)], 'haiku', 1],
])('streak: %s', (_what, rests, family, streak) => {
  expect(streakOf(table(rests), 'a', family)).toBe(streak);
});

it.each<[string, Rests, ModelFamily | undefined, number | undefined]>([
  ['nobody rests', {}, undefined, undefined],
  ['the sooner of two providers', table([rest(60)], [rest(30)]), undefined, 30],
  ['a provider is back when its last rest is over', table([rest(60), rest(90, 'opus')], [rest(80)]), undefined, 80],
  ['only what holds for the family', table([rest(60), rest(90, 'opus')], [rest(80)]), 'haiku', 60],
  ['rests that are over do not count', table([rest(-1)], [rest(80)]), undefined, 80],
])('soonest reset: %s', (_what, rests, family, seconds) => {
  expect(soonestReset(rests, ['a', 'b'], NOW, family)).toBe(seconds === undefined ? undefined : NOW + seconds * S);
});

it('looks only at the providers it is asked about', () => {
  expect(soonestReset(table([rest(60)], [rest(30)]), ['a'], NOW)).toBe(NOW + 60 * S);
});

describe('mergeRests', () => {
  // oxfmt-ignore
  const rows: [what: string, a: Rests, b: Rests, merged: Rests][] = [
    ['the later until', table([rest(60)]), table([rest(30)]), table([rest(60)])],
    ['the longer streak of two alike', table([rest(60, undefined, 1)]), table([rest(60, undefined, 2)]), table([rest(60, undefined, 2)])],
    ['each scope for itself', table([rest(60)]), table([rest(30, 'opus')]), table([rest(60), rest(30, 'opus')])],
    ['both providers', table([rest(60)]), table([], [rest(30)]), table([rest(60)], [rest(30)])],
    ['a rest just over keeps its streak', table([rest(-60, undefined, 3)]), {}, table([rest(-60, undefined, 3)])],
    ['a rest long over is forgotten', table([rest(-601, undefined, 3)]), {}, {}],
  ];
  it.each(rows)('%s', (_what, a, b, merged) => {
    expect(mergeRests(a, b, NOW)).toEqual(merged);
  });

  const anyRest = fc.record({
    seconds: fc.integer({ min: -1000, max: 1000 }),
    family: fc.constantFrom<(ModelFamily | undefined)[]>(undefined, 'opus', 'haiku'),
    streak: fc.nat(3),
  });
  const anyRests = fc
    .array(fc.record({ id: fc.constantFrom('a', 'b'), rest: anyRest }), { maxLength: 6 })
    .map((all) =>
      all.reduce<Rests>(
        (rests, each) => withRest(rests, each.id, rest(each.rest.seconds, each.rest.family, each.rest.streak)),
        {},
      ),
    );
  const sorted = (rests: Rests) =>
    Object.fromEntries(
      Object.entries(rests).map(([id, all]) => [
        id,
        all.toSorted((x, y) => (x.family ?? '').localeCompare(y.family ?? '')),
      ]),
    );

  it('does not depend on who merges whom, nor on how often', () => {
    fc.assert(
      fc.property(anyRests, anyRests, (a, b) => {
        const merged = mergeRests(a, b, NOW);
        expect(sorted(mergeRests(b, a, NOW))).toEqual(sorted(merged));
        expect(sorted(mergeRests(merged, b, NOW))).toEqual(sorted(merged));
        for (const family of ['opus', 'haiku', undefined] as const) {
          const longest = Math.max(restOf(a, 'a', family, NOW)?.until ?? 0, restOf(b, 'a', family, NOW)?.until ?? 0);
          expect(restOf(merged, 'a', family, NOW)?.until ?? 0).toBe(longest);
        }
      }),
    );
  });
});
