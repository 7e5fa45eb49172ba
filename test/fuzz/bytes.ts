import * as fc from 'fast-check';

/** One thing that happens to bytes on their way. Places are fractions of the length. */
export type Mutation =
  | { kind: 'flip'; at: number; to: number }
  | { kind: 'drop'; at: number; length: number }
  | { kind: 'twice'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'cut'; at: number };

const at = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.integer({ min: 1, max: 200 });

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at, to: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant('drop' as const), at, length }),
    fc.record({ kind: fc.constant('twice' as const), at, length }),
    fc.record({
      kind: fc.constant('insert' as const),
      at,
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom('\n\n', '\r\n\r\n', 'data: ', 'event: error\n', '[DONE]', '{}', 'null', '\u0000', '"', '}]}')
          .map((text) => new TextEncoder().encode(text)),
      ),
    }),
    fc.record({ kind: fc.constant('cut' as const), at }),
  ),
  { minLength: 1, maxLength: 4 },
);

export function mutate(bytes: Buffer, all: readonly Mutation[]): Buffer {
  return all.reduce((before, mutation) => {
    const place = Math.floor(mutation.at * before.length);
    const [head, tail] = [before.subarray(0, place), before.subarray(place)];
    switch (mutation.kind) {
      case 'flip':
        return Buffer.concat([head, Buffer.of(mutation.to), tail.subarray(1)]);
      case 'drop':
        return Buffer.concat([head, tail.subarray(mutation.length)]);
      case 'twice':
        return Buffer.concat([head, tail.subarray(0, mutation.length), tail]);
      case 'insert':
        return Buffer.concat([head, mutation.bytes, tail]);
      case 'cut':
        return head;
    }
  }, bytes);
}

/** Bytes in pieces, cut at fractions of their length. */
export function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}
