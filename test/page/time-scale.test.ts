import { describe, expect, it } from 'vitest';
import { tickLabel, timeScale } from '../../src/page/client/time-scale.ts';

const labels = (times: number[]) => timeScale(times).ticks.map(tickLabel);

describe('the scale of times', () => {
  it.each<[string, number[], string[]]>([
    ['answers of a few seconds', [2_200, 8_900], ['2 s', '5 s', '10 s']],
    ['50 ms and 50 s', [50, 50_000], ['0.01 s', '0.1 s', '1 s', '10 s', '1 min']],
    ['one answer', [3_000], ['2 s', '5 s']],
    ['one on a line', [5_000], ['2 s', '5 s']],
    ['minutes', [4_000, 200_000], ['1 s', '10 s', '1 min', '10 min']],
    ['no time at all', [0], ['0.01 s', '0.02 s']],
    ['longer than a day', [3 * 86_400_000], ['12 h', '24 h']],
  ])('%s', (_what, times, expected) => {
    expect(labels(times)).toEqual(expected);
    const { ticks, share } = timeScale(times);
    expect(share(ticks[0]!)).toBe(0);
    expect(share(ticks.at(-1)!)).toBe(1);
    expect(ticks.length).toBeLessThanOrEqual(6);
    for (const ms of times) expect(share(ms)).toBeGreaterThanOrEqual(0);
  });

  it('puts equal factors equally far apart', () => {
    const { share } = timeScale([50, 50_000]);
    expect(share(1_000) - share(100)).toBeCloseTo(share(10_000) - share(1_000));
    expect(share(100)).toBeGreaterThan(0.2);
  });
});
