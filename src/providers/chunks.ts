import type { Readable as ReadableStream } from 'node:stream';

const { Readable } = process.getBuiltinModule('node:stream');

/** A body's bytes, one chunk after the other. */
export type Chunks = AsyncIterableIterator<Uint8Array, undefined> & {
  next(): Promise<IteratorResult<Uint8Array, undefined>>;
  /** True once it is known, without waiting, that no chunk follows. For sources that cannot tell, it stays false. */
  isOver(): boolean;
};

/** How many bytes are read from a connection before the reader asks for them. */
const MOST_AHEAD = 65_536;

/** @param body chunks already, a stream, or whatever else can be iterated over. */
export function chunksOf(body: AsyncIterable<Uint8Array>): Chunks {
  if ('isOver' in body) return body as Chunks;
  if (body instanceof Readable) return chunksOfStream(body);
  const source = body[Symbol.asyncIterator]();
  return toChunks({
    next: () => source.next() as Promise<IteratorResult<Uint8Array, undefined>>,
    // Not awaited: a generator that is waiting itself would block this.
    leave: () => void Promise.resolve(source.return?.()).catch(() => {}),
    isOver: () => false,
  });
}

/**
 * A stream's own iterator needs several promises and events per chunk, and cannot tell that a chunk is the last one.
 * Nothing is read from the stream before the first `next`; what has come by then is there without waiting for an event.
 */
function chunksOfStream(stream: ReadableStream): Chunks {
  const queue = createQueue({
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    leave: () => stream.destroy(),
  });
  let begun = false;
  const begin = () => {
    begun = true;
    if (stream.destroyed) return queue.end(stream.errored ?? cutOff());
    stream.on('error', queue.end);
    stream.once('end', () => queue.end());
    stream.once('close', () => queue.end(cutOff()));
    const come = stream.read() as Uint8Array | null;
    if (come) queue.push(come);
    // A whole answer needs no flow any more: reading its last byte ends it.
    if (!isComplete(stream)) stream.on('data', queue.push);
  };
  return toChunks({
    next() {
      if (!begun) begin();
      return queue.next();
    },
    leave: queue.leave,
    // An HTTP message is complete as soon as its last byte is parsed, shortly before its stream ends.
    isOver: () => queue.isOver() || (queue.isEmpty() && isComplete(stream)),
  });
}

function isComplete(stream: ReadableStream): boolean {
  return 'complete' in stream && stream.complete === true && stream.readableLength === 0;
}

function cutOff(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

/** Where the bytes come from. `leave`: nobody will read the rest. */
type Source = { pause(): void; resume(): void; leave(): void };

/** Chunks that come by themselves, and wait for their reader. */
export type Queue = Pick<Chunks, 'next' | 'isOver'> & {
  push(chunk: Uint8Array): void;
  /** The first call counts. @param fault thrown behind the last chunk. */
  end(fault?: unknown): void;
  isEmpty(): boolean;
  leave(): void;
};

type Waiting = { resolve(next: IteratorResult<Uint8Array, undefined>): void; reject(error: unknown): void };

export function createQueue(source: Source): Queue {
  const chunks: Uint8Array[] = [];
  let ahead = 0;
  let paused = false;
  let over = false;
  let error: unknown;
  let waiting: Waiting | undefined;

  return {
    push(chunk) {
      if (waiting) {
        const { resolve } = waiting;
        waiting = undefined;
        return resolve({ done: false, value: chunk });
      }
      chunks.push(chunk);
      ahead += chunk.length;
      if (ahead <= MOST_AHEAD || paused) return;
      paused = true;
      source.pause();
    },
    end(fault) {
      if (over) return;
      over = true;
      error = fault;
      if (!waiting) return;
      if (fault === undefined) waiting.resolve({ done: true, value: undefined });
      else waiting.reject(fault);
      waiting = undefined;
    },
    next() {
      const chunk = chunks.shift();
      if (chunk) {
        ahead -= chunk.length;
        return Promise.resolve({ done: false, value: chunk });
      }
      // eslint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the source has thrown
      if (error !== undefined) return Promise.reject(error);
      if (over) return Promise.resolve({ done: true, value: undefined });
      if (paused) {
        paused = false;
        source.resume();
      }
      return new Promise((resolve, reject) => (waiting = { resolve, reject }));
    },
    isEmpty: () => chunks.length === 0,
    isOver: () => chunks.length === 0 && over && error === undefined,
    leave: source.leave,
  };
}

export function toChunks({ next, leave, isOver }: Pick<Chunks, 'next' | 'isOver'> & { leave(): void }): Chunks {
  return {
    next,
    isOver,
    return() {
      leave();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
