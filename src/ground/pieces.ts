/**
 * Bytes in pieces, one behind the other. Several requests may share the memory of a piece, so nobody writes to it.
 */
export type Pieces = readonly Buffer[];

export function lengthOf(pieces: Pieces): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** The pieces of a range, without a copy. */
export function cut(pieces: Pieces, start: number, end: number): Buffer[] {
  const within: Buffer[] = [];
  let at = 0;
  for (const piece of pieces) {
    if (at >= end) break;
    if (at + piece.length > start) within.push(piece.subarray(Math.max(start - at, 0), end - at));
    at += piece.length;
  }
  return within;
}

/** The bytes of a range in one: a copy, unless one piece holds them all. */
export function bytesIn(pieces: Pieces, start = 0, end = Number.POSITIVE_INFINITY): Buffer {
  const within = cut(pieces, start, end);
  return within.length === 1 ? within[0]! : Buffer.concat(within);
}

const BLOCK = 64 * 1024;

/**
 * How many bytes two have in common, at most `most`: from their beginnings, or from their ends. Memory that both share
 * is not looked at.
 */
export function commonBytes(a: Pieces, b: Pieces, most: number, fromEnd = false): number {
  const [left, right] = fromEnd ? [a.toReversed(), b.toReversed()] : [a, b];
  let same = 0;
  let [i, j, inLeft, inRight] = [0, 0, 0, 0];
  while (same < most && i < left.length && j < right.length) {
    const [one, other] = [left[i]!, right[j]!];
    const length = Math.min(one.length - inLeft, other.length - inRight, most - same);
    const [from, to] = fromEnd ? [one.length - inLeft - length, other.length - inRight - length] : [inLeft, inRight];
    const equal = equalBytes(one.subarray(from, from + length), other.subarray(to, to + length), fromEnd);
    same += equal;
    if (equal < length) return same;
    inLeft += length;
    inRight += length;
    if (inLeft === one.length) [i, inLeft] = [i + 1, 0];
    if (inRight === other.length) [j, inRight] = [j + 1, 0];
  }
  return same;
}

/** The same for two pieces of the same length. */
function equalBytes(a: Buffer, b: Buffer, fromEnd: boolean): number {
  const { length } = a;
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset) return length;
  const isSame = (from: number, to: number) =>
    fromEnd
      ? a.compare(b, length - to, length - from, length - to, length - from) === 0
      : a.compare(b, from, to, from, to) === 0;
  let same = 0;
  for (let step = BLOCK; step >= 1 && same < length;) {
    const next = Math.min(same + step, length);
    if (isSame(same, next)) same = next;
    else step >>= 1;
  }
  return same;
}
