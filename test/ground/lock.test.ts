import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withLock } from '../../src/ground/lock.ts';
import { identityOf } from '../../src/ground/process.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-lock-'));
  path = join(folder, 'a.lock');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Milliseconds of one's own waiting pass a hundred times faster. */
function hasten() {
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() * 100);
}

it('lets one in at a time, and leaves nothing behind', async () => {
  let inside = 0;
  let most = 0;
  const work = () =>
    withLock(path, async (isHeld) => {
      most = Math.max(most, ++inside);
      await new Promise((done) => setTimeout(done, 3));
      expect(await isHeld()).toBe(true);
      inside--;
      return 7;
    });
  expect(await Promise.all([work(), work(), work(), work()])).toEqual([7, 7, 7, 7]);
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

it('is free again after work that failed', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
});

it('follows a holder that is gone at once, however young or old its file looks', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  const gone = identityOf(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const seconds of [0, 4_000_000_000]) {
    await writeFile(path, JSON.stringify({ token: 't', process: gone }));
    await writeFile(`${path}.t`, '');
    await utimes(path, seconds, seconds);
    expect(await withLock(path, async () => 'in')).toBe('in');
  }
  // Also when who took it away was killed in the middle of that.
  for (const name of [path, `${path}.gone`]) await writeFile(name, JSON.stringify({ token: 't', process: gone }));
  expect(await withLock(path, async () => 'in')).toBe('in');
  expect(await readdir(folder)).toEqual([]);
});

it.each([
  [
    'in another container',
    async () => writeFile(path, JSON.stringify({ token: 't', process: { pid: 1, space: 'other' } })),
  ],
  ['without a name', async () => writeFile(path, 'torn')],
  ['that is a folder', async () => mkdir(path)],
  ['that is stopped', async () => writeFile(path, JSON.stringify({ token: 't', process: identityOf() }))],
])('follows a holder %s after a while of its own waiting', async (_what, hold) => {
  hasten();
  await hold();
  expect(await withLock(path, async () => 'in')).toBe('in');
});

it('tells who was stopped for too long that the lock is another one’s now', async () => {
  const other = JSON.stringify({ token: 'other', process: identityOf() });
  await withLock(path, async (isHeld) => {
    await writeFile(path, other);
    expect(await isHeld()).toBe(false);
  });
  // It takes away only its own.
  expect(await readFile(path, 'utf8')).toBe(other);
});
