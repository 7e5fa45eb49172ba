import { expect, it } from 'vitest';
import { median, withSample } from '../../src/failover/latency.ts';

it.each([
  [[], undefined],
  [[7], 7],
  [[9, 1], 5],
  [[9, 1, 5], 5],
  [[100, 2, 10, 4], 7],
  [[10, 9, 100], 10],
])('median of %j is %j', (samples, expected) => {
  expect(median(samples)).toBe(expected);
});

it('keeps the last 50 samples and leaves the given ones alone', () => {
  const fifty = Array.from({ length: 50 }, (_each, index) => index);
  const next = withSample(fifty, 50);
  expect([next.length, next[0], next.at(-1), fifty.length]).toEqual([50, 1, 50, 50]);
  expect(withSample([], 3)).toEqual([3]);
});
