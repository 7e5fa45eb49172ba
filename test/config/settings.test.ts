import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['60s', 60_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test.each(['', '5', '-1s', '1d', '1s2', 's', '1e3s', 'NaNs'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toMatchObject({ ok: false });
});

test('what is printed can be read back', () => {
  fc.assert(
    fc.property(fc.nat(), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms });
    }),
  );
});
