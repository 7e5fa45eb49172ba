import type { Limits } from '../failover/situation.ts';

/** Node's style of code for a limit of time that has passed. */
export const SILENCE_CODE = 'CCMUX_SILENCE';

/** The watch over one attempt's limits of time. What takes too long is broken off, and throws with `SILENCE_CODE`. */
export type Watch = {
  /** Aborted when the client hangs up and when a limit has passed. */
  signal: AbortSignal;
  /** An answer's headers, or the error of the limit that has passed before. */
  headers<T>(reply: Promise<T>): Promise<T>;
  /** An answer's bytes, until they end or a limit has passed. */
  body(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The first content is there. @param isComplete whether the answer holds all, whatever may still come. */
  content(isComplete: () => boolean): void;
  /** Nothing came for at least half of the time that nothing may come. */
  wasSilent(): boolean;
  end(): void;
};

/** @param limits milliseconds, 0 for none. @param afterEndMs how long a connection may stay open behind a whole answer. */
export function createWatch(limits: Limits, streaming: boolean, client: AbortSignal, afterEndMs: number): Watch {
  const control = new AbortController();
  const startedAt = performance.now();
  let lastAt = startedAt;
  let isComplete: (() => boolean) | undefined;
  const leave = () => control.abort(client.reason);
  if (client.aborted) leave();
  else client.addEventListener('abort', leave, { once: true });

  /** The limit that is running now, and when it passes. */
  function running(hasHeaders: boolean): { ms: number; at: number } | undefined {
    const all = !streaming
      ? [{ ms: limits.whole, from: startedAt }]
      : isComplete
        ? [{ ms: limits.afterContent, from: lastAt }]
        : [
            { ms: limits.firstContent, from: startedAt },
            hasHeaders ? { ms: limits.silence, from: lastAt } : { ms: limits.firstByte, from: startedAt },
          ];
    const [first] = all
      .filter(({ ms }) => ms > 0)
      .map(({ ms, from }) => ({ ms, at: from + ms }))
      .toSorted((a, b) => a.at - b.at);
    return first;
  }

  /** @returns undefined when the time is up behind an answer that is whole. */
  async function inTime<T>(promise: Promise<T>, hasHeaders: boolean): Promise<T | undefined> {
    const whole = isComplete?.() === true;
    const limit = whole ? { ms: afterEndMs, at: performance.now() + afterEndMs } : running(hasHeaders);
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const passed = new Promise<undefined>((resolve, reject) => {
      onAbort = () => reject(control.signal.reason as Error);
      if (control.signal.aborted) return onAbort();
      control.signal.addEventListener('abort', onAbort, { once: true });
      if (!limit) return;
      timer = setTimeout(
        () => {
          if (whole) return resolve(undefined);
          const error = Object.assign(new Error('no bytes in time'), { code: SILENCE_CODE, limitMs: limit.ms });
          control.abort(error);
        },
        Math.max(0, limit.at - performance.now()),
      );
    });
    try {
      return await Promise.race([promise, passed]);
    } finally {
      clearTimeout(timer);
      control.signal.removeEventListener('abort', onAbort!);
      promise.catch(() => {});
    }
  }

  return {
    signal: control.signal,
    async headers(reply) {
      const got = (await inTime(reply, false))!;
      lastAt = performance.now();
      return got;
    },
    async *body(bytes) {
      const rest = bytes[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await inTime(rest.next(), true);
          if (next === undefined || next.done) return;
          lastAt = performance.now();
          yield next.value;
        }
      } finally {
        // Not awaited: a generator that is stuck in its own wait would keep this one waiting.
        void Promise.resolve(rest.return?.()).catch(() => {});
      }
    },
    content(complete) {
      isComplete = complete;
    },
    wasSilent() {
      const limit = running(lastAt > startedAt);
      return limit !== undefined && performance.now() >= limit.at - limit.ms / 2;
    },
    end() {
      client.removeEventListener('abort', leave);
    },
  };
}
