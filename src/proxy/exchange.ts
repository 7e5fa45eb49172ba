import type { IncomingMessage, ServerResponse } from 'node:http';
import { readNeeds } from '../codec/needs.ts';
import type { Bus, ProviderId, Usage } from '../events.ts';
import { composeFinalError } from '../failover/final-error.ts';
import { readOverflow } from '../failover/overflow.ts';
import type { Choice } from '../failover/policy.ts';
import { restOf } from '../failover/rest.ts';
import type { Provider } from '../providers/provider.ts';
import { attempt, relayUndecided, type FailedAttempt } from './attempt.ts';
import { createAnswering, type Answering } from './client.ts';
import { createRecord, type ExchangeRecord } from './record.ts';
import { receive, type ClientRequest } from './request.ts';
import type { RoutedRequest, Router } from './router.ts';

/** What an exchange needs of its session. */
export type ExchangeContext = {
  router: Router;
  bus: Bus;
  now: () => number;
  nextExchange(): number;
  /** Counts the turns: called once for each request that starts one. */
  nextTurn(): number;
  currentTurn(): number;
  /** Whether this prompt id of the client's is met for the first time; from then on it is known. */
  isNewPrompt(prompt: string): boolean;
  previews: boolean;
  firstByteTimeoutMs: number;
  waitUpToMs: number;
  /** How long a client may hear nothing while a fallback thinks. */
  pingEveryMs: number;
  /** @returns US dollars, or null when the price is unknown. */
  price(provider: Provider, model: string, usage: Usage): Promise<number | null>;
  spend(provider: Provider, usd: number | null): void;
  /** Told of a fault of our own. It must not fail a request. */
  fault(fault: unknown): void;
};

type Skipped = Map<ProviderId, Choice['skipped'][number]>;

/** The one quick retry on a provider, when nobody else is ready, comes after this pause. */
const RETRY_PAUSE_MS = 500;

/**
 * One request of the client: attempts, one provider at a time, until one is committed; from then on its bytes, and
 * only its bytes, go to the client. The order of things is the order of `decide`. Should it break, the request goes to
 * Claude as it would have without ccmux.
 */
export async function runExchange(
  context: ExchangeContext,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: string,
): Promise<void> {
  const request = await receive(incoming, outgoing, path, context.isNewPrompt);
  if (!request) return;
  const answering = createAnswering(outgoing);
  try {
    await decide(context, request, answering);
  } catch (fault) {
    context.fault(fault);
    const claude = context.router.order().find(({ own }) => own);
    if (!claude || answering.isOpen()) throw fault;
    await relayUndecided(context, request, answering, claude);
  }
}

async function decide(context: ExchangeContext, request: ClientRequest, answering: Answering): Promise<void> {
  const record = createRecord(context, request);
  const { router } = context;
  const tried: FailedAttempt[] = [];
  const skipped: Skipped = new Map();
  router.meet(request.credential);

  // Nothing has happened: the bytes go on their way before anybody looks into them.
  let next = router.unread(request.family);
  let mayRetry = true;
  const wait = next ? undefined : router.waitForPreferred(request.family, context.waitUpToMs);
  if (wait !== undefined) {
    keepAlive(context, request, answering);
    await pause(wait, request.signal);
  }
  for (let number = 1; !request.signal.aborted; number++) {
    next ??= chooseNext(router, request, tried, record, skipped);
    const again = next ? undefined : tried.findLast(({ outcome }) => outcome.retryable);
    if (again && mayRetry) {
      mayRetry = false;
      next = again.provider;
      await pause(RETRY_PAUSE_MS, request.signal);
    }
    if (!next) break;
    const provider: Provider = next;
    next = undefined;
    if (number > 1 || !provider.own) keepAlive(context, request, answering);

    const failed = await attempt(context, { request, answering, record, provider, number, tried });
    if (!failed) return;
    tried.push(failed);
    if (failed.outcome.action === 'relay' || router.isAlone(provider.id)) {
      if (relay(failed, answering, record)) return;
      break;
    }
    const restMs = (failed.outcome.rest?.until ?? Infinity) - context.now();
    if (restMs <= context.waitUpToMs && mayRetry) {
      mayRetry = false;
      next = provider;
      keepAlive(context, request, answering);
      await pause(Math.max(restMs, 0), request.signal);
    }
  }
  if (request.signal.aborted) return record.end({ outcome: 'cancelled' });
  const error = composeError(context, request, tried, skipped);
  answering.finish(error.status, error.headers, error.body);
  record.end({ outcome: 'failed', status: error.status });
}

