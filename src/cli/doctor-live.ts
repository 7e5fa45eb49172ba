import { readErrorBody } from '../failover/error-body.ts';
import { faultOf, type Fault } from '../failover/fault.ts';
import { answeredStatus, UpstreamError, UserError } from '../errors.ts';
import type { Usage } from '../events.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { noAnswerYet } from '../codec/answer-facts.ts';
import { toWholeMessage } from '../codec/response.ts';
import { eventsIn } from '../codec/translate/sse.ts';
import type { Provider, ProviderRequest, Reply } from '../providers/provider.ts';
import type { EstimateUsd } from '../state/prices.ts';
import { ASSUMED, costOf } from '../ground/price.ts';
import { dollars } from '../words/money.ts';
import { reasonText } from '../words/why.ts';
import type { LiveProvider } from './live-providers.ts';

/** A provider's result for the tiny question. */
export type LiveResult = {
  id: string;
  /** Which of its keys, counted from 1; absent: it has one. */
  key?: number;
  model: string;
  outcome: 'answered' | 'failed' | 'skipped';
  /** Until the first content, and until the end; milliseconds. */
  firstMs?: number;
  totalMs?: number;
  /** Estimated US dollars of everything that was asked; `null` when the price is not known. */
  usd: number | null;
  tools: 'work' | 'ignored' | 'not offered' | 'unknown';
  images: 'work' | 'not seen' | 'not offered' | 'unknown';
  /** Short, and without secrets. */
  error?: string;
  status?: number;
  /** What the words say where the status says little. */
  fault?: Fault;
};

/** The smallest tier is asked: it is the cheapest, and proves key, address and wire as well as the largest. */
const ASKED_AS = 'claude-haiku-5-5';
const MAX_TOKENS = 400;
const INPUT_TOKENS = 700;
const PATIENCE_MS = 60_000;

/** 8 by 8 pixels, all of them red. */
export const RED_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=';

/** What asking one provider may cost, US dollars, unless the user says more. */
export const MOST_USD = 0.01;

