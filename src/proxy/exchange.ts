import type { IncomingMessage, ServerResponse } from 'node:http';
import { isContinued, threadNotFound } from '../claude/thread.ts';
import { composeFinalError } from '../failover/final-error.ts';
import type { FinalFacts } from '../failover/final-facts.ts';
import { nextStep, pauseBeforeRetry } from '../failover/plan.ts';
import type { Step } from '../failover/step.ts';
import type { Tried, Waited } from '../failover/past.ts';
import type { AskedFacts } from '../failover/request-facts.ts';
import type { Safety } from '../failover/situation.ts';
import type { Way } from '../failover/ways.ts';
import { loadPart } from '../providers/part.ts';
import type { Provider } from '../providers/provider.ts';
import { askAhead, type Ahead } from './ahead.ts';
import { aside } from './aside.ts';
import { estimateOf, readFacts } from './asked-facts.ts';
import { attempt, relayUndecided } from './attempt.ts';
import type { Asked, Exchange } from './exchange-state.ts';
import type { Reservation } from './budget.ts';
import { createAnswering } from './client.ts';
import { passThrough } from './passthrough.ts';
import { overhear } from './overheard.ts';
import { createRecord, type ExchangeRecord } from './record.ts';
import { receive } from './request.ts';
import type { Router } from './router.ts';
import { tellSaid } from './said.ts';
import { settle } from './settle.ts';
import { paidFallbacks } from './swarm.ts';
import { traitsOf } from './traits.ts';
import { unreadOf } from './unread.ts';
import { keep, lookBack, noteAway, wantedOf } from './wanted.ts';
import type { Over } from './exchange-state.ts';
import type { ExchangeContext } from './context.ts';
import { answeredStatus } from '../errors.ts';

/**
 * One request of the client: attempts, one provider at a time, until one is committed; from then on its bytes, and only
 * its bytes, go to the client. If ccmux itself fails, the request goes to Claude as it would without ccmux.
 */
export async function runExchange(
  context: ExchangeContext,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: string,
): Promise<void> {
  const request = await receive(incoming, outgoing, path, context);
  if (!request) return;
  const answering = createAnswering(outgoing);
  let isOwn = false;
  aside(context, () => (isOwn = context.isOwn(request)));
  if (!isOwn) return passThrough(context, request, answering);
  let ahead: Ahead | undefined;
  let record: ExchangeRecord | undefined;
  try {
    const unread = unreadOf(context, request);
    ahead = askAhead(context, request, unread);
    const traits = traitsOf(request, context.session(), await context.typedTurn(request));
    record = createRecord(context, request);
    await carryOut(onItsWay(overhearing({ context, request, answering, record, past: [], traits, unread, ahead })));
  } catch (fault) {
    context.fault(fault);
    let facts: Over['facts'] = { outcome: answering.isOpen() ? 'cut' : 'failed' };
    try {
      const claude = context.router.order().find(({ own }) => own);
      if (!claude || answering.isOpen()) throw fault;
      facts = await relayUndecided(context, request, answering, claude, ahead);
    } finally {
      // It has an end in the report, too.
      aside(context, () => record?.end(request.signal.aborted ? { outcome: 'cancelled' } : facts));
    }
  }
}

/** Carries out the steps of `failover/plan.ts` until the client has its answer or has left. */
async function carryOut(the: Exchange): Promise<void> {
  const { context, request, answering, record, past, way, unread } = the;
  const { router } = context;
  noteTag(the);
  const swarm = request.endpoint === 'messages' ? context.swarm.isOver(request.asker) : undefined;
  /** What the choice depends on in the request, read once. */
  let known: AskedFacts | undefined;
  /** Whose price the cap that is shared with other machines leaves no room for. */
  const tooDear = new Set<string>();
  for (;;) {
    const opened = answering.isOpen();
    const handoff = context.rules.handoff(the.traits);
    const wishes = { way, ...(handoff && { handoff }) };
    const surroundings = withoutRoom(router.surroundings(), tooDear);
    const guards = { ...safetyOf(the), ...swarmOf(the, swarm, surroundings.overBudget) };
    const about = { ...unread, opened, ...wishes, ...guards };
    const facts = () => (known ??= readFacts(request, context));
    const begun = the.ahead?.taken === false ? the.ahead.step : undefined;
    const step = begun ?? nextStep(past, { ...surroundings, ...about }, facts);
    // Time has passed: decide anew.
    if (step.do === 'ask' && (await lookBack(the, step.provider))) continue;
    record.skip(step.skipped);
    if (step.held) noteHold(the, step, step.held);
    if (way && step.do === 'ask' && past.length === 0) record.move(step.provider, way);
    let next;
    let result;
    try {
      result = await perform(the, step);
      if (result.did === 'refuse') {
        tooDear.add(result.provider);
        continue;
      }
      const answeredNow = result.did === 'ask' && result.given ? result.provider : undefined;
      if (answeredNow !== undefined) aside(context, () => noteAway(the, answeredNow));
      // The one place that checks whether the client has left: then the result teaches nothing.
      next = await settle(the, result, request.signal.aborted, (tried) => {
        const situation = { ...router.surroundings(), ...about };
        return pauseBeforeRetry([...past, tried], situation, facts) !== undefined;
      });
    } finally {
      the.reserved?.release();
      delete the.reserved;
    }
    if (next === undefined) {
      const answeredBy = result.did === 'ask' && result.given ? result.provider : undefined;
      aside(context, () => keep(the, answeredBy));
      aside(context, () => remember(the));
      return tellSaid(the);
    }
    past.push(next);
  }
}

