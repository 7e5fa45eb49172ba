import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM, type System } from './system.ts';

/** What Windows answers while another program, often a virus scanner, has a file open that is to be replaced. */
const IN_USE = new Set(['EACCES', 'EBUSY', 'EPERM']);
/** Each pause is longer by so much than the one before; all ten together take 1.1 s. Milliseconds. */
const STEP_MS = 20;
const PAUSES = 10;

/** For tests. */
type Machine = { system?: System; step?: number };

/**
 * Replaces or removes a file, again and again for a second where others may have it open for a moment.
 * @throws the file system's last error.
 */
export async function whenFree<T>(
  work: () => Promise<T>,
  { system = SYSTEM, step = STEP_MS }: Machine = {},
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (fault) {
      if (!isWorthwhile(fault, tried, system)) throw fault;
      await sleep(tried * step);
    }
  }
}

/** The same, for what must be done before the process goes on. */
export function whenFreeSync<T>(work: () => T, { system = SYSTEM, step = STEP_MS }: Machine = {}): T {
  for (let tried = 1; ; tried += 1) {
    try {
      return work();
    } catch (fault) {
      if (!isWorthwhile(fault, tried, system)) throw fault;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, tried * step);
    }
  }
}

function isWorthwhile(fault: unknown, tried: number, { guardsOpenFiles }: System): boolean {
  return guardsOpenFiles && tried <= PAUSES && IN_USE.has((fault as NodeJS.ErrnoException).code ?? '');
}
