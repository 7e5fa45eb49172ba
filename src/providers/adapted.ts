import type { IncomingMessage } from 'node:http';
import { searchedFor } from '../claude/web-search.ts';
import { noAnswerYet } from '../codec/answer-facts.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { mendHalves } from '../codec/halves.ts';
import { cappedWarning } from '../codec/output-cap.ts';
import { withMost } from '../codec/refused.ts';
import { createAdaptedCarry, type AdaptedCarry } from '../codec/adapt/carry.ts';
import { betasForOthers } from '../codec/adapt/betas.ts';
import { toAdaptedRequest, type AdaptedRequest } from '../codec/adapt/request.ts';
import { asksForCheck } from '../codec/safeguards.ts';
import { createWarnings } from '../codec/target.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import { mintTelling } from '../codec/tool-ids.ts';
import { toolNamesOf } from '../codec/tools.ts';
import { callIdsOf } from '../codec/turns.ts';
import { withoutRefused } from '../codec/without.ts';
import type { Failure } from '../errors.ts';
import type { WebAbility } from '../ground/web.ts';
import { json } from './json-reply.ts';
import { ask, joinUrl, relayHeaders } from './connection.ts';
import { decodeBody } from './encoding.ts';
import type { ModelLimits, ProviderRequest, Reply } from './provider.ts';
import { readSome } from './read-some.ts';
import { askWithoutRefused, type Judged, type Refusals } from './refusals.ts';
import { answerHeaders, cleanAnswer } from './adapted-reply.ts';
import type { Upstream } from './upstream.ts';

const { Readable } = process.getBuiltinModule('node:stream');

/** Another host of Anthropic's wire, as `providers/build.ts` describes it. */
export type AdaptedSpec = {
  id: string;
  label: string;
  /** Host and path prefix: the request's own path is appended. */
  baseUrl: string;
  auth: 'x-api-key' | 'bearer' | 'none';
  /** @param at which of its keys. */
  key: (at?: number) => Promise<string | undefined>;
  headers: Record<string, string>;
  tokens: TokenCounter;
  /** What its models have refused so far. */
  refusals: Refusals;
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
  web?(): WebAbility | 'off' | undefined;
};

/**
 * The client's headers that another host gets. Anthropic gets everything but the connection's own headers; a user's
 * extra headers (a gateway's secret in ANTHROPIC_CUSTOM_HEADERS) are for that host alone.
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
 * A fallback that speaks Anthropic's own wire: the request and the answer are adapted (see `codec/adapt/request.ts`,
 * `codec/adapt/stream.ts`).
 */
export function createAdaptedSend(spec: AdaptedSpec, upstream: Upstream): (request: ProviderRequest) => Promise<Reply> {
  const state: State = { memory: createAdaptedCarry(), refusals: spec.refusals };
  return (request) => sendAdapted(spec, upstream, state, request);
}

/** What one host has answered and refused so far. */
type State = { memory: AdaptedCarry; refusals: Refusals };

async function sendAdapted(
  spec: AdaptedSpec,
  upstream: Upstream,
  { memory, refusals }: State,
  request: ProviderRequest,
): Promise<Reply> {
  const parsed = request.parsed();
  const model = spec.modelFor(parsed.model);
  // Few hosts besides Anthropic count tokens, and an estimate is good enough for the client.
  if (/\/count_tokens(\?|$)/.test(request.path)) return countReply(spec.tokens.count(parsed), model);
  const { maxOutput, maxTools } = spec.limitsOf(model);
  const marked = !refusals.of(model).wishes.has('cache_control');
  const { response, body, adapted } = await askWithoutRefused(refusals, model, parsed, async (refused) => {
    if (refused.wishes.has('signatures')) memory.forgetThinking(callIdsOf(parsed));
    const wanted = withoutRefused(parsed, withMost(refused, maxTools), model);
    const adapted = toAdaptedRequest(wanted.request, { model, maxOutput, memory, web: spec.web?.() });
    adapted.warnings.unshift(...wanted.warnings);
    const response = await askAdapted(spec, upstream, request, adapted.request);
    return judged(response, adapted, request.errorBodyMs);
  });
  const { cap, warnings } = adapted;
  if (marked && refusals.of(model).wishes.has('cache_control'))
    warnings.push({ what: 'cache_control', detail: `${model} refuses cache marks: they are left out` });

  const answered = response.statusCode ?? 502;
  // A gateway's 201 or 203 is an answer where a message comes with it, as on the other wires; without one it fails below.
  const status = answered >= 200 && answered < 300 ? 200 : answered;
  const facts = { status, model, warnings };
  if (status !== 200) return { ...facts, rawHeaders: answerHeaders(response.rawHeaders), body };
  const type = parsed.stream === true ? 'text/event-stream; charset=utf-8' : 'application/json';
  let broken: Failure | undefined;
  const context = {
    memory,
    model,
    mint: mintTelling(request.onCall),
    warn: createWarnings(warnings),
    asksForCheck: asksForCheck(parsed),
    ...toolNamesOf(parsed),
    aside: searchedFor(parsed),
    wire: 'anthropic' as const,
    label: spec.label,
    maxTokens: parsed.max_tokens ?? 0,
    stream: parsed.stream === true,
    onBroken: (failure: Failure) => (broken = failure),
    onStop(reason: string) {
      if (reason === 'max_tokens' && cap) warnings.push(cappedWarning(cap, model));
    },
  };
  const holds = noAnswerYet();
  const answer = cleanAnswer(body, context, plainHeaders(response), holds);
  return { ...facts, rawHeaders: answerHeaders(response.rawHeaders, type), body: answer, holds, broken: () => broken };
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

type Sent = { response: IncomingMessage; body: AsyncIterable<Uint8Array>; adapted: AdaptedRequest };

function judged(response: IncomingMessage, adapted: AdaptedRequest, errorBodyMs: number | undefined): Judged<Sent> {
  const sent: Sent = {
    response,
    body: decodeBody(response, response.headers['content-encoding'], 'anthropic'),
    adapted,
  };
  return {
    answer: sent,
    status: response.statusCode,
    async said() {
      const { bytes } = await readSome(sent.body, errorBodyMs);
      sent.body = Readable.from([bytes]);
      return bytes.toString();
    },
  };
}

async function askAdapted(
  spec: AdaptedSpec,
  upstream: Upstream,
  request: ProviderRequest,
  wanted: MessagesRequest,
): Promise<IncomingMessage> {
  const body = Buffer.from(mendHalves(JSON.stringify(wanted)));
  const url = joinUrl(spec.baseUrl, request.path);
  const rawHeaders = relayHeaders(withoutAccount(request.rawHeaders), url, body.length);
  rawHeaders.push('accept-encoding', 'identity');
  const key = await spec.key(request.key);
  if (key && spec.auth === 'x-api-key') rawHeaders.push('x-api-key', key);
  if (key && spec.auth === 'bearer') rawHeaders.push('authorization', `Bearer ${key}`);
  for (const [name, value] of Object.entries(spec.headers)) rawHeaders.push(name, value);
  return ask(upstream.send, request, { method: request.method, url, rawHeaders, body: [body] });
}

function countReply(tokens: number, model: string): Reply {
  return json(200, { input_tokens: tokens }, [], model, []);
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
