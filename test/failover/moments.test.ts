import { expect, it } from 'vitest';
import { clockOf } from '../../src/failover/clock.ts';
import { nextPacificMidnight, readDuration, readMoment, readRetryAfter } from '../../src/failover/moments.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const CLOCK = clockOf({}, NOW);

it.each([
  ['1s', 1000],
  ['6m0s', 360_000],
  ['120ms', 120],
  ['8ms', 8],
  ['2m59.56s', 179_560],
  ['34.4s', 34_400],
  ['1h2m', 3_720_000],
  ['0.004466179s', 4.466179],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['5 s', undefined],
  ['abc', undefined],
  ['1s!', undefined],
])('duration %j → %j ms', (text, ms) => {
  expect(readDuration(text)?.toFixed(3)).toBe(ms?.toFixed(3));
});

it.each([
  ['30', NOW + 30_000],
  ['0.5', NOW + 500],
  [String(NOW / 1000 + 60), NOW + 60_000],
  [String(NOW + 60_000), NOW + 60_000],
  ['2026-11-22T11:00:00Z', NOW + 3_600_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', NOW + 3_600_000],
  ['6m0s', NOW + 360_000],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
  ['9999999999', undefined],
  ['99999999', undefined],
])('moment %j', (text, expected) => {
  expect(readMoment(text, CLOCK)).toBe(expected);
});

it('prefers retry-after-ms', () => {
  expect(readRetryAfter({ 'retry-after': '9', 'retry-after-ms': '250' }, CLOCK)).toBe(NOW + 250);
  expect(readRetryAfter({ 'retry-after': '9' }, CLOCK)).toBe(NOW + 9000);
  expect(readRetryAfter({}, CLOCK)).toBeUndefined();
});

it.each([
  ['winter time', '2026-11-22T10:00:00Z', '2026-11-23T08:00:00Z'],
  ['summer time', '2026-07-01T10:00:00Z', '2026-07-02T07:00:00Z'],
  ['a second before', '2026-11-23T07:59:59Z', '2026-11-23T08:00:00Z'],
  ['at midnight: the next one', '2026-11-23T08:00:00Z', '2026-11-24T08:00:00Z'],
  ['the day of 23 hours', '2026-03-08T08:30:00Z', '2026-03-09T07:00:00Z'],
  ['the day of 25 hours', '2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
])('midnight in California, %s', (_what, now, expected) => {
  expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(expected.replace('Z', '.000Z'));
});
