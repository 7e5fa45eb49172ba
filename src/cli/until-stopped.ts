import { SYSTEM } from '../ground/system.ts';
import type { Io } from '../report/terminal.ts';

/** Ends what would run for ever. For tests, beside Ctrl-C. */
export type Stoppable = Io & { signal?: AbortSignal };

const SIGNALS = ['SIGINT', ...SYSTEM.signals.ending] as const;

/**
 * Runs work that goes on until the user ends it: by Ctrl-C, by closing the terminal, or by leaving the program that it
 * writes to (`ccmux report --follow | head`). Then the signal is aborted, and the work returns.
 */
export async function untilStopped<T>(io: Stoppable, work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of SIGNALS) process.once(name, end);
  io.signal?.addEventListener('abort', end);
  io.stdout.once?.('error', end);
  if (io.signal?.aborted) end();
  try {
    return await work(stop.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, end);
    io.signal?.removeEventListener('abort', end);
    io.stdout.off?.('error', end);
  }
}
