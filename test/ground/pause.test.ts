import { expect, test } from 'vitest';
import { pause } from '../../src/ground/pause.ts';

const HOUR = 3_600_000;

test('a pause ends when the client hangs up, and is none for one that has gone already', async () => {
  const control = new AbortController();
  const pausing = pause(HOUR, control.signal);
  control.abort();
  expect(await pausing).toBeUndefined();
  expect(await pause(HOUR, control.signal)).toBeUndefined();
  expect(await pause(1, new AbortController().signal)).toBeUndefined();
});