/** What the two questions can cost at most, US dollars. `assumed`: the price is unknown. */
export function mostUsd(provider: Provider, estimate: EstimateUsd, at: number): { usd: number; assumed: boolean } {
  const usage = {
    inputTokens: 2 * INPUT_TOKENS,
    outputTokens: 2 * MAX_TOKENS,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
  const usd = priceOf(provider, provider.modelFor(ASKED_AS), usage, estimate, at);
  return { usd: usd ?? costOf(ASSUMED, usage), assumed: usd === null };
}

/**
 * Asks one provider to name a picture's colour through a tool. If the picture is refused, it is asked once more without
 * it, to learn whether the rest works. Never rejects.
 */
export async function askLive(
  provider: LiveProvider,
  options: {
    estimate: EstimateUsd;
    now: () => number;
    redact: (text: string) => string;
    /** US dollars. */
    maxUsd: number;
  },
): Promise<LiveResult> {
  const { estimate, now, maxUsd } = options;
  const model = provider.modelFor(ASKED_AS);
  const { key } = provider;
  const whose = { id: provider.id, ...(key !== undefined && { key }) };
  const none: LiveResult = { ...whose, model, outcome: 'skipped', usd: 0, tools: 'unknown', images: 'unknown' };
  if (provider.keySource === undefined) return { ...none, error: `no key: set ${provider.keyVariables.join(' or ')}` };
  const most = mostUsd(provider, estimate, now());
  if (most.usd > maxUsd) {
    const why = most.assumed ? 'its price is unknown and counts as' : 'could cost';
    // Rounded up: the same number is what allows it.
    const cents = Math.ceil(most.usd * 100) / 100;
    const allow = `allow it with --max-cost ${cents}`;
    return { ...none, error: `${why} ${dollars(cents)}, more than ${dollars(maxUsd)}: ${allow}` };
  }

  const { tools, images } = provider.capabilities;
  const first = await ask(provider, { tools, images }, options);
  if (first.outcome === 'answered' || !images || first.status !== 400) return { ...first, ...whose };
  const second = await ask(provider, { tools, images: false }, options);
  return {
    ...second,
    ...whose,
    images: 'not seen',
    ...(second.outcome === 'answered' && { error: `images: ${first.error}` }),
  };
}

async function ask(
  provider: Provider,
  offer: { tools: boolean; images: boolean },
  { estimate, now, redact }: Parameters<typeof askLive>[1],
): Promise<LiveResult> {
  const started = now();
  const model = provider.modelFor(ASKED_AS);
  const result: LiveResult = {
    id: provider.id,
    model,
    outcome: 'failed',
    usd: 0,
    tools: offer.tools ? 'unknown' : 'not offered',
    images: offer.images ? 'unknown' : 'not offered',
  };
  const clock = AbortSignal.timeout(PATIENCE_MS);
  try {
    const reply = await provider.send(tinyRequest(offer, clock));
    const answer = await readReply(reply, now);
    if (reply.status >= 400) {
      const { status } = reply;
      return { ...result, status, ...faultIn(answer.body, status), error: redact(shortly(status, answer.body)) };
    }
    const { model = '' } = reply;
    const said = `${answer.text} ${answer.toolInput}`.toLowerCase();
    return {
      ...result,
      model,
      outcome: 'answered',
      firstMs: answer.firstAt - started,
      totalMs: now() - started,
      usd: priceOf(provider, model, answer.usage, estimate, started),
      tools: offer.tools ? (answer.toolInput === '' ? 'ignored' : 'work') : 'not offered',
      images: offer.images ? (said.includes('red') ? 'work' : 'not seen') : 'not offered',
    };
  } catch (error) {
    return { ...result, ...failureOf(error, clock, redact) };
  }
}

function failureOf(
  error: unknown,
  clock: AbortSignal,
  redact: (text: string) => string,
): Pick<LiveResult, 'status' | 'fault'> & { error: string } {
  if (clock.aborted) return { error: `no answer within ${PATIENCE_MS / 1000} s` };
  if (error instanceof UserError) return { error: redact(error.message) };
  if (!(error instanceof UpstreamError)) return { error: redact(String(error)).slice(0, 160) };
  const { failure } = error;
  if (failure.cause === 'network') {
    const { code } = failure;
    return { error: `no connection: ${reasonText({ kind: 'network', ...(code !== undefined && { code }) })}` };
  }
  if (failure.cause === 'timeout') return { error: 'no answer in time' };
  const status = answeredStatus(failure);
  const words = redact(shortly(status, failure.body));
  return { error: words, ...(status !== undefined && { status, ...faultIn(failure.body, status) }) };
}

function faultIn(body: string, status: number): Pick<LiveResult, 'fault'> {
  const fault = faultOf(readErrorBody(body), status);
  return fault === undefined ? {} : { fault };
}

function shortly(status: number | undefined, body: string): string {
  const message = readErrorBody(body).message.replaceAll(/\s+/g, ' ').slice(0, 140);
  return [status, message].filter(Boolean).join(' ') || 'an error without words';
}

function priceOf(provider: Provider, model: string, usage: Usage, estimate: EstimateUsd, at: number): number | null {
  if (!provider.paid) return 0;
  return estimate({ providerId: provider.id, kind: provider.kind, host: provider.host, model, usage, at });
}

/** A request like Claude Code's. */
function tinyRequest(offer: { tools: boolean; images: boolean }, signal: AbortSignal): ProviderRequest {
  const question = offer.images ? 'Which colour is this picture?' : 'Which colour has a ripe tomato?';
  const request: MessagesRequest = {
    model: ASKED_AS,
    max_tokens: MAX_TOKENS,
    stream: true,
    messages: [
      {
        role: 'user',
        content: [
          ...(offer.images
            ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: RED_PNG } }]
            : []),
          { type: 'text', text: `${question} ${offer.tools ? 'Answer by calling report_colour.' : 'One word.'}` },
        ],
      },
    ],
    ...(offer.tools && {
      tools: [
        {
          name: 'report_colour',
          description: 'Reports the colour that was asked for.',
          input_schema: {
            type: 'object',
            properties: { colour: { type: 'string', description: 'One English word, in lower case.' } },
            required: ['colour'],
          },
        },
      ],
    }),
  };
  const body = Buffer.from(JSON.stringify(request));
  return {
    method: 'POST',
    path: '/v1/messages',
    rawHeaders: ['content-type', 'application/json', 'anthropic-version', '2023-06-01', 'host', 'ccmux'],
    body: [body],
    parsed: () => request,
    signal,
  };
}

/** The answer's `text`; for an error status its body. */
type Said = { text: string; toolInput: string; usage: Usage; firstAt: number; body: string };

async function readReply({ status, body, holds = noAnswerYet() }: Reply, now: () => number): Promise<Said> {
  const decoder = new TextDecoder();
  let read = '';
  let firstAt = 0;
  for await (const chunk of body) {
    read += decoder.decode(chunk, { stream: true });
    if (holds.hasContent) firstAt ||= now();
  }
  firstAt ||= now();
  const usage = holds.usage ?? { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  if (status >= 400) return { text: '', toolInput: '', usage, firstAt, body: read };
  if (holds.error !== undefined) throw streamError(holds.error);
  const { content } = await toWholeMessage(eventsIn(read));
  const texts = content.map((block) => (block.type === 'text' ? block.text : ''));
  const inputs = content.map((block) => (block.type === 'tool_use' ? JSON.stringify(block.input) : ''));
  return { text: texts.join(''), toolInput: inputs.join(''), usage, firstAt, body: read };
}

function streamError(body: string): UpstreamError {
  return new UpstreamError({ wire: 'anthropic', cause: 'stream', headers: {}, body, translated: false });
}
