import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHalfJoiner, mendHalves } from '../../src/codec/halves.ts';

describe('half characters', () => {
  it.each([
    ['cut \ud83d here', 'cut \uFFFD here'],
    ['\udc00', '\uFFFD'],
    ['\ud83d\ud83d\ude00', '\uFFFD😀'],
    ['whole 😀', 'whole 😀'],
    ['a backslash and letters: \\ud83d', 'a backslash and letters: \\ud83d'],
    ['a backslash before a half: \\\ud83d', 'a backslash before a half: \\\uFFFD'],
  ])('of %j leave %j in its JSON', (text, mended) => {
    expect(JSON.parse(mendHalves(JSON.stringify({ [text]: [text] })))).toEqual({ [mended]: [mended] });
  });

  it('are told from characters that were only cut apart', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat({ max: 5 }), (parts, size) => {
        const text = parts.join('');
        const halves = createHalfJoiner();
        const units = text.match(new RegExp(`[\\s\\S]{1,${size + 1}}`, 'g')) ?? [];
        expect(units.map((unit) => halves.push(unit)).join('') + halves.end()).toBe(text.toWellFormed());
      }),
    );
  });
});
