import { expect, test } from 'vitest';
import { runLoad } from './load.ts';

test('many streams with failovers: every answer is whole, and nothing is left behind', async () => {
  let left = 40;
  const load = await runLoad(8, () => left-- > 0);
  expect(load).toMatchObject({ broken: [], faults: [], requests: 64 });
  expect(load.byClaude).toBeGreaterThan(0);
  expect(load.byGemini).toBeGreaterThan(0);
  expect(load.handles.after).toBeLessThanOrEqual(load.handles.before);
}, 60_000);
