import { ReadableStream } from 'node:stream/web';
import { mendHalves } from '../codec/halves.ts';
import { asRecord } from '../codec/json.ts';
import { createChatNormaliser } from '../codec/translate/normalise-chat.ts';
import type { ChunkNormaliser } from '../codec/translate/normalise-chunk.ts';
import { normaliseGeminiChunk } from '../codec/translate/normalise-gemini.ts';
import { normaliseResponsesChunk } from '../codec/translate/normalise-responses.ts';
import { createStreamNormaliser } from '../codec/translate/normalise-stream.ts';
import { noMessage, statusOf } from '../codec/stream-failure.ts';
import type { Dialect } from '../codec/target.ts';
import type { Failure, Wire } from '../errors.ts';
import { chunksOf, type Chunks } from './chunks.ts';
import type { Answer } from './direct.ts';
import { decodeBody } from './encoding.ts';
import { endOfAnswer } from './end-of-answer.ts';
import type { ProviderRequest } from './provider.ts';
import { readSome } from './read-some.ts';
import type { Relay } from './upstream.ts';
import { statusErrorOf, TIMEOUT_CODE } from './upstream-request.ts';

/** The upstream side of one translated request: its timers, its abort, and its real answer. */
export type Transport = {
  /** Sends what the AI SDK has made of a request, and hands it the answer. */
  fetch: typeof globalThis.fetch;
  /** Aborted by the client's signal and by `close`. */
  signal: AbortSignal;
  /** The first answer with an error status, as it came. */
  errorAnswer(): ErrorAnswer | undefined;
  /** Why the stream is not an answer: silence, or an error inside a 200. */
  failure(): Failure | undefined;
  /** How often bytes came: comments and keep-alives are signs of life, too. */
  bytesSeen(): number;
  /** Headers of the last response: names in lower case and values, alternating. */
  rawHeaders(): string[];
  /** Ends everything that is still running. */
  close(): void;
};

/** @property rawHeaders names in lower case and values, alternating. */
export type ErrorAnswer = { status: number; rawHeaders: string[]; body: string };

/** A host that keeps its connection open after a whole answer has still answered. */
const PATIENCE = { ended: 1_000, finished: 5_000 };

/** Longest error body that is kept, in characters. */
const MAX_ERROR = 65_536;

/** The highest status that HTTP knows (RFC 9110, 15). */
const LAST_STATUS = 599;