/** What outlives the session holds the main thread's last answer, too; and every answer may be told. */
function overhearing(the: Exchange): Exchange {
  const { context, request, answering } = the;
  if (request.endpoint !== 'messages') return the;
  const isKept = context.remembering !== undefined && (request.asker.requestClass ?? 'main') === 'main';
  if (!isKept && !context.said) return the;
  const overheard = overhear(answering);
  return { ...the, overheard, answering: overheard.answering };
}

/** A route may name models of its own: then its providers stand for those of the session. */
function onItsWay(the: Exchange): Exchange {
  const way = wayOf(the);
  if (way === undefined) return the;
  const { context } = the;
  const { why } = way;
  if (why.kind !== 'route') return { ...the, way };
  const provider = (id: string) => context.routed(why.index, id) ?? context.router.provider(id);
  return { ...the, way, context: { ...context, router: { ...context.router, provider } } };
}

/** Counting tokens is no answer: it goes to whoever answers. */
function wayOf({ context, request, traits }: Exchange): Way | undefined {
  if (request.endpoint !== 'messages') return undefined;
  return context.rules.wayOf({
    traits,
    isSafetyCheck: () => request.mayBeSafetyCheck && request.isSafetyCheck(),
    prompt: request.asker.prompt,
    pinned: context.router.steering().pinned !== undefined,
  });
}

/** A route that only tags is told of once for a message. */
function noteTag({ context, request, record, traits }: Exchange): void {
  const tag = context.rules.tagOf(traits);
  if (tag && request.turn().startsTurn) record.tag(tag);
}

/** It is only worth a word where the client gets an error for it: while Claude answers nothing is missing. */
function noteHold({ context, record, traits, request }: Exchange, step: Step, held: NonNullable<Step['held']>): void {
  if (step.do === 'ask' || step.do === 'wait') return;
  record.hold(held);
  if (held.then === 'ask' && request.turn().startsTurn) context.rules.held(traits.prompt());
}

/** A request with only the end of the conversation does not tell its size. */
function remember({ context, request, traits }: Exchange): void {
  if (request.endpoint !== 'messages' || !request.wasRead() || request.turn().thread !== 'main') return;
  if (!request.isReadable() || isContinued(request.parsed())) return;
  context.router.met(() => readFacts(request, context)!);
  context.rules.met(traits);
}

function safetyOf({ context: { safetyChecks: checks, proposals, router }, request }: Exchange): { safety?: Safety } {
  if (!request.mayBeSafetyCheck) return {};
  return { safety: { checks, proposers: proposals.proposers(), claudeLimit: router.claudeLimit() } };
}

/**
 * While subagents run away no paid fallback answers them.
 * @param without whose price a cap leaves no room for.
 */
function swarmOf({ context: { router } }: Exchange, swarm: number | undefined, without: Iterable<string>) {
  if (swarm === undefined) return {};
  const stopped = paidFallbacks(router.order()).map(({ id }) => id);
  return { swarm, overBudget: new Set([...without, ...stopped]) };
}

/** Nothing was asked: other machines have taken what was left of the cap. */
type Refused = { did: 'refuse'; provider: string };

function withoutRoom(surroundings: ReturnType<Router['surroundings']>, tooDear: ReadonlySet<string>) {
  if (tooDear.size === 0) return surroundings;
  return { ...surroundings, overBudget: new Set([...surroundings.overBudget, ...tooDear]) };
}

async function perform(the: Exchange, step: Step): Promise<Asked | Waited | Over | Refused> {
  const { context, answering, past } = the;
  switch (step.do) {
    case 'ask': {
      keepAlive(the, step.pings);
      const provider = context.router.provider(step.provider);
      const wanted = wantedOf(the, provider);
      if (wanted) the.wanted = wanted;
      else delete the.wanted;
      // Synchronous with the decision, so that two requests do not spend the same dollar.
      const isReserved = reserve(the, provider);
      if (isReserved !== true && !(await isReserved)) return { did: 'refuse', provider: step.provider };
      return attempt(the, step);
    }
    case 'wait':
      keepAlive(the, step.pings);
      return wait(the, step);
    case 'relay':
      return relay(the, past[step.attempt] as Extract<(typeof past)[number], Tried>);
    case 'ask-whole': {
      const error = threadNotFound();
      answering.finish(error.status, error.headers, error.body);
      return { did: 'end', facts: { outcome: 'relayed', status: error.status } };
    }
    case 'decline': {
      const { decline } = await loadPart(() => import('./declined.ts'));
      await decline(the, context.router.provider(step.provider), step.lack);
      return { did: 'end', facts: { outcome: 'declined', status: 200 } };
    }
    case 'fail': {
      const error = composeFinalError({ ...describe(step.facts, context.router), now: context.now() });
      answering.finish(error.status, error.headers, error.body);
      return { did: 'end', facts: { outcome: 'failed', status: error.status } };
    }
  }
}

