import type { IncomingMessage, ServerResponse } from 'node:http';
import { commonBytes, cut, lengthOf, type Pieces } from '../ground/pieces.ts';

/** Twice Anthropic's limit (32 MB: platform docs, errors): below it, Anthropic itself refuses a large request. */
export const MOST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Of a smaller body nothing is compared before it is sent: its memory is little, and the comparison takes a tenth of a
 * millisecond where nothing of it is in the processor's caches.
 */
const WORTH_SHARING = 256 * 1024;

/**
 * Gathers a request's body, in the pieces that it comes in. Those that an earlier body holds as well are not kept a
 * second time: a conversation is sent anew, as a whole, with every request.
 * @param most bytes; a longer body is not kept.
 * @param before a body that this one may have grown out of.
 * @returns `too-large` as soon as that is known: the rest may still be on its way. Undefined if the client hung up
 *   first.
 */
export function readBody(
  incoming: IncomingMessage,
  most = MOST_BODY_BYTES,
  before: Pieces = [],
): Promise<Pieces | 'too-large' | undefined> {
  const length = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (length > most) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const held = hold(length < WORTH_SHARING ? [] : before, length);
    let isOver = false;
    const end = (body: Pieces | 'too-large' | undefined) => {
      isOver = true;
      resolve(body);
    };
    const take = (chunk: Buffer) => {
      const bytes = held.add(chunk);
      // The end of the stream comes some ticks behind its last byte.
      if (bytes === length) return end(held.whole());
      if (bytes <= most) return;
      held.drop();
      incoming.off('data', take);
      end('too-large');
    };
    incoming.on('data', take);
    incoming.on('end', () => isOver || end(held.whole()));
    incoming.on('close', () => end(undefined));
    incoming.on('error', () => end(undefined));
  });
}

/**
 * Keeps a body's chunks, or in their place the part of the earlier body that holds the same bytes.
 * @param length of the whole body; NaN: unknown.
 */
function hold(before: Pieces, length: number) {
  let pieces: Buffer[] = [];
  let bytes = 0;
  /** What comes behind a change stands as far from the end as before. */
  const shift = before.length > 0 && length > 0 ? length - lengthOf(before) : 0;

  const known = (chunk: Buffer, at: number): Buffer[] | undefined => {
    if (at < 0) return undefined;
    const there = cut(before, at, at + chunk.length);
    return commonBytes(there, [chunk], chunk.length) === chunk.length ? there : undefined;
  };
  const push = (piece: Buffer) => {
    const last = pieces.at(-1);
    if (last && last.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset)
      pieces[pieces.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length);
    else pieces.push(piece);
  };

  return {
    /** @returns how many bytes have come. */
    add(chunk: Buffer): number {
      const there = known(chunk, bytes) ?? (shift === 0 ? undefined : known(chunk, bytes - shift));
      bytes += chunk.length;
      for (const piece of there ?? [chunk]) push(piece);
      if (there) free(chunk);
      return bytes;
    },
    drop: () => void (pieces = []),
    whole: (): Pieces => (isScattered(pieces, bytes) ? [Buffer.concat(pieces, bytes)] : pieces),
  };
}

/** Below this a chunk is cheaper left to the garbage collector. */
const WORTH_FREEING = 8_192;

/**
 * Gives a chunk's memory back at once. It lies beside the heap: V8 would wait for garbage collections, and because of
 * its amount start full ones, of which each goes through the whole heap. At 1 MB a request those took half of all CPU
 * time.
 */
function free(chunk: Buffer): void {
  const { buffer, length } = chunk;
  // Node's parser makes a chunk of its own memory. Whatever is part of something larger is somebody else's.
  if (length >= WORTH_FREEING && buffer.byteLength === length && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Pieces of so many bytes are the usual case, and a few small ones do no harm. */
const USUAL_PIECE = 16_384;
const FEW_PIECES = 16;

/** True if the pieces are too many, or keep much more memory than the body has. */
function isScattered(pieces: Pieces, bytes: number): boolean {
  if (pieces.length > FEW_PIECES + bytes / USUAL_PIECE) return true;
  const most = 2 * bytes + 2 * 65_536;
  if (pieces.length <= 1) return (pieces[0]?.buffer.byteLength ?? 0) > most;
  let kept = 0;
  for (const buffer of new Set(pieces.map((piece) => piece.buffer))) kept += buffer.byteLength;
  return kept > most;
}

/**
 * Anthropic's own answer to a request that is too large (platform docs, errors), told at once. The connection stays
 * open until the client has sent everything: a client that is cut off while sending may never read the answer.
 */
export function refuseTooLarge(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const error = { type: 'request_too_large', message: 'Request exceeds the maximum size' };
  const body = JSON.stringify({ type: 'error', error });
  const headers = { 'content-type': 'application/json', 'x-should-retry': 'false' };
  outgoing.writeHead(413, { ...headers, 'content-length': body.length }).write(body);
  incoming.once('end', () => outgoing.end()).resume();
}
