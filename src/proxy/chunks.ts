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

type Waiting = { resolve(next: IteratorResult<Uint8Array, undefined>): void; reject(error: unknown): void };

/**
 * A stream's own iterator needs several promises and events per chunk, and cannot tell that a chunk is the last one.
 * Nothing is read from the stream before the first `next`; what has come by then is there without waiting for an event.
 */
function chunksOfStream(stream: ReadableStream): Chunks {
  const queue: Uint8Array[] = [];
  let ahead = 0;
  let begun = false;
  let over = false;
  let error: unknown;
  let waiting: Waiting | undefined;

  const take = (chunk: Uint8Array) => {
    if (waiting) {
      const { resolve } = waiting;
      waiting = undefined;
      return resolve({ done: false, value: chunk });
    }
    queue.push(chunk);
    ahead += chunk.length;
    if (ahead > MOST_AHEAD) stream.pause();
  };
  const end = (fault?: unknown) => {
    if (over) return;
    over = true;
    error = fault;
    if (!waiting) return;
    if (fault === undefined) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(fault);
    waiting = undefined;
  };
  const begin = () => {
    begun = true;
    if (stream.destroyed) return end(stream.errored ?? cutOff());
    stream.on('error', end);
    stream.once('end', () => end());
    stream.once('close', () => over || end(cutOff()));
    const come = stream.read() as Uint8Array | null;
    if (come) {
      queue.push(come);
      ahead = come.length;
    }
    // A whole answer needs no flow any more: reading its last byte ends it.
    if (!isComplete(stream)) stream.on('data', take);
  };

  return toChunks({
    async next() {
      if (!begun) begin();
      const chunk = queue.shift();
      if (chunk) {
        ahead -= chunk.length;
        return { done: false, value: chunk };
      }
      if (error !== undefined) throw error;
      if (over) return { done: true, value: undefined };
      if (stream.isPaused()) stream.resume();
      return new Promise((resolve, reject) => (waiting = { resolve, reject }));
    },
    leave: () => void stream.destroy(),
    // An HTTP message is complete as soon as its last byte is parsed, shortly before its stream ends.
    isOver: () => queue.length === 0 && ((over && error === undefined) || isComplete(stream)),
  });
}

function isComplete(stream: ReadableStream): boolean {
  return 'complete' in stream && stream.complete === true && stream.readableLength === 0;
}

function cutOff(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
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
