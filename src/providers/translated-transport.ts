import { asRecord } from '../codec/json.ts';
import { createChatNormaliser } from '../codec/normalise-chat.ts';
import type { ChunkNormaliser } from '../codec/normalise-chunk.ts';
import { normaliseGeminiChunk } from '../codec/normalise-gemini.ts';
import { normaliseResponsesChunk } from '../codec/normalise-responses.ts';
import { createStreamNormaliser } from '../codec/normalise-stream.ts';
import { statusOf } from '../codec/stream-failure.ts';
import type { Dialect } from '../codec/target.ts';
import type { Failure, Wire } from '../errors.ts';
import { endOfAnswer } from './end-of-answer.ts';
import { TIMEOUT_CODE } from './upstream.ts';

/** The upstream side of one translated request: its clock, its abort, and what it really said. */
export type Transport = {
  fetch: typeof globalThis.fetch;
  /** Aborted when the client hangs up, when a timer runs out, or by `close`. */
  signal: AbortSignal;
  /** The first answer with an error status, as it came. */
  errorAnswer(): { status: number; headers: Headers; body: string } | undefined;
  /** Why the stream is no answer: silence, or an error inside a 200. */
  failure(): Failure | undefined;
  /** How often bytes came, whatever they said: comments and keep-alives are signs of life, too. */
  bytesSeen(): number;
  /** Headers of the last response. */
  headers(): Headers | undefined;
  /** Ends everything that is still running. */
  close(): void;
};

/** A host that keeps its connection open has answered all the same. */
const PATIENCE = { ended: 1_000, finished: 5_000 };

/** Longest error body that is kept, in characters. */
const MAX_ERROR = 65_536;

/** @param times milliseconds; 0 means no limit. */
export function createTransport(
  upstream: { fetch: typeof globalThis.fetch; wire: Wire; dialect: Dialect },
  client: AbortSignal,
  times: { firstByteMs: number; idleMs: number },
): Transport {
  const control = new AbortController();
  const onClientAbort = (): void => control.abort(client.reason);
  if (client.aborted) onClientAbort();
  else client.addEventListener('abort', onClientAbort, { once: true });

  let timer: NodeJS.Timeout | undefined;
  let failure: Failure | undefined;
  let errorAnswer: { status: number; headers: Headers; body: string } | undefined;
  let headers: Headers | undefined;
  let bytesSeen = 0;

  function wait(ms: number): void {
    clearTimeout(timer);
    if (ms === 0) return;
    timer = setTimeout(() => {
      failure ??= { wire: upstream.wire, cause: 'timeout', headers: {}, body: '', translated: true };
      control.abort(new DOMException('the upstream is silent', 'TimeoutError'));
    }, ms);
  }

  async function fetchUpstream(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    wait(times.firstByteMs);
    let response: Response;
    try {
      response = await upstream.fetch(input, { ...init, signal: control.signal });
      headers = response.headers;
      wait(times.idleMs);
      if (!response.ok) {
        const body = (await response.text()).slice(0, MAX_ERROR);
        wait(0);
        errorAnswer ??= { status: response.status, headers: response.headers, body };
        return new Response(body, { status: response.status });
      }
    } catch (error) {
      wait(0);
      const { code, limitMs } = ((error as Error).cause ?? {}) as { code?: string; limitMs?: number };
      const limit = limitMs === undefined ? {} : { limitMs };
      if (code === TIMEOUT_CODE)
        failure ??= { wire: upstream.wire, cause: 'timeout', headers: {}, body: '', translated: true, ...limit };
      throw error;
    }
    if (response.body === null) return response;
    const body = endOfAnswer(watch(response.body), PATIENCE);
    // Bedrock's event stream is binary: it passes as it is.
    if (response.headers.get('content-type')?.includes('vnd.amazon.eventstream'))
      return new Response(body, { status: 200, headers: response.headers });
    return new Response(normalise(body, response), { status: 200, headers: { 'content-type': 'text/event-stream' } });
  }

  function watch(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytesSeen++;
          wait(times.idleMs);
          controller.enqueue(chunk);
        },
        flush: () => wait(0),
      }),
    );
  }

  function normalise(body: ReadableStream<Uint8Array>, response: Response): ReadableStream<Uint8Array> {
    const normaliser = createStreamNormaliser(NORMALISERS[upstream.dialect](), (error) => {
      const status = statusOf(asRecord(error['error'])) ?? statusOf(error);
      failure ??= {
        wire: upstream.wire,
        cause: 'stream',
        ...(status !== undefined && { status }),
        headers: Object.fromEntries(response.headers),
        body: JSON.stringify(error).slice(0, MAX_ERROR),
        translated: true,
      };
    });
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    return body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          const text = normaliser.push(decoder.decode(chunk, { stream: true }));
          if (text !== '') controller.enqueue(encoder.encode(text));
        },
        flush(controller) {
          const text = normaliser.push(decoder.decode()) + normaliser.end();
          if (text !== '') controller.enqueue(encoder.encode(text));
        },
      }),
    );
  }

  return {
    fetch: fetchUpstream,
    signal: control.signal,
    errorAnswer: () => errorAnswer,
    failure: () => failure,
    bytesSeen: () => bytesSeen,
    headers: () => headers,
    close() {
      clearTimeout(timer);
      client.removeEventListener('abort', onClientAbort);
      control.abort();
    },
  };
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
