import { expect, onTestFinished, test } from 'vitest';
import { cellsOf, nameOf, openMatrix, runAll } from './matrix.ts';

/** A sample of the matrix; `npm run faults` runs all of it. The step shares no factor with wires, modes and readiness. */
const STEP = 37;

test('whatever goes wrong at whatever point, the client gets a whole answer or a valid error', async () => {
  const matrix = await openMatrix();
  onTestFinished(() => matrix.close());
  const cells = cellsOf();
  expect(cells.length).toBeGreaterThanOrEqual(2_000);
  const outcomes = await runAll(
    matrix,
    cells.filter((_, i) => i % STEP === 0),
    8,
  );
  const failed = outcomes.filter(({ why }) => why !== undefined);
  expect(failed.map(({ cell, got, why }) => `${nameOf(cell)}: ${got}, ${why}`)).toEqual([]);
  expect(new Set(outcomes.map(({ got }) => got))).toEqual(
    new Set(['itself', 'next', 'error', 'error event', 'untouched']),
  );
  expect(matrix.rejections()).toEqual([]);
}, 120_000);
