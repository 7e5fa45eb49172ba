import type { IncomingMessage } from 'node:http';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { withoutCacheMarks } from '../codec/cache-marks.ts';
import { cappedWarning } from '../codec/output-cap.ts';
import { createRelayedMemory, type RelayedMemory } from '../codec/relayed-memory.ts';
import { betasForOthers } from '../codec/relayed-betas.ts';
import { toRelayedRequest, type RelayedRequest } from '../codec/relayed-request.ts';
import { asksForCheck } from '../codec/safeguards.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import { mintId } from '../codec/tool-ids.ts';
import { ask, joinUrl, relayHeaders } from './connection.ts';
import type { ModelLimits, ProviderRequest, Reply } from './provider.ts';
import { answerHeaders, bytesOf, cleanJson, cleanStream, type Cleaned } from './relayed-reply.ts';
import type { Upstream } from './upstream.ts';

const { Readable } = process.getBuiltinModule('node:stream');

/** Another host of Anthropic's wire, as `providers/build.ts` describes it. */
export type RelayedSpec = {
  id: string;
  /** Host and path prefix: the request's own path is appended. */
  baseUrl: string;
  auth: 'x-api-key' | 'bearer' | 'none';
  key: () => Promise<string | undefined>;
  headers: Record<string, string>;
  tokens: TokenCounter;
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
};

/**
 * What another host is told of the client's headers. To Anthropic everything is relayed but what belongs to the
 * connection; whatever else a user sends there (a gateway's secret in ANTHROPIC_CUSTOM_HEADERS) is for that host alone.
 */
const FOR_OTHER_HOSTS = new Set([
  'host',
  'accept',
  'content-type',
  'user-agent',
  'anthropic-version',
  'anthropic-beta',
]);

/**
 * A fallback that speaks Anthropic's own wire: the request and the answer are adapted (see `codec/relayed-request.ts`,
 * `codec/relayed-stream.ts`).
 */
export function createRelayedSend(spec: RelayedSpec, upstream: Upstream): (request: ProviderRequest) => Promise<Reply> {
  const host: Host = { memory: createRelayedMemory(), unmarked: new Set() };
  return (request) => sendAdapted(spec, upstream, host, request);
}

/** What one host has shown of itself so far. */
type Host = {
  memory: RelayedMemory;
  /** Models for which the host rejects cache marks. */
  unmarked: Set<string>;
};

async function sendAdapted(
  spec: RelayedSpec,
  upstream: Upstream,
  host: Host,
  request: ProviderRequest,
): Promise<Reply> {
  const parsed = request.parsed();
  const model = spec.modelFor(parsed.model);
  // Few hosts besides Anthropic count tokens, and an estimate serves the client as well.
  if (/\/count_tokens(\?|$)/.test(request.path)) return countReply(spec.tokens.count(parsed), model);
  const { memory } = host;
  const adapted = toRelayedRequest(parsed, { model, maxOutput: spec.limitsOf(model).maxOutput, memory });
  const { cap, warnings } = adapted;
  const { response, body } = await askWithMarks(adapted, host, (wanted) => askAdapted(spec, upstream, request, wanted));

  const status = response.statusCode ?? 502;
  const rawHeaders = answerHeaders(response.rawHeaders);
  if (status >= 400) return { status, rawHeaders, body, model, warnings };
  const cleaned: Cleaned = {
    memory,
    mint: mintId,
    asksForCheck: asksForCheck(parsed),
    onStop(reason) {
      if (reason === 'max_tokens' && cap) warnings.push(cappedWarning(cap, model));
    },
  };
  const streamed = /text\/event-stream/i.test(response.headers['content-type'] ?? '');
  return { status, rawHeaders, body: (streamed ? cleanStream : cleanJson)(body, cleaned), model, warnings };
}

/** As long as the body of an error may take. */
const ERROR_BODY_MS = 5_000;

/** A host that rejects cache marks is asked once more without them, and from then on only without them. */
async function askWithMarks(
  { request, warnings }: RelayedRequest,
  { unmarked }: Host,
  ask: (request: MessagesRequest) => Promise<IncomingMessage>,
): Promise<{ response: IncomingMessage; body: AsyncIterable<Uint8Array> }> {
  const known = unmarked.has(request.model);
  const response = await ask(known ? withoutCacheMarks(request) : request);
  if (known || response.statusCode !== 400) return { response, body: response };
  const stalled = setTimeout(() => response.destroy(new Error('the error came only in part')), ERROR_BODY_MS);
  const said = await bytesOf(response).finally(() => clearTimeout(stalled));
  if (!said.includes('cache_control')) return { response, body: Readable.from([said]) };
  const second = await ask(withoutCacheMarks(request));
  if (second.statusCode !== 400) {
    unmarked.add(request.model);
    warnings.push({ what: 'cache_control', detail: `${request.model} refuses cache marks: they are left out` });
  }
  return { response: second, body: second };
}

async function askAdapted(
  spec: RelayedSpec,
  upstream: Upstream,
  request: ProviderRequest,
  wanted: MessagesRequest,
): Promise<IncomingMessage> {
  const body = Buffer.from(JSON.stringify(wanted));
  const url = joinUrl(spec.baseUrl, request.path);
  const rawHeaders = relayHeaders(withoutAccount(request.rawHeaders), url, body.length);
  const key = await spec.key();
  if (key && spec.auth === 'x-api-key') rawHeaders.push('x-api-key', key);
  if (key && spec.auth === 'bearer') rawHeaders.push('authorization', `Bearer ${key}`);
  for (const [name, value] of Object.entries(spec.headers)) rawHeaders.push(name, value);
  return ask(upstream, request, { method: request.method, url, rawHeaders, body });
}

function countReply(tokens: number, model: string): Reply {
  const body = Buffer.from(JSON.stringify({ input_tokens: tokens }));
  const rawHeaders = ['content-type', 'application/json'];
  return { status: 200, rawHeaders, body: Readable.from([body]), model, warnings: [] };
}

function withoutAccount(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!FOR_OTHER_HOSTS.has(name)) continue;
    const value = name === 'anthropic-beta' ? betasForOthers(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    if (value !== '') kept.push(rawHeaders[i]!, value);
  }
  return kept;
}
