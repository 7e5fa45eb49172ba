import { createParser } from 'eventsource-parser';
import type { IncomingMessage } from 'node:http';
import type { ContentBlock } from '../codec/anthropic.ts';
import { parseJson } from '../codec/json.ts';
import { toRelayedRequest, type ThinkingMemory } from '../codec/relayed-request.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import { cleanMessage, createRelayedCleaner } from '../codec/relayed-stream.ts';
import { type Failure, UpstreamError } from '../errors.ts';
import type { ModelLimits, ProviderRequest, Reply } from './provider.ts';
import { TIMEOUT_CODE, type Upstream } from './upstream.ts';

const { Readable } = process.getBuiltinModule('node:stream');

export type RelayedSpec = {
  id: string;
  /** Host and path prefix: the request's own path is appended. */
  baseUrl: string;
  /** True for the user's own Claude: headers and body leave as they came, with the client's own credential. */
  own: boolean;
  auth: 'x-api-key' | 'bearer' | 'none';
  key: () => Promise<string | undefined>;
  headers: Record<string, string>;
  tokens: TokenCounter;
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
};

/** Hop-by-hop (RFC 9110, 7.6.1); `host` and `content-length` are written anew because they belong to one connection. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What belongs to the user's Anthropic account or to this connection's encoding, and must not reach another host. */
const ANTHROPIC_ONLY = new Set(['authorization', 'x-api-key', 'cookie', 'accept-encoding', 'x-claude-code-session-id']);

/**
 * A provider that speaks Anthropic's own wire. For the user's Claude nothing is read or changed; for another host the
 * request and the answer are adapted (see `codec/relayed-request.ts`, `codec/relayed-stream.ts`).
 */
export function createRelayedSend(spec: RelayedSpec, upstream: Upstream): (request: ProviderRequest) => Promise<Reply> {
  const thinking: ThinkingMemory = new Map();
  return spec.own
    ? (request) => sendOwn(spec, upstream, request)
    : (request) => sendAdapted(spec, upstream, thinking, request);
}

async function sendOwn(spec: RelayedSpec, upstream: Upstream, request: ProviderRequest): Promise<Reply> {
  const url = joinUrl(spec.baseUrl, request.path);
  const response = await ask(
    upstream,
    request,
    url,
    relayHeaders(request.rawHeaders, url, request.body.length),
    request.body,
  );
  return {
    status: response.statusCode ?? 502,
    rawHeaders: response.rawHeaders,
    body: response,
    get model() {
      return request.parsed().model;
    },
    warnings: [],
  };
}

async function sendAdapted(
  spec: RelayedSpec,
  upstream: Upstream,
  thinking: ThinkingMemory,
  request: ProviderRequest,
): Promise<Reply> {
  const parsed = request.parsed();
  const model = spec.modelFor(parsed.model);
  // Few hosts besides Anthropic count tokens, and an estimate serves the client as well.
  if (/\/count_tokens(\?|$)/.test(request.path)) return countReply(spec.tokens.count(parsed), model);
  const adapted = toRelayedRequest(parsed, { model, maxOutput: spec.limitsOf(model).maxOutput, thinking });
  const body = Buffer.from(JSON.stringify(adapted.request));
  const url = joinUrl(spec.baseUrl, request.path);
  const rawHeaders = relayHeaders(withoutAccount(request.rawHeaders), url, body.length);
  const key = await spec.key();
  if (key && spec.auth === 'x-api-key') rawHeaders.push('x-api-key', key);
  if (key && spec.auth === 'bearer') rawHeaders.push('authorization', `Bearer ${key}`);
  for (const [name, value] of Object.entries(spec.headers)) rawHeaders.push(name, value);

  const response = await ask(upstream, request, url, rawHeaders, body);
  const status = response.statusCode ?? 502;
  const streamed = /text\/event-stream/i.test(response.headers['content-type'] ?? '');
  const bytes = status >= 400 ? response : streamed ? cleanStream(response, thinking) : cleanJson(response, thinking);
  return { status, rawHeaders: answerHeaders(response.rawHeaders), body: bytes, model, warnings: adapted.warnings };
}

