import { ReadableStream } from 'node:stream/web';
import { asRecord } from '../codec/json.ts';
import { createChatNormaliser } from '../codec/translate/normalise-chat.ts';
import type { ChunkNormaliser } from '../codec/translate/normalise-chunk.ts';
import { normaliseGeminiChunk } from '../codec/translate/normalise-gemini.ts';
import { normaliseResponsesChunk } from '../codec/translate/normalise-responses.ts';
import { createStreamNormaliser } from '../codec/translate/normalise-stream.ts';
import { noMessage, statusOf } from '../codec/stream-failure.ts';
import type { Dialect } from '../codec/target.ts';
import type { Failure, Wire } from '../errors.ts';
import { endOfAnswer } from './end-of-answer.ts';
import { readSome } from './read-some.ts';
import { statusErrorOf, TIMEOUT_CODE } from './upstream-request.ts';

/** The upstream side of one translated request: its timers, its abort, and its real answer. */
export type Transport = {
  fetch: typeof globalThis.fetch;
  /** Aborted by the client's signal and by `close`. */
  signal: AbortSignal;
  /** The first answer with an error status, as it came. */
  errorAnswer(): { status: number; headers: Headers; body: string } | undefined;
  /** Why the stream is not an answer: silence, or an error inside a 200. */
  failure(): Failure | undefined;
  /** How often bytes came: comments and keep-alives are signs of life, too. */
  bytesSeen(): number;
  /** Headers of the last response. */
  headers(): Headers | undefined;
  /** Ends everything that is still running. */
  close(): void;
};

/** A host that keeps its connection open after a whole answer has still answered. */
const PATIENCE = { ended: 1_000, finished: 5_000 };

/** Longest error body that is kept, in characters. */
const MAX_ERROR = 65_536;

/**
 * @param client aborted when the client hangs up, and by the proxy's limits of time.
 * @param errorBodyMs as long as the body of an error may take.
 */
export function createTransport(
  upstream: { fetch: typeof globalThis.fetch; wire: Wire; dialect: Dialect },
  client: AbortSignal,
  errorBodyMs: number | undefined,
): Transport {
  const control = new AbortController();
  const onClientAbort = (): void => control.abort(client.reason);
  if (client.aborted) onClientAbort();
  else client.addEventListener('abort', onClientAbort, { once: true });

  let failure: Failure | undefined;
  let errorAnswer: { status: number; headers: Headers; body: string } | undefined;
  let headers: Headers | undefined;
  let bytesSeen = 0;

  async function fetchUpstream(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await upstream.fetch(input, { ...init, signal: control.signal });
    } catch (error) {
      const { code, limitMs } = ((error as Error).cause ?? {}) as { code?: string; limitMs?: number };
      const limit = limitMs === undefined ? {} : { limitMs };
      if (code === TIMEOUT_CODE)
        failure ??= { wire: upstream.wire, cause: 'timeout', headers: {}, body: '', translated: true, ...limit };
      const status = statusErrorOf(error);
      if (status === undefined) throw error;
      errorAnswer ??= { status, headers: new Headers(), body: '' };
      return new Response(null, { status: 502 });
    }
    headers = response.headers;
    if (!response.ok || response.body === null) {
      const body = response.body ? (await readSome(response.body, errorBodyMs)).bytes.toString() : '';
      errorAnswer ??= { status: response.status, headers: response.headers, body };
      // The AI SDK only has to fail, and not every status can be a Response.
      return new Response(body, { status: 502 });
    }
    const body = endOfAnswer(response.body, PATIENCE);
    // Bedrock's event stream is binary: it passes as it is.
    if (response.headers.get('content-type')?.includes('vnd.amazon.eventstream'))
      return toResponse(counted(body), response.headers);
    return toResponse(normalise(body, response), { 'content-type': 'text/event-stream' });
  }

  async function* counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      bytesSeen++;
      yield chunk;
    }
  }

  async function* normalise(body: AsyncIterable<Uint8Array>, response: Response): AsyncGenerator<Uint8Array> {
    const facts = { headers: Object.fromEntries(response.headers), translated: true };
    const normaliser = createStreamNormaliser(upstream.dialect, NORMALISERS[upstream.dialect](), (error) => {
      const status = statusOf(asRecord(error['error'])) ?? statusOf(error);
      failure ??= {
        wire: upstream.wire,
        cause: 'stream',
        ...(status !== undefined && { status }),
        body: JSON.stringify(error).slice(0, MAX_ERROR),
        ...facts,
      };
    });
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    try {
      for await (const chunk of counted(body)) {
        const text = normaliser.push(decoder.decode(chunk, { stream: true }));
        if (text !== '') yield encoder.encode(text);
      }
    } catch (error) {
      // A whole answer lacks nothing.
      if (!normaliser.isFinished()) throw error;
    }
    const text = normaliser.push(decoder.decode()) + normaliser.end();
    const foreign = normaliser.foreign();
    if (foreign !== undefined) failure ??= { ...noMessage(upstream.wire, foreign), ...facts };
    if (text !== '') yield encoder.encode(text);
  }

  return {
    fetch: fetchUpstream,
    signal: control.signal,
    errorAnswer: () => errorAnswer,
    failure: () => failure,
    bytesSeen: () => bytesSeen,
    headers: () => headers,
    close() {
      client.removeEventListener('abort', onClientAbort);
      control.abort();
    },
  };
}

function toResponse(body: AsyncIterable<Uint8Array>, headers: HeadersInit): Response {
  return new Response(ReadableStream.from(body) as globalThis.ReadableStream, { status: 200, headers });
}

const untouched: ChunkNormaliser = (chunk) => ({ kind: 'chunk', chunk });

/** One for each stream. */
const NORMALISERS = {
  gemini: () => normaliseGeminiChunk,
  responses: () => normaliseResponsesChunk,
  chat: createChatNormaliser,
  anthropic: () => untouched,
  bedrock: () => untouched,
} satisfies Record<Dialect, () => ChunkNormaliser>;
