import { toChunks, type Chunks } from './chunks.ts';

/** How long a connection may stay open and silent behind the end of an answer, milliseconds. */
export type Patience = {
  /** The wire has no more to say. */
  ended: number;
  /** The model has finished; the count of its tokens may follow. */
  finished: number;
};

/** What ends a stream: OpenAI's and the chat hosts' last event, and the last one of the Responses wire. */
const ENDED = /^data: ?\[DONE\]|"type": ?"response\.(?:completed|incomplete)"/m;
/** Inside a string the quotes would be escaped, so that no model can say this. */
const FINISHED = /"finish(?:_r|R)eason": ?"/;
/** As much of the text before as a marker that came in two pieces may need. */
const OVERLAP = 64;

/** The stream, which ends by itself where the host has finished and merely keeps the connection open. */
export function endOfAnswer(body: Chunks, patience: Patience): Chunks {
  let tail = '';
  let wait: number | undefined;

  function look(chunk: Uint8Array): void {
    // All that is looked for is ASCII.
    const text = tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    if (ENDED.test(text)) wait = patience.ended;
    else if (FINISHED.test(text)) wait ??= patience.finished;
    tail = text.slice(-OVERLAP);
  }

  const leave = () => void body.return!();
  return toChunks({
    async next() {
      // A body that is over is not waited for.
      const next = await within(body.isOver() ? undefined : wait, body.next());
      if (next === undefined) leave();
      else if (!next.done) look(next.value);
      return next ?? { done: true, value: undefined };
    },
    isOver: body.isOver,
    leave,
  });
}

async function within<T>(ms: number | undefined, promise: Promise<T>): Promise<T | undefined> {
  if (ms === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
