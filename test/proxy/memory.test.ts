import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

type Left = { heap: number; beside: number; peak: number; result: unknown };

const MB = 1024 * 1024;

test('memory comes back: after bodies of 200 MB, and after prompts of 60 MB of which previews are kept', async () => {
  const child = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', child]);
  const { tooLarge, large, relayed, previews } = JSON.parse(stdout) as Record<string, Left>;
  expect(tooLarge!.result).toBe(
    '413 {"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}',
  );
  expect(large!.result).toBe(`200 ${60 * MB}`);
  expect(relayed!.result).toBe(`200 ${200 * MB}`);
  for (const { beside, heap } of [tooLarge!, large!, relayed!]) {
    expect(beside).toBeLessThan(10);
    expect(heap).toBeLessThan(10);
  }
  // The bound itself, what is on its way, and what is garbage: less than was sent.
  for (const { peak } of [tooLarge!, relayed!]) expect(peak).toBeLessThan(190);
  expect(previews!.result).toBe(305);
  expect(previews!.heap).toBeLessThan(10);
}, 60_000);
