import type { AnswerFacts } from '../codec/answer-facts.ts';
import { isContinued } from '../claude/thread.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { isToolResult } from '../codec/turns.ts';
import { assumedCost } from '../ground/price.ts';
import type { Failure } from '../errors.ts';
import type { Usage } from '../events.ts';
import { toldFitness } from '../failover/handoff.ts';
import type { Outcome } from '../failover/outcome.ts';
import type { Tried, Waited } from '../failover/past.ts';
import type { Provider, Reply } from '../providers/provider.ts';
import { aside } from './aside.ts';
import type { Asked, Over } from './exchange-state.ts';
import type { Exchange } from './exchange-state.ts';
import type { ExchangeContext } from './context.ts';
import { headersOf } from './headers.ts';
import type { AskedModel } from './cooldowns.ts';

type IsRetried = (tried: Tried) => boolean;

/** A provider's answer that has reached the client, whole or in part. */
type Given = Asked & { given: AnswerFacts; reply: Reply };

/**
 * Learns from a step's result and records it.
 * @param cancelled the client has left. This is not the provider's failure, unless the provider was silent for long.
 * @param isRetried whether the same provider is asked again in a moment.
 * @returns what the next step must know; undefined when the exchange is over.
 */
export async function settle(
  the: Exchange,
  result: Asked | Waited | Over,
  cancelled: boolean,
  isRetried: IsRetried,
): Promise<Exchange['past'][number] | undefined> {
  const { record } = the;
  if (result.did === 'end') record.end(result.facts);
  else if (result.did === 'ask' && result.settled) await result.settled;
  else if (result.did === 'ask' && result.given) await settleAnswer(the, result as Given, cancelled);
  else if (cancelled) {
    // The client's next try must find another provider.
    if (result.did === 'ask' && result.silent) fail(the, result, silenceOf(the, result), { action: 'relay' });
    record.end({ outcome: 'cancelled', ...(result.did === 'ask' && { provider: result.provider }) });
  } else return result.did === 'wait' ? result : tried(the, result, isRetried);
}

function silenceOf({ context: { router } }: Exchange, { provider: id, ms }: Asked): Failure {
  const { wire, translated } = router.provider(id);
  return { wire, translated, cause: 'timeout', limitMs: ms, headers: {}, body: '' };
}

/** Nothing of it has reached the client. What is tried again at once teaches nothing yet. */
function tried(the: Exchange, asked: Asked, isRetried: IsRetried): Exchange['past'][number] {
  const { context, record } = the;
  const { provider: id, key, number, ms, reply, held } = asked;
  const failure = asked.failure!;
  const provider = context.router.provider(id);
  const outcome = context.router.read(provider, failure, askedOf(the, provider, key));
  const relayable = reply !== undefined && reply.status >= 400 && provider.own;
  const one = { did: 'ask' as const, provider: id, failure, outcome, at: context.now(), relayable, reply, held };
  if (!isRetried(one)) return { ...one, outcome: fail(the, asked, failure, { read: outcome }) };
  record.fail(provider, failure, outcome, { number, key, next: 'retry', ms });
  return one;
}

/** @param how `read`: what the failure means, where that is known already. */
function fail(
  the: Exchange,
  { provider: id, key, number, ms }: Pick<Asked, 'provider' | 'key' | 'number' | 'ms'>,
  failure: Failure,
  { action, read }: { action?: 'relay'; read?: Outcome } = {},
): Outcome {
  const { router } = the.context;
  const provider = router.provider(id);
  const asked = askedOf(the, provider, key);
  let outcome = read ?? router.read(provider, failure, asked);
  aside(the.context, () => (outcome = router.fail(provider, failure, asked, outcome)));
  const next = action ?? (outcome.nextKey ? 'next-key' : outcome.action);
  the.record.fail(provider, failure, outcome, { number, key, next, ms });
  return outcome;
}

function askedOf({ context, request }: Exchange, provider: Provider, key?: number): AskedModel {
  // A body that is no request goes to Claude alone, who says so itself.
  const model = provider.own ? undefined : provider.modelFor(request.parsed().model);
  return { family: request.family, model, alone: context.fallbackModels.length > 0, key };
}

/**
 * An answer that the client has, or gets as soon as this returns: nothing that fails here may touch it. It is on record
 * before anything is waited for; the promise is the price's, which is looked up behind it.
 */
