/** Sends an answer's bytes: compressed, cut into pieces, delayed, broken off. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import zlib from 'node:zlib';
import type { Delivery } from './script.ts';

/** Writes frames one by one, compressed, cut up or delayed as the step says. */
export async function deliver(
  response: ServerResponse,
  frames: string[],
  delivery: Delivery,
  how: { status: number; headers: Record<string, string>; accepts: string; silenceMs?: number; cutAtEnd?: boolean },
): Promise<void> {
  const encoding = delivery.encoding && how.accepts.includes(delivery.encoding) ? delivery.encoding : undefined;
  response.writeHead(how.status, { ...how.headers, ...(encoding && { 'content-encoding': encoding }) });
  response.flushHeaders();
  if (how.silenceMs) await sleep(how.silenceMs);
  const compressor =
    encoding === 'gzip' ? zlib.createGzip() : encoding === 'br' ? zlib.createBrotliCompress() : undefined;
  const pending: Buffer[] = [];
  compressor?.on('data', (chunk: Buffer) => pending.push(chunk));
  for (const frame of frames) {
    if (response.destroyed) return;
    if (delivery.chunkDelayMs) await sleep(delivery.chunkDelayMs);
    if (!compressor) pending.push(Buffer.from(frame));
    else {
      compressor.write(frame);
      await new Promise<void>((flushed) => compressor.flush(() => flushed()));
    }
    await write(response, Buffer.concat(pending.splice(0)), delivery.chunkBytes);
  }
  if (how.cutAtEnd) return cut(response);
  if (compressor) {
    compressor.end();
    await new Promise((ended) => compressor.on('end', ended));
    await write(response, Buffer.concat(pending), delivery.chunkBytes);
  }
  response.end();
}

async function write(response: ServerResponse, bytes: Buffer, size = bytes.length): Promise<void> {
  for (let start = 0; start < bytes.length && !response.destroyed; start += size) {
    const chunk = bytes.subarray(start, start + size);
    await new Promise<void>((written) => response.write(chunk, () => written()));
    // Without a turn of the event loop in between, the kernel would join the pieces.
    if (chunk.length < bytes.length) await new Promise((turn) => setImmediate(turn));
  }
}

/** Connections that the script broke, which are not aborts by the client. */
export const cutOnPurpose = new WeakSet<ServerResponse>();

/** Breaks the connection without an answer. */
export function cut(response: ServerResponse): void {
  cutOnPurpose.add(response);
  response.socket?.destroy();
}
