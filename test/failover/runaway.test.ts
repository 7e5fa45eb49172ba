import { expect, it } from 'vitest';
import { CALM, withRequest, type Swarm } from '../../src/failover/runaway.ts';

/** After which of these requests, seconds, there are too many. */
function over(seconds: readonly number[], most: number): number[] {
  let swarm: Swarm = CALM;
  return seconds.flatMap((second) => {
    swarm = withRequest(swarm, second * 1000, most);
    return swarm.over === undefined ? [] : [second];
  });
}
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.round((to - from) / seconds) }, (_, index) => from + index * seconds);

it.each<[what: string, seconds: number[], most: number, over: number[]]>([
  ['as many as may be', [1, 2, 3], 3, []],
  ['one more', [1, 2, 3, 4], 3, [4]],
  ['as many, over more than a minute', [1, 20, 40, 61], 3, []],
  ['too many, then fewer than half', [1, 2, 3, 4, 70], 3, [4]],
  ['too many, then still more than half', [1, 2, 3, 4, 63, 64], 3, [4, 63, 64]],
  ['no limit', every(0.01, 0, 1), 0, []],
  ['a limit of one', [1, 2, 3, 200], 1, [2, 3]],
  ['a clock that is set back', [100, 101, 102, 5, 6], 3, []],
  ['ten agents at once, a step every six seconds each', every(0.6, 0, 60), 120, []],
])('%s', (_what, seconds, most, expected) => {
  expect(over(seconds, most)).toEqual(expected);
});

it('keeps no more than it needs', () => {
  let swarm: Swarm = CALM;
  for (let at = 0; at < 10_000; at++) swarm = withRequest(swarm, at, 120);
  expect(swarm.sent).toHaveLength(121);
});