function chooseNext(
  router: Router,
  request: ClientRequest,
  tried: readonly FailedAttempt[],
  record: ExchangeRecord,
  skipped: Skipped,
): Provider | undefined {
  const asked = new Set(tried.map(({ provider }) => provider.id));
  const resort = router.lastResort();
  const lastResort = resort && !asked.has(resort.id) ? resort : undefined;
  // A body that is no request is nobody's but Claude's to judge.
  if (!request.isReadable()) return lastResort;
  const choice = router.candidates(readFacts(request, router), asked);
  for (const skip of choice.skipped) {
    if (!skipped.has(skip.provider)) record.skip(skip);
    skipped.set(skip.provider, skip);
  }
  return choice.chosen[0] ?? lastResort;
}

/** @returns false where there are no bytes of Claude's own to relay, so that an error must be composed. */
function relay(
  { reply, held, provider, failure }: FailedAttempt,
  answering: Answering,
  record: ExchangeRecord,
): boolean {
  if (!reply || reply.status < 400 || !provider.own || answering.isOpen()) return false;
  answering.commit(reply.status, reply.rawHeaders);
  for (const chunk of held) void answering.write(chunk);
  answering.end();
  record.end({
    outcome: 'relayed',
    provider: provider.id,
    ...(failure.status !== undefined && { status: failure.status }),
  });
  return true;
}

function composeError(
  context: ExchangeContext,
  request: ClientRequest,
  tried: readonly FailedAttempt[],
  skipped: Skipped,
) {
  const { router } = context;
  const labels = new Map(router.order().map(({ id, label }) => [id, label]));
  const claude = tried.findLast(({ provider }) => provider.own)?.failure;
  const unasked = [...skipped.values()].filter((skip) => tried.every(({ provider }) => provider.id !== skip.provider));
  return composeFinalError({
    tried: [...new Map(tried.map((failed) => [failed.provider.id, failed])).values()].map(({ provider, outcome }) => ({
      provider: provider.id,
      label: provider.label,
      reason: outcome.reason,
    })),
    skipped: unasked.map(({ provider, detail }) => ({ label: labels.get(provider) ?? provider, detail })),
    now: context.now(),
    claude:
      claude?.status === undefined ? undefined : { status: claude.status, headers: claude.headers, body: claude.body },
    transient: isTransient(tried),
    tooLong: findTooLong(context, request, tried, skipped),
    soonest: router.soonestReset(),
  });
}

/** Claude's own failure was of the kind that its client retries by itself. */
function isTransient(tried: readonly FailedAttempt[]): boolean {
  const own = tried.findLast(({ provider }) => provider.own)?.outcome.failure;
  return own !== undefined && ['overloaded', 'server_error', 'network', 'timeout'].includes(own);
}

/** Claude Code asks again by itself within this time: no reason to make it compact a conversation. */
const SOON_MS = 60_000;

/** The fallback that could have answered, had the conversation been shorter, while Claude is away for long. */
function findTooLong(
  context: ExchangeContext,
  request: ClientRequest,
  tried: readonly FailedAttempt[],
  skipped: Skipped,
) {
  const { router } = context;
  const claude = router.order().find(({ own }) => own);
  const rest = claude && restOf(router.rests(), claude.id, request.family, context.now());
  if (claude && (!rest || rest.until - context.now() <= SOON_MS)) return undefined;
  const refused = tried.find(({ provider, failure }) => !provider.own && readOverflow(failure));
  const passedOver = router.order().find(({ id }) => skipped.get(id)?.reason === 'window');
  const provider = refused?.provider ?? passedOver;
  if (!provider) return undefined;
  const said = refused ? readOverflow(refused.failure) : undefined;
  const limit = said?.limit ?? provider.limitsOf(provider.modelFor(request.parsed().model)).contextWindow;
  return { limit, tokens: said?.tokens ?? Math.max(provider.tokens.count(request.parsed()), limit + 1) };
}

function readFacts(request: ClientRequest, router: Router): RoutedRequest {
  const parsed = request.parsed();
  const counters = new Map(router.order().map(({ id, tokens }) => [id, tokens]));
  return {
    model: parsed.model,
    turn: request.turn(),
    needs: readNeeds(parsed),
    inputTokens: (id) => counters.get(id)!.count(parsed),
    maxTokens: parsed.max_tokens ?? 0,
    family: request.family,
  };
}

/** From here on the client is waiting for somebody else than it asked: it must not take silence for death. */
function keepAlive(context: ExchangeContext, request: ClientRequest, answering: Answering): void {
  if (request.endpoint === 'messages' && request.parsed().stream === true) answering.keepAlive(context.pingEveryMs);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
