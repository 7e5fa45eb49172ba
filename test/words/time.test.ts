import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  atClock,
  clock,
  clockAndWait,
  dayAndTime,
  duration,
  setHourCycle,
  timeWithSeconds,
  wait,
} from '../../src/words/time.ts';

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

/** Sunday, 22 November 2026, 23:30 in Berlin. */
const LATE = Date.UTC(2026, 10, 22, 22, 30);

describe('a clock with twelve hours', () => {
  beforeEach(() => setHourCycle('h12'));
  afterEach(() => setHourCycle('h23'));

  it.each([
    [LATE, '11:30pm'],
    [LATE + H, '12:30am'],
    [LATE - 11 * H, '12:30pm'],
    [LATE + 12 * H, '23 Nov 11:30am'],
  ])('%i → %s', (at, expected) => expect(clock(at, LATE, 'Europe/Berlin')).toBe(expected));

  it('has seconds in front of am and pm', () =>
    expect(timeWithSeconds(LATE + 9 * S, 'Europe/Berlin')).toBe('11:30:09pm'));
});

describe('a moment', () => {
  it.each<[number, string, string, string]>([
    [LATE, 'Europe/Berlin', '23:30', 'at 23:30'],
    [LATE + H, 'Europe/Berlin', '00:30', 'at 00:30'],
    [LATE - 11 * H, 'Europe/Berlin', '12:30', 'at 12:30'],
    [LATE - 20 * H, 'Europe/Berlin', '03:30', 'at 03:30'],
    [LATE + 12 * H - 1, 'Europe/Berlin', '11:29', 'at 11:29'],
    [LATE + 12 * H, 'Europe/Berlin', '23 Nov 11:30', 'on 23 Nov at 11:30'],
    [LATE + 12 * H, 'America/New_York', '23 Nov 05:30', 'on 23 Nov at 05:30'],
    [LATE + 5 * H, 'America/New_York', '22:30', 'at 22:30'],
    [LATE + 40 * D, 'Europe/Berlin', '1 Jan 2027 23:30', 'on 1 Jan 2027 at 23:30'],
    [LATE - 300 * D, 'Asia/Kolkata', '27 Jan 04:00', 'on 27 Jan at 04:00'],
  ])('%d in %s is %s', (at, zone, short, inSentence) => {
    expect(clock(at, LATE, zone)).toBe(short);
    expect(atClock(at, LATE, zone)).toBe(inSentence);
  });

  it('is told with its day, its seconds and what is left, where that is wanted', () => {
    expect(dayAndTime(LATE, 'UTC')).toBe('22 Nov 2026, 22:30');
    expect(timeWithSeconds(LATE + 9 * S, 'UTC')).toBe('22:30:09');
    expect(clockAndWait(LATE + 72 * MIN, LATE, 'UTC')).toBe('23:42 (in 1 h 12 min)');
    expect(clockAndWait(LATE, LATE, 'UTC')).toBe('22:30');
  });

  it('has no date within twelve hours, whatever the hour', () => {
    for (let hour = 0; hour < 24; hour += 0.5) {
      const now = LATE + hour * H;
      for (const ahead of [-11.9, -1, 1, 6, 11.9]) {
        expect(clock(now + ahead * H, now, 'Europe/Berlin')).toMatch(/^\d\d:\d\d$/);
      }
      expect(clock(now + D, now, 'Europe/Berlin')).toMatch(/^\d\d Nov \d\d:\d\d$/);
    }
  });

  it('is told in the machine’s own zone where none is named', () => {
    expect(clock(new Date(2026, 10, 22, 17, 5).getTime(), new Date(2026, 10, 22, 9).getTime())).toBe('17:05');
  });
});

describe('a span', () => {
  it.each([
    [0, '0 s'],
    [40, '< 0.1 s'],
    [300, '0.3 s'],
    [830, '0.8 s'],
    [4210, '4.2 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [119_900, '2 min'],
    [125 * S, '2 min 5 s'],
    [599_600, '10 min'],
    [31 * MIN + 40 * S, '32 min'],
    [59 * MIN + 40 * S, '1 h'],
    [72 * MIN, '1 h 12 min'],
    [125 * MIN, '2 h 5 min'],
    [D - 10 * S, '1 d'],
    [76 * H, '3 d 4 h'],
  ])('of %d ms is %s', (ms, words) => expect(duration(ms)).toBe(words));

  it.each([
    [-5, '0 s'],
    [1, '1 s'],
    [40 * S, '40 s'],
    [61 * S, '2 min'],
    [247 * S, '5 min'],
    [599 * S, '10 min'],
    [600 * S, '10 min'],
    [H, '1 h'],
    [H - 1, '1 h'],
    [72 * MIN - 500, '1 h 12 min'],
    [76 * H, '3 d 4 h'],
  ])('that is left, of %d ms, is %s', (ms, words) => expect(wait(ms)).toBe(words));
});
