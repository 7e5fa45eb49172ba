import { afterAll, describe, expect, it } from 'vitest';
import { forecastOf, levelOf, withUsed, type UsedSeries } from '../../src/failover/forecast.ts';

const START = Date.UTC(2026, 10, 22, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RESET = START + 5 * HOUR;
const WEEK = START + 7 * 24 * HOUR;

/** What is used at each minute, as a function of minutes since the start. */
type Shape = (minute: number) => number;

/** A deterministic noise from 0 to 1. */
const noise = (index: number) => Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;

/** Every so many minutes an answer tells what is used, rounded to hundredths as the header is. */
function recorded(
  shape: Shape,
  until: number,
  { every = 1, window = '5h', resetAt = RESET } = {},
): UsedSeries | undefined {
  let series: UsedSeries | undefined;
  let before = -1;
  for (let minute = 0; minute <= until; minute += every) {
    const used = Math.floor(shape(minute) * 100) / 100;
    // Nobody asks while nothing is used.
    if (shape(minute) === before) continue;
    before = shape(minute);
    series = withUsed(series, { name: window, used, resetAt }, START + minute * MINUTE) ?? series;
  }
  return series;
}

/** When it is really full, minutes since the start. */
function fullAt(shape: Shape): number {
  let minute = 0;
  while (shape(minute) < 1 && minute < 100_000) minute += 1;
  return minute;
}

const steady: Shape = (minute) => minute / 200;
const faster: Shape = (minute) => minute / 120;
/** Ten minutes of work, ten minutes of reading. */
const bursty: Shape = (minute) => (Math.floor(minute / 20) * 10 + Math.min(minute % 20, 10)) / 100;
const noisy: Shape = (minute) =>
  Array.from({ length: Math.floor(minute) }, (_, index) => noise(index) / 100).reduce((sum, one) => sum + one, 0);
/** One large request in an hour of small ones. */
const jump: Shape = (minute) => minute / 240 + (minute >= 70 ? 0.1 : 0);
/** At first slow, then with many subagents. */
const rising: Shape = (minute) => (minute < 60 ? minute / 600 : 0.1 + (minute - 60) / 150);

const errors: string[] = [];
afterAll(() => void process.stdout.write(`${errors.join('\n')}\n`));

describe('the forecast of a synthetic recorded series', () => {
  it.each<[name: string, at: number, mostOff: number, shape: Shape]>([
    ['steady', 60, 10, steady],
    ['steady', 120, 5, steady],
    ['faster', 45, 5, faster],
    ['bursty', 65, 10, bursty],
    ['bursty', 125, 10, bursty],
    ['noisy', 60, 20, noisy],
    ['noisy', 120, 20, noisy],
    ['with one jump', 100, 40, jump],
    ['rising', 130, 15, rising],
  ])('%s, at minute %i: off by at most %i min', (name, at, mostOff, shape) => {
    const found = forecastOf('5h', recorded(shape, at), START + at * MINUTE);
    const off = (found!.fullAt! - START) / MINUTE - fullAt(shape);
    errors.push(`${name}, minute ${at}: full in ${fullAt(shape) - at} min, forecast off by ${off.toFixed(0)} min`);
    expect(Math.abs(off)).toBeLessThanOrEqual(mostOff);
  });

  it('is never later than the reset', () => {
    const slow: Shape = (minute) => minute / 400;
    const found = forecastOf('5h', recorded(slow, 60), START + HOUR);
    expect(found).not.toHaveProperty('fullAt');
    expect(found?.perHour).toBeCloseTo(0.15, 1);
  });

  it('counts idle time as idle: the longer the pause, the later it is full, and after an hour of it nothing is said', () => {
    const series = recorded(faster, 60);
    const paceAfter = (minutes: number) => forecastOf('5h', series, START + (60 + minutes) * MINUTE)?.perHour;
    expect(paceAfter(0)).toBeCloseTo(0.5, 1);
    expect(paceAfter(20)).toBeLessThan(0.45);
    expect(paceAfter(40)).toBeLessThan(paceAfter(20)!);
    expect(paceAfter(60)).toBeUndefined();
  });

  it('starts anew with the reset', () => {
    const later = RESET + 5 * HOUR;
    let series = recorded(faster, 110);
    series = withUsed(series, { name: '5h', used: 0.01, resetAt: later }, RESET + MINUTE);
    expect(series).toEqual({ resetAt: later, points: [[RESET + MINUTE, 0.01]] });
    expect(forecastOf('5h', series, RESET + 2 * MINUTE)).toBeUndefined();
  });

  it('a week goes by the pace of a day, with its night', () => {
    /** Eight hours of work a day, each of them 2 %. */
    const workdays: Shape = (minute) => {
      const hours = minute / 60;
      return (Math.floor(hours / 24) * 8 + Math.min(hours % 24, 8)) * 0.02;
    };
    const at = 50 * 60;
    const series = recorded(workdays, at, { every: 5, window: '7d', resetAt: WEEK });
    const found = forecastOf('7d', series, START + at * MINUTE)!;
    const off = ((found.fullAt ?? WEEK) - START) / HOUR - fullAt(workdays) / 60;
    errors.push(`a week of working days: full in ${fullAt(workdays) / 60 - 50} h, forecast off by ${off.toFixed(0)} h`);
    expect(Math.abs(off)).toBeLessThan(9);
  });
});

describe('nothing is forecast', () => {
  it.each<[why: string, window: string, points: [minute: number, used: number][], at: number]>([
    [
      'from too few readings',
      '5h',
      [
        [0, 0.1],
        [20, 0.2],
        [30, 0.3],
      ],
      31,
    ],
    [
      'from too few minutes',
      '5h',
      [
        [0, 0.1],
        [1, 0.2],
        [2, 0.3],
        [3, 0.4],
      ],
      4,
    ],
    [
      'where nothing is used any more',
      '5h',
      [
        [0, 0.1],
        [5, 0.1],
        [10, 0.1],
        [20, 0.1],
      ],
      30,
    ],
    [
      'of a window that is full',
      '5h',
      [
        [0, 0.7],
        [5, 0.8],
        [10, 0.9],
        [20, 1],
      ],
      21,
    ],
    [
      'behind its reset',
      '5h',
      [
        [0, 0.7],
        [5, 0.8],
        [10, 0.9],
        [20, 0.95],
      ],
      301,
    ],
    [
      'for a window of a minute',
      'requestsPerMinute',
      [
        [0, 0.1],
        [5, 0.2],
        [10, 0.3],
        [20, 0.4],
      ],
      21,
    ],
    [
      'for a count without a length',
      'requests',
      [
        [0, 0.1],
        [5, 0.2],
        [10, 0.3],
        [20, 0.4],
      ],
      21,
    ],
  ])('%s', (_why, name, points, at) => {
    const series = points.reduce<UsedSeries | undefined>(
      (known, [minute, used]) => withUsed(known, { name, used, resetAt: RESET }, START + minute * MINUTE) ?? known,
      undefined,
    );
    expect(forecastOf(name, series, START + at * MINUTE)).toBeUndefined();
  });
});

describe('what is kept', () => {
  const read = (series: UsedSeries | undefined, used: number, minute: number, resetAt = RESET) =>
    withUsed(series, { name: '5h', used, resetAt }, START + minute * MINUTE);

  it('is one reading a minute, and no more than 120', () => {
    let series: UsedSeries | undefined;
    for (let second = 0; second < 4 * 3600; second += 5) series = read(series, second / 20_000, second / 60);
    expect(series?.points).toHaveLength(120);
    expect(series?.points.at(-1)?.[0]).toBe(START + (4 * 3600 - 5) * 1000);
  });

  it('starts anew where a larger plan has made the same use a smaller part', () => {
    expect(read(read(undefined, 0.9, 1), 0.18, 2)).toEqual({ resetAt: RESET, points: [[START + 2 * MINUTE, 0.18]] });
  });

  it('forgets a smaller number, and one of the window before', () => {
    const series = read(undefined, 0.4, 1);
    expect(read(series, 0.38, 2)).toBe(series);
    expect(read(series, 0.9, 2, RESET - 2 * HOUR)).toBe(series);
    // A second more or less is the same window.
    expect(read(series, 0.5, 2, RESET + 1000)?.points).toHaveLength(2);
  });

  it('ignores a window without a number or a reset', () => {
    expect(withUsed(undefined, { name: '5h', resetAt: RESET }, START)).toBeUndefined();
    expect(withUsed(undefined, { name: '5h', used: 0.5 }, START)).toBeUndefined();
  });
});

it.each<[window: string, used: number | undefined, level: number | undefined]>([
  ['5h', 0.74, undefined],
  ['5h', 0.75, 0.75],
  ['7d_opus', 0.89, 0.75],
  ['7d', 0.9, 0.9],
  ['5h', 1.04, undefined],
  ['5h', undefined, undefined],
  ['requestsPerMinute', 0.95, undefined],
])('%s at %s is worth a word: %s', (window, used, level) => {
  expect(levelOf(window, used)).toBe(level);
});