async function wait({ context, request, record }: Exchange, step: Extract<Step, { do: 'wait' }>): Promise<Waited> {
  const { for: provider, ms, queued, reset } = step;
  if (queued === undefined) {
    if (reset) record.waitForReset(provider, reset);
    return { did: 'wait', for: provider, cutShort: await pauseUnlessSteered(context, step, request.signal) };
  }
  record.wait(provider, ms, queued.perMinute);
  const began = context.elapsed();
  const leave = context.router.queue(provider, context.now() + ms);
  const cutShort = await pauseUnlessSteered(context, step, request.signal);
  leave();
  return { did: 'wait', for: provider, queuedMs: cutShort ? context.elapsed() - began : ms, cutShort };
}

/** Waits until the time is up or `ccmux use` ends it. @returns true if the user chose another provider than this one. */
async function pauseUnlessSteered(
  { bus, pause }: ExchangeContext,
  { ms, for: waitedFor }: Extract<Step, { do: 'wait' }>,
  left: AbortSignal,
): Promise<boolean> {
  let chosen: string | undefined;
  const steered = new AbortController();
  const stop = bus.on((event) => {
    if (event.type !== 'provider-steer' || event.provider === 'auto') return;
    chosen = event.provider;
    steered.abort();
  });
  await pause(ms, AbortSignal.any([left, steered.signal]));
  stop();
  return chosen !== undefined && chosen !== waitedFor;
}

/** Gives the client Claude's answer, as without ccmux. */
function relay(the: Exchange, tried: Tried & Pick<Asked, 'reply' | 'held'>): Over {
  const { answering } = the;
  const { provider, failure, reply, held } = tried;
  const rawHeaders = isLongLimitOfCheck(the, tried) ? withoutRetry(reply!.rawHeaders) : reply!.rawHeaders;
  answering.commit(reply!.status, rawHeaders, true);
  for (const chunk of held) void answering.write(chunk);
  answering.end();
  const status = answeredStatus(failure);
  return { did: 'end', facts: { outcome: 'relayed', provider, ...(status !== undefined && { status }) } };
}

/** Longer than a user waits without a message. */
const LONG_MS = 60_000;

/**
 * Claude Code's safety check waits silently for a limit's `retry-after`, which may be an hour (2.1.330, with a login).
 * That would block a conversation that a fallback answers, so the client is told not to wait.
 */
function isLongLimitOfCheck({ context, request }: Exchange, { outcome }: Tried): boolean {
  const until = outcome.failure === 'rate_limit' ? outcome.cooldown?.until : undefined;
  const isLong = until !== undefined && until - context.now() > LONG_MS;
  return isLong && context.router.order().length > 1 && request.isSafetyCheck();
}

function withoutRetry(rawHeaders: readonly string[]): string[] {
  const kept = rawHeaders.filter((_, i) => rawHeaders[i - (i % 2)]!.toLowerCase() !== 'x-should-retry');
  return [...kept, 'x-should-retry', 'false'];
}

/** The facts of a final error with the providers' names. */
function describe({ tooLong, transient, untrusted, soonest, each, claude }: FinalFacts, router: Router) {
  const status = claude && answeredStatus(claude);
  return {
    tooLong,
    transient,
    untrusted,
    soonest,
    each: each.map(({ provider, ...facts }) => ({ ...facts, label: router.provider(provider).label })),
    claude: claude && status !== undefined ? { status, headers: claude.headers, body: claude.body } : undefined,
  };
}

/**
 * Reserves what a request may cost before the provider is asked, if there is a cap.
 * @returns false: there is no room. A promise only where the cap is shared with other machines.
 */
function reserve(the: Exchange, provider: Provider): true | Promise<boolean> {
  const { context, request, wanted } = the;
  if (!provider.paid || request.endpoint !== 'messages' || context.budget.cap() === undefined) return true;
  const estimate = estimateOf(context, wanted?.request ?? request.parsed(), provider);
  const hold = (reservation: Reservation | undefined) => {
    if (reservation) the.reserved = { ...estimate, ...reservation };
    return reservation !== undefined;
  };
  const reservation = context.budget.reserve(estimate.usd);
  return reservation instanceof Promise ? reservation.then(hold) : (hold(reservation), true);
}

/** A client that waits for a fallback must not take its silence for a dead connection. */
function keepAlive({ context, request, answering }: Exchange, wanted: boolean): void {
  const may = wanted && request.endpoint === 'messages' && request.parsed().stream === true;
  answering.keepAlive(may ? context.pings : undefined);
}
