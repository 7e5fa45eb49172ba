import type { Idle } from '../memory/hand-off.ts';

/** Between two pieces of work: streams go on, and have two thirds of the time. */
const PAUSE_MS = 4;

/**
 * Does what can wait a piece at a time, behind answers.
 * @param failed is told of a piece that failed; the others go on.
 */
export function createIdle(failed: (fault: unknown) => void): Idle & { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let done = Promise.withResolvers<void>();
  done.resolve();

  function go(work: () => boolean): void {
    timer = undefined;
    let isMore = true;
    try {
      isMore = work();
    } catch (fault) {
      failed(fault);
    }
    if (isMore) timer = setTimeout(go, PAUSE_MS, work);
    else done.resolve();
  }

  return {
    run(work) {
      if (!timer) {
        done = Promise.withResolvers<void>();
        timer = setTimeout(go, 0, work);
      }
      return done.promise;
    },
    now: () => performance.now(),
    close() {
      clearTimeout(timer);
      done.resolve();
    },
  };
}
