import { describe, expect, it } from 'vitest';
import {
  clock,
  countdown,
  dollars,
  duration,
  percent,
  plural,
  sentence,
  tokens,
  windowName,
} from '../../src/page/client/format.ts';

/** By this machine's own calendar, as the page writes it. */
const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).getTime();

describe('what the page writes', () => {
  it.each([
    [0, '0.0 s'],
    [830, '0.8 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [601_000, '10 min'],
    [3_600_000, '1 h'],
    [4_320_000, '1 h 12 min'],
    [273_600_000, '3 d 4 h'],
  ])('a span of %i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [-5, '0:00'],
    [1, '0:01'],
    [247_000, '4:07'],
    [599_000, '9:59'],
    [600_000, '10 min'],
    [4_319_500, '1 h 12 min'],
  ])('what is left of %i ms is %s', (ms, text) => expect(countdown(ms)).toBe(text));

  it.each([
    [at(22, 17, 5), '17:05'],
    [at(24, 9, 0), 'Tue 09:00'],
    [at(30, 9, 0), '30 Nov, 09:00'],
  ])('a moment, seen from Sunday noon: %i is %s', (moment, text) => expect(clock(moment, at(22, 12, 0))).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1.0k'],
    [12_449, '12.4k'],
    [99_949, '99.9k'],
    [99_950, '100k'],
    [999_499, '999k'],
    [1_234_567, '1.2M'],
  ])('%i tokens are %s', (count, text) => expect(tokens(count)).toBe(text));

  it.each([
    [null, 'unknown'],
    [0, '$0.00'],
    [0.0042, 'under $0.01'],
    [0.127, '$0.13'],
    [12, '$12.00'],
  ])('%d dollars are %s', (usd, text) => expect(dollars(usd)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.819, '81 %'],
    [0.999, '99 %'],
    [1, '100 %'],
    [1.04, '104 %'],
  ])('a share of %d is %s', (fraction, text) => expect(percent(fraction)).toBe(text));

  it.each([
    ['5h', '5-hour limit'],
    ['7d_opus', '7-day Opus limit'],
    ['requestsPerDay', 'Requests per day'],
    ['input-tokens', 'Input tokens'],
  ])('the limit %s is called %s', (name, text) => expect(windowName(name)).toBe(text));

  it.each([
    ['cache marks were left out', 'Cache marks were left out'],
    ['gemini-pro-latest can answer', 'gemini-pro-latest can answer'],
    ['429 (5-hour limit)', '429 (5-hour limit)'],
    ['requests', 'Requests'],
  ])('%s begins a sentence as %s', (text, begun) => expect(sentence(text)).toBe(begun));

  it('counts with the right word', () => {
    expect(plural(1, 'loss', 'losses')).toBe('1 loss');
    expect(plural(5000, 'response')).toBe('5,000 responses');
  });
});
