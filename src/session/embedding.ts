import type { EmbeddingTrouble } from '../events.ts';
import { fields, isNumber, list } from '../ground/check.ts';
import type { Vector } from '../meaning/by-vectors.ts';

/** Vectors of texts, in their order. Rejects with an `EmbeddingError`. */
export type Embed = (texts: readonly string[]) => Promise<Vector[]>;

export class EmbeddingError extends Error {
  readonly why: EmbeddingTrouble;
  readonly status: number | undefined;

  constructor(why: EmbeddingTrouble, status?: number) {
    super(`no vectors: ${why}`);
    this.why = why;
    this.status = status;
  }
}

/** A model may have to be loaded first. */
const PATIENCE_MS = 60_000;
/** A hundred vectors of 4,096 numbers are 10 MB of JSON. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The `/embeddings` of an OpenAI-compatible server on this machine. By `node:http`, which follows no redirect and no
 * proxy: nothing reaches another machine.
 */
export function createEmbed({ url, model }: { url: string; model: string }, patienceMs = PATIENCE_MS): Embed {
  return async (texts) => {
    const { status, body } = await post(`${url}/embeddings`, JSON.stringify({ model, input: texts }), patienceMs);
    if (status !== 200) throw new EmbeddingError('status', status);
    const vectors = vectorsIn(body);
    if (vectors?.length !== texts.length) throw new EmbeddingError('unreadable');
    return vectors;
  };
}

function post(url: string, body: string, patienceMs: number): Promise<{ status: number; body: string }> {
  const http = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    // For the whole answer: one that comes byte by byte would keep every later prompt from being asked for.
    const signal = AbortSignal.timeout(patienceMs);
    const request = http.request(url, { method: 'POST', headers, agent: false, signal });
    const fail = () => reject(new EmbeddingError('unreachable'));
    request.on('error', fail);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_BYTES) request.destroy();
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    // The session may end before it has answered.
    request.on('socket', (socket) => socket.unref());
    request.end(body);
  });
}

const isList = list(fields({ embedding: list(isNumber) }));

function vectorsIn(body: string): Vector[] | undefined {
  try {
    const { data } = Object(JSON.parse(body)) as { data?: unknown };
    if (!isList(data)) return undefined;
    const entries = data as { index?: number; embedding: Vector }[];
    if (!entries.every(({ embedding }) => hasDirection(embedding))) return undefined;
    return entries.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding);
  } catch {
    return undefined;
  }
}

/** Not empty, not all zeros, not beyond what a number can hold: any other is like nothing, and no route would be meant. */
function hasDirection(vector: Vector): boolean {
  const size = vector.reduce((sum, one) => sum + one ** 2, 0);
  return size > 0 && size < Infinity;
}
