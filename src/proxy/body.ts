import type { IncomingMessage, ServerResponse } from 'node:http';

/** Twice Anthropic's limit (32 MB: platform docs, errors): below it, Anthropic itself refuses a large request. */
export const MOST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Gathers a request's body, into one piece of memory where its length is known beforehand.
 * @param most bytes; a longer body is not kept.
 * @returns `too-large` as soon as that is known: the rest may still be on its way. Undefined if the client hung up
 *   first.
 */
export function readBody(incoming: IncomingMessage, most = MOST_BODY_BYTES): Promise<Buffer | 'too-large' | undefined> {
  const length = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (length > most) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const whole = Number.isNaN(length) ? undefined : Buffer.allocUnsafe(length);
    let chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      if (whole) chunk.copy(whole, bytes);
      else chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= most) return;
      chunks = [];
      incoming.off('data', take);
      resolve('too-large');
    };
    incoming.on('data', take);
    incoming.once('end', () => resolve(whole ?? Buffer.concat(chunks)));
    incoming.once('close', () => resolve(undefined));
    incoming.once('error', () => resolve(undefined));
  });
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
