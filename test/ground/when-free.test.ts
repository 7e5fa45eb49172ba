import { expect, test } from 'vitest';
import { systemOf } from '../../src/ground/system.ts';
import { whenFree, whenFreeSync } from '../../src/ground/when-free.ts';

/** Work that fails so many times. */
function failing(times: number, code: string) {
  let tries = 0;
  return () => {
    tries += 1;
    if (tries <= times) throw Object.assign(new Error(code), { code });
    return tries;
  };
}

test.each([
  ['win32', 'EPERM', 2, 3],
  ['win32', 'EACCES', 1, 2],
  ['win32', 'EBUSY', 1, 2],
  ['win32', 'ENOSPC', 1, 'ENOSPC'],
  // It is not busy, but forbidden: the system says so by the same word.
  ['win32', 'EPERM', 100, 'EPERM'],
  ['linux', 'EPERM', 1, 'EPERM'],
  ['darwin', 'EBUSY', 1, 'EBUSY'],
  ['linux', 'EPERM', 0, 1],
])('on %s after %s, %i times: %s', async (platform, code, times, expected) => {
  const machine = { system: systemOf(platform), step: 0.1 };
  const attempt = (work: () => unknown) => new Promise((resolve) => resolve(work()));
  const outcome = (work: Promise<unknown>) => work.catch((fault: NodeJS.ErrnoException) => fault.code);
  const work = failing(times, code);
  expect(await outcome(whenFree(async () => work(), machine))).toBe(expected);
  expect(await outcome(attempt(() => whenFreeSync(failing(times, code), machine)))).toBe(expected);
});