export async function settleAnswer(the: Exchange, asked: Given, cancelled: boolean): Promise<void> {
  const { context, record } = the;
  const outcome = cancelled ? 'cancelled' : asked.failure ? 'cut' : 'answered';
  try {
    const facts = account(the, asked);
    if (!cancelled) learn(the, asked, facts.usage);
    record.end({ outcome, ...facts });
    await bill(the, asked, facts);
  } catch (fault) {
    context.fault(fault);
    record.end({ outcome, provider: asked.provider, status: asked.reply.status });
  }
}

/** What the answer cost. */
async function bill(
  { context, request, record, reserved }: Exchange,
  { provider: id, given, reply }: Given,
  { model, usage }: Pick<ReturnType<typeof account>, 'model' | 'usage'>,
): Promise<void> {
  const provider = context.router.provider(id);
  // A paid answer without token counts has still cost something.
  const uncounted = provider.paid && request.endpoint === 'messages' ? null : undefined;
  const priced = async () =>
    usage ? priceOf(context, provider, [model, reply.model ?? request.parsed().model], usage) : uncounted;
  const usd = given.costUsd ?? (await priced());
  if (usd === undefined) return;
  record.price(id, usd);
  if (provider.paid) context.budget.spend(id, usd, usage ? assumedCost(usage) : reserved?.usd);
}

/** A price that cannot be looked up is unknown, and counts as such. */
async function priceOf(context: ExchangeContext, provider: Provider, models: string[], usage: Usage) {
  try {
    return await context.price(provider, models, usage);
  } catch (fault) {
    context.fault(fault);
    return null;
  }
}

function learn(the: Exchange, asked: Given, usage: Usage | undefined): void {
  const { context, request, record, past } = the;
  // Answers are never spliced: the client retries at once, and must find another provider.
  if (asked.failure) return void fail(the, asked, asked.failure, { action: 'relay' });
  if (request.endpoint !== 'messages') return;
  context.proposals.settle(resultsIn(request.parsed()));
  const { exchange } = record;
  const cost = costFacts(the);
  const { family } = request;
  const { thread, startsTurn } = request.turn();
  const { ms } = asked;
  const reasons = new Map(past.flatMap((one) => (one.did === 'ask' ? [[one.provider, one.outcome.reason]] : [])));
  const provider = context.router.provider(asked.provider);
  const chosen = the.wanted?.note?.chosen ?? [];
  const thoughts = chosen.filter(({ source }) => source === 'thinking').length;
  const fitness = fitnessFor(the, provider);
  const moved = the.way !== undefined;
  context.router.answer({
    exchange,
    provider,
    key: asked.key,
    family,
    thread,
    startsTurn,
    ms,
    usage,
    reasons,
    thoughts,
    moved,
    ...cost,
    ...fitness,
  });
}

/** Beside an answer of somebody else's it says how far that one can be trusted to have followed. */
function fitnessFor({ traits, request }: Exchange, { own }: Provider) {
  const fitness = own || request.endpoint !== 'messages' ? undefined : toldFitness(traits.fitness());
  return fitness === undefined ? {} : { fitness };
}

/** What it was expected to cost, where the user has set a cap. */
function costFacts({ context, reserved }: Exchange) {
  const capUsd = context.budget.cap();
  if (reserved === undefined || capUsd === undefined) return {};
  const { usd, assumed } = reserved;
  return { cost: { usd, capUsd, ...(assumed && { assumed }) } };
}

/** What the answer was. */
function account(the: Exchange, { provider: id, key, reply, given }: Given) {
  const { context, request, record, wanted } = the;
  const provider = context.router.provider(id);
  const { usage, stopReason } = given;
  const model = given.model ?? reply.model ?? request.parsed().model;
  record.warn(provider, reply.warnings);
  // What a continued thread sends is not what was counted.
  const counted = usage && given.isInputEstimated !== true && !isContinued(request.parsed());
  if (counted) provider.tokens.learn(wanted?.request ?? request.parsed(), inputOf(usage));
  const headers = headersOf(reply.rawHeaders);
  const requestId = headers['request-id'] ?? headers['x-request-id'] ?? given.messageId;
  return {
    provider: id,
    model,
    ...(key !== undefined && { key: key + 1 }),
    status: reply.status,
    ...(requestId !== undefined && { requestId }),
    ...(stopReason !== undefined && { stopReason }),
    ...(usage && { usage }),
    ...fitnessFor(the, provider),
  };
}

function inputOf({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

/** The calls whose results the client has brought. */
function resultsIn({ messages }: MessagesRequest): string[] {
  const last = messages.at(-1)?.content ?? [];
  return typeof last === 'string' ? [] : last.flatMap((block) => (isToolResult(block) ? [block.tool_use_id] : []));
}
