import type { Limits } from '../failover/situation.ts';
import { chunksOf, toChunks, type Chunks } from '../providers/chunks.ts';

/** Node's style of code for a limit of time that has passed. */
export const SILENCE_CODE = 'CCMUX_SILENCE';

/** The watch over one attempt's limits of time. What takes too long is broken off, and throws with `SILENCE_CODE`. */
export type Watch = {
  /** Aborted when the client hangs up and when a limit has passed. */
  signal: AbortSignal;
  /** An answer's headers, or the error of the limit that has passed before. */
  headers<T>(reply: Promise<T>): Promise<T>;
  /** An answer's bytes, until they end or a limit has passed. */
  body(bytes: AsyncIterable<Uint8Array>): Chunks;
  /** The first content is there. @param isComplete whether the answer holds all, whatever may still come. */
  content(isComplete: () => boolean): void;
  /** Nothing came for at least half of the time that nothing may come. */
  wasSilent(): boolean;
  end(): void;
};

/** A limit of time, milliseconds, and when it passes by the process's own clock. */
type Limit = { ms: number; at: number };

/** What is waited for now: its limit, and what to do when the limit passes or the client leaves. */
type Wait = { limit: Limit | undefined; late(ms: number): void; left(reason: unknown): void };

const DONE = { done: true, value: undefined } as const;

/**
 * @param limits milliseconds, 0 for none.
 * @param afterEndMs how long a connection may stay open behind a whole answer.
 * @param control of a request that has left already.
 */
export function createWatch(
  limits: Limits,
  streaming: boolean,
  client: AbortSignal,
  afterEndMs: number,
  control = new AbortController(),
): Watch {
  const startedAt = performance.now();
  let lastAt = startedAt;
  let isComplete: (() => boolean) | undefined;
  let wait: Wait | undefined;
  /** One timer per attempt. It may fire too early; then it is set again. Most answers end before it fires. */
  let alarm: { at: number; timer: NodeJS.Timeout } | undefined;

  const stop = (reason: unknown) => {
    control.abort(reason);
    wait?.left(reason);
  };
  const leave = () => stop(client.reason);
  if (client.aborted) leave();
  else client.addEventListener('abort', leave, { once: true });

  /** The limit that is running now, and when it passes. */
  function running(hasHeaders: boolean): Limit | undefined {
    if (!streaming) return from(limits.whole, startedAt);
    if (isComplete) return from(limits.afterContent, lastAt);
    const silence = hasHeaders ? from(limits.silence, lastAt) : from(limits.firstByte, startedAt);
    return sooner(from(limits.firstContent, startedAt), silence);
  }

  function setAlarm({ at }: Limit): void {
    if (alarm && alarm.at <= at) return;
    clearTimeout(alarm?.timer);
    const timer = setTimeout(ring, Math.max(0, at - performance.now()));
    alarm = { at, timer };
  }

  function ring(): void {
    alarm = undefined;
    const limit = wait?.limit;
    if (!limit) return;
    if (performance.now() < limit.at) setAlarm(limit);
    else wait!.late(limit.ms);
  }

  function silent(limitMs: number): void {
    stop(Object.assign(new Error('no bytes in time'), { code: SILENCE_CODE, limitMs }));
  }

  /** @param late what happens when the limit passes. */
  function inTime<T>(promise: Promise<T>, limit: Limit | undefined, late: (ms: number, give: (it: T) => void) => void) {
    return new Promise<T>((resolve, reject) => {
      wait = { limit, late: (ms) => late(ms, resolve), left: reject };
      if (limit) setAlarm(limit);
      if (control.signal.aborted) reject(control.signal.reason as Error);
      promise.then(
        (it) => {
          wait = undefined;
          resolve(it);
        },
        (error: Error) => {
          wait = undefined;
          reject(error);
        },
      );
    });
  }

  return {
    signal: control.signal,
    async headers(reply) {
      const got = await inTime(reply, running(false), silent);
      lastAt = performance.now();
      return got;
    },
    body(bytes) {
      const source = chunksOf(bytes);
      const leaveSource = () => void source.return!();
      const next = async () => {
        try {
          const chunk = isComplete?.()
            ? await inTime(source.next(), from(afterEndMs, performance.now()), (_ms, give) => give(DONE))
            : await inTime(source.next(), running(true), silent);
          lastAt = performance.now();
          if (chunk === DONE) leaveSource();
          return chunk;
        } catch (error) {
          leaveSource();
          throw error;
        }
      };
      return toChunks({ next, isOver: source.isOver, leave: leaveSource });
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
      clearTimeout(alarm?.timer);
    },
  };
}

function from(ms: number, start: number): Limit | undefined {
  return ms > 0 ? { ms, at: start + ms } : undefined;
}

function sooner(a: Limit | undefined, b: Limit | undefined): Limit | undefined {
  return a && b ? (a.at <= b.at ? a : b) : (a ?? b);
}