/** @param request of the client; its signal is aborted when the client hangs up, and by the proxy's limits of time. */
export function createTransport(
  upstream: { relay: Relay; wire: Wire; dialect: Dialect },
  request: Pick<ProviderRequest, 'signal' | 'connectTimeoutMs' | 'errorBodyMs' | 'onSent'>,
): Transport {
  const { signal: client, connectTimeoutMs, errorBodyMs, onSent } = request;
  const control = new AbortController();
  const onClientAbort = (): void => control.abort(client.reason);
  if (client.aborted) onClientAbort();
  else client.addEventListener('abort', onClientAbort, { once: true });

  let failure: Failure | undefined;
  let errorAnswer: ErrorAnswer | undefined;
  let rawHeaders: string[] = [];
  let bytesSeen = 0;

  async function fetchUpstream(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    let answer: Answer;
    try {
      answer = await upstream.relay({
        ...messageOf(input, init),
        signal: control.signal,
        connectTimeoutMs,
        onSent,
      });
    } catch (error) {
      const { code, limitMs } = error as { code?: string; limitMs?: number };
      const limit = limitMs === undefined ? {} : { limitMs };
      if (code === TIMEOUT_CODE)
        failure ??= { wire: upstream.wire, cause: 'timeout', headers: {}, body: '', translated: true, ...limit };
      const status = statusErrorOf(error);
      if (status !== undefined) return refuse({ status, rawHeaders: [], body: '' });
      // The shape of the standard `fetch`'s own failure, which the AI SDK looks for.
      throw control.signal.aborted ? error : new TypeError('fetch failed', { cause: error });
    }
    const { status } = answer;
    rawHeaders = answer.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
    if (status > LAST_STATUS) {
      void answer.body.return!();
      return refuse({ status, rawHeaders: [], body: '' });
    }
    const body = decodeBody(answer.body, headerOf(rawHeaders, 'content-encoding'), upstream.wire);
    if (status < 200 || status > 299 || BODYLESS.has(status)) {
      const { bytes } = await readSome(body, errorBodyMs);
      return refuse({ status, rawHeaders, body: bytes.toString() });
    }
    const chunks = counted(endOfAnswer(chunksOf(body), PATIENCE));
    const type = headerOf(rawHeaders, 'content-type');
    // Bedrock's event stream is binary: it passes as it is.
    if (type?.includes('vnd.amazon.eventstream'))
      return toResponse(ReadableStream.from(chunks), headersFor(rawHeaders));
    return toResponse(normalise(chunks), { 'content-type': 'text/event-stream' });
  }

  /** The AI SDK only has to fail, and not every status can be a Response. */
  function refuse(answer: ErrorAnswer): Response {
    errorAnswer ??= answer;
    return new Response(answer.body, { status: 502 });
  }

  function counted(chunks: Chunks): Chunks {
    const next = async () => {
      const chunk = await chunks.next();
      if (!chunk.done) bytesSeen++;
      return chunk;
    };
    return { ...chunks, next };
  }

  function normalise(chunks: Chunks): ReadableStream<Uint8Array> {
    const facts = { headers: headersFor(rawHeaders), translated: true };
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
    const end = () => {
      const text = normaliser.push(decoder.decode()) + normaliser.end();
      const foreign = normaliser.foreign();
      if (foreign !== undefined) failure ??= { ...noMessage(upstream.wire, foreign), ...facts };
      return text;
    };
    const nextChunk = async () => {
      try {
        return (await chunks.next()).value;
      } catch (error) {
        // A whole answer lacks nothing.
        if (!normaliser.isFinished()) throw error;
        return undefined;
      }
    };
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      let text = '';
      let chunk: Uint8Array | undefined;
      // What is known to be the last is passed on with its end.
      do {
        chunk = await nextChunk();
        text += chunk ? normaliser.push(decoder.decode(chunk, { stream: true })) : end();
      } while (chunk && (text === '' || chunks.isOver()));
      if (text !== '') controller.enqueue(Buffer.from(text));
      if (!chunk) controller.close();
    };
    return new ReadableStream({ pull, cancel: () => void chunks.return!() }, { highWaterMark: 0 });
  }

  return {
    fetch: fetchUpstream,
    signal: control.signal,
    errorAnswer: () => errorAnswer,
    failure: () => failure,
    bytesSeen: () => bytesSeen,
    rawHeaders: () => rawHeaders,
    close() {
      client.removeEventListener('abort', onClientAbort);
      control.abort(CLOSED);
    },
  };
}

/** One for all: nobody reads it, and to make one takes longer than to read an event. */
const CLOSED = new DOMException('the answer is over', 'AbortError');

/** These end with their headers. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205]);

/** A request for `fetch`, as it is sent: with well-formed text, and asking for no compression. */
function messageOf(input: string | URL | Request, { method = 'GET', headers, body }: RequestInit) {
  const url = new URL(input instanceof Request ? input.url : input);
  const rawHeaders = ['host', url.host];
  const all: Iterable<readonly [string, string]> =
    headers && Symbol.iterator in headers ? (headers as Headers) : Object.entries(headers ?? {});
  let encoding = false;
  for (const [name, value] of all) {
    rawHeaders.push(name, value);
    encoding ||= name.toLowerCase() === 'accept-encoding';
  }
  if (!encoding) rawHeaders.push('accept-encoding', 'identity');
  if (body === undefined || body === null) return { method, url, rawHeaders };
  const bytes = Buffer.from(typeof body === 'string' ? mendHalves(body) : (body as Uint8Array));
  rawHeaders.push('content-length', String(bytes.length));
  return { method, url, rawHeaders, body: [bytes] };
}

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text === name);
  return at < 0 ? undefined : rawHeaders[at + 1];
}

/** Of an answer whose body was decoded. */
function headersFor(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!] = rawHeaders[i + 1]!;
  delete headers['content-encoding'];
  delete headers['content-length'];
  return headers;
}

function toResponse(body: ReadableStream, headers: HeadersInit): Response {
  return new Response(body as globalThis.ReadableStream, { status: 200, headers });
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
