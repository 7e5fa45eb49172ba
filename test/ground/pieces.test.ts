import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesIn, commonBytes, cut, lengthOf } from '../../src/ground/pieces.ts';

const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }).map((letters) => letters.join(''));
const cuts = fc.array(fc.nat(40), { maxLength: 5 });

/** A text in pieces, empty ones among them. */
function inPieces(whole: string, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(whole);
  const places = [0, ...at.map((place) => Math.min(place, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

test('a range of pieces is the range of the whole', () => {
  fc.assert(
    fc.property(text, cuts, fc.integer({ min: -5, max: 45 }), fc.nat(45), (whole, at, start, length) => {
      const pieces = inPieces(whole, at);
      const range = whole.slice(Math.max(start, 0), Math.max(start + length, 0));
      expect(lengthOf(pieces)).toBe(whole.length);
      expect(bytesIn(pieces, start, start + length).toString()).toBe(range);
      expect(Buffer.concat(cut(pieces, start, start + length)).toString()).toBe(range);
    }),
  );
});

function commonPlainly(a: string, b: string, most: number, fromEnd: boolean): number {
  let same = 0;
  while (same < most && (fromEnd ? a.at(-1 - same) === b.at(-1 - same) : a[same] === b[same])) same++;
  return same;
}

test('what two have in common does not depend on the pieces', () => {
  fc.assert(
    fc.property(
      text,
      text,
      text,
      cuts,
      cuts,
      fc.boolean(),
      fc.boolean(),
      (shared, one, two, here, there, fromEnd, sharing) => {
        const [a, b] = fromEnd ? [one + shared, two + shared] : [shared + one, shared + two];
        const left = inPieces(a, here);
        // Some requests share the memory of others.
        const right = sharing && a === b ? cut(left, 0, a.length) : inPieces(b, there);
        const most = Math.min(a.length, b.length);
        expect(commonBytes(left, right, most, fromEnd)).toBe(commonPlainly(a, b, most, fromEnd));
      },
    ),
  );
});

test.each([0, 1, 65_535, 65_536, 65_537, 199_999])('a difference at byte %i is found to the byte', (place) => {
  const a = Buffer.alloc(200_000, 1);
  const b = Buffer.from(a);
  b[place] = 2;
  expect(commonBytes([a], [b.subarray(0, 70_000), b.subarray(70_000)], a.length)).toBe(place);
  expect(commonBytes([a], [b.subarray(0, 70_000), b.subarray(70_000)], a.length, true)).toBe(199_999 - place);
});
