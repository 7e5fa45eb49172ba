import { describe, expect, it } from 'vitest';
import { percent, tokens, usedOf, windowSize } from '../../src/words/limit.ts';
import { dollars, estimateText, spentText } from '../../src/words/money.ts';
import { cut, list, plural, sentence } from '../../src/words/text.ts';

describe('an amount in words', () => {
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
    [10, '10'],
    [128_000, '128k'],
    [131_072, '128k'],
    [200_000, '200k'],
    [1_000_000, '1M'],
    [1_048_576, '1M'],
  ])('a context window of %i tokens is %s', (count, text) => expect(windowSize(count)).toBe(text));

  it.each([
    [null, 'unknown'],
    [0, '$0.00'],
    [0.0042, '< $0.01'],
    [0.127, '$0.13'],
    [12, '$12.00'],
  ])('%d dollars are %s', (usd, text) => expect(dollars(usd)).toBe(text));

  it.each([
    [0.04, false, '$0.04', 'est. $0.04'],
    [0.04, true, '$0.04 + unknown', 'est. $0.04 + unknown prices'],
    [0, true, 'unknown', 'cost unknown'],
  ])('%d dollars, some prices unknown: %s', (usd, unknown, spent, estimate) => {
    expect(spentText(usd, unknown)).toBe(spent);
    expect(estimateText({ usd, unknown })).toBe(estimate);
  });

  it.each([
    [0, '0 %'],
    [0.29, '29 %'],
    [0.819, '81 %'],
    [0.999, '99 %'],
    [1, '100 %'],
    [1.04, '104 %'],
  ])('a share of %d is %s', (fraction, text) => expect(percent(fraction)).toBe(text));

  it.each([
    [{ used: 0.5, limit: 10, remaining: 9 }, 0.5],
    [{ limit: 50, remaining: 5 }, 0.9],
    [{ limit: 0, remaining: 0 }, undefined],
    [{ remaining: 5 }, undefined],
  ])('of %o the used share is %s', (facts, used) => {
    expect(usedOf({ name: 'requests', source: 'wire', ...facts })).toBe(used);
  });
});

describe('a text', () => {
  it('counts with the right word', () => {
    expect([plural(1, 'turn'), plural(0, 'turn'), plural(2, 'loss', 'losses'), plural(1204, 'answer')]).toEqual([
      '1 turn',
      '0 turns',
      '2 losses',
      '1,204 answers',
    ]);
  });

  it.each([
    ['cache marks were left out', 'Cache marks were left out'],
    ["this session's budget", "This session's budget"],
    ['gemini-pro-latest can answer', 'gemini-pro-latest can answer'],
    ['429 (5-hour limit)', '429 (5-hour limit)'],
    ['requests', 'Requests'],
  ])('%s begins a sentence as %s', (text, expected) => expect(sentence(text)).toBe(expected));

  it('lists', () => {
    expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  it('is cut to what fits', () => expect([cut('abc', 3), cut('abcd', 3)]).toEqual(['abc', 'ab…']));
});