async function ask(
  upstream: Upstream,
  request: ProviderRequest,
  url: URL,
  rawHeaders: string[],
  body: Buffer,
): Promise<IncomingMessage> {
  try {
    return await upstream.send({
      method: request.method,
      url,
      rawHeaders,
      body,
      signal: request.signal,
      firstByteTimeoutMs: request.firstByteTimeoutMs,
      ...(request.onSent && { onSent: request.onSent }),
    });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new UpstreamError(connectionFailure(error), { cause: error });
  }
}

function countReply(tokens: number, model: string): Reply {
  const body = Buffer.from(JSON.stringify({ input_tokens: tokens }));
  const rawHeaders = ['content-type', 'application/json'];
  return { status: 200, rawHeaders, body: Readable.from([body]), model, warnings: [] };
}

/** What Node says of a connection that failed, as the facts of a failure. */
function connectionFailure(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  const cause = code === TIMEOUT_CODE ? 'timeout' : 'network';
  return { wire: 'anthropic', cause, headers: {}, body: '', code, translated: false };
}

/** `https://host/prefix` and `/v1/messages?beta=true` → one address, whether or not the prefix ends in a slash. */
export function joinUrl(baseUrl: string, path: string): URL {
  return new URL(baseUrl.replace(/\/+$/, '') + path);
}

/** The client's headers for another connection: all but hop-by-hop ones, in order and case, `host` in its place. */
export function relayHeaders(rawHeaders: readonly string[], url: URL, length: number): string[] {
  const named = new Set(
    valuesOf(rawHeaders, 'connection').flatMap((value) => value.split(',').map((name) => name.trim().toLowerCase())),
  );
  const kept: string[] = [];
  let hasLength = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named.has(lower)) continue;
    if (lower === 'content-length') hasLength = true;
    kept.push(name, lower === 'host' ? url.host : lower === 'content-length' ? String(length) : rawHeaders[i + 1]!);
  }
  // A chunked body has been gathered by now, so that its length is known.
  if (!hasLength && length > 0) kept.push('Content-Length', String(length));
  return kept;
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
}

function withoutAccount(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (ANTHROPIC_ONLY.has(name)) continue;
    // The OAuth beta announces a Claude.ai credential, which stays with Anthropic.
    const value = name === 'anthropic-beta' ? withoutOauth(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    if (value !== '') kept.push(rawHeaders[i]!, value);
  }
  return kept;
}

function withoutOauth(betas: string): string {
  return betas
    .split(',')
    .filter((beta) => !beta.trim().startsWith('oauth-'))
    .join(',');
}

/** The answer is written anew, so its length and encoding are ours. */
function answerHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^content-(length|encoding)$/i.test(rawHeaders[i]!)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return kept;
}

/** While thinking is left out the client would hear nothing: one ping for each of these many events that are dropped. */
const PING_EVERY = 40;

async function* cleanStream(response: IncomingMessage, thinking: ThinkingMemory): AsyncGenerator<Uint8Array> {
  const clean = createRelayedCleaner(thinking);
  const decoder = new TextDecoder();
  let out = '';
  let dropped = 0;
  const parser = createParser({
    onEvent({ data }) {
      const event = parseJson(data);
      if (event === undefined) return;
      const cleaned = clean(event as Parameters<typeof clean>[0]);
      if (cleaned) out += `event: ${cleaned.type}\ndata: ${JSON.stringify(cleaned)}\n\n`;
      else if (++dropped % PING_EVERY === 0) out += 'event: ping\ndata: {"type":"ping"}\n\n';
    },
  });
  for await (const chunk of response) {
    parser.feed(decoder.decode(chunk as Buffer, { stream: true }));
    if (out === '') continue;
    yield Buffer.from(out);
    out = '';
  }
}

async function* cleanJson(response: IncomingMessage, thinking: ThinkingMemory): AsyncGenerator<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const message = parseJson(bytes.toString());
  yield message === undefined
    ? bytes
    : Buffer.from(JSON.stringify(cleanMessage(message as { content?: ContentBlock[] }, thinking)));
}
