import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../faults/faults.ts';
import { nameOf, openMatrix, type Cell, type Matrix } from '../faults/matrix.ts';
import { WIRES } from '../faults/wires.ts';
import { mutate, mutations, piecesOf } from './bytes.ts';
import { cases, tellSeed } from './seeds.ts';

/** Answers whose bytes were changed on their way: the client gets one that is whole and valid, or a valid error. */

let matrix: Matrix;
beforeAll(async () => {
  tellSeed();
  matrix = await openMatrix();
});
afterAll(() => matrix.close());

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });

test.each(WIRES)('an answer in the wire of %s', async (wire) => {
  await fc.assert(
    fc.asyncProperty(
      mutations,
      cuts,
      fc.constantFrom('stream', 'whole'),
      fc.constantFrom('ready', 'alone'),
      async (changes, places, mode, next) => {
        const fault: Fault = {
          name: 'changed bytes',
          point: 'anywhere',
          alters: true,
          behave(call) {
            call.head(call.good.status, call.good.headers);
            for (const piece of piecesOf(mutate(call.good.body, changes), places)) call.chunk(piece);
            call.end();
          },
        };
        const cell: Cell = { fault, wire, mode, next };
        const { why, got } = await matrix.run(cell);
        expect({ cell: nameOf(cell), got, why }).toMatchObject({ why: undefined });
      },
    ),
    cases(8),
  );
});

test('no host was asked badly', () => {
  expect(matrix.rejections()).toEqual([]);
});
