import type { RequestFacts } from './request-facts.ts';
import type { ModelFamily, ProviderId, Reason, SkipReason } from '../events.ts';
import { cooldownOf } from './cooldown.ts';
import type { Cooldowns } from './cooldown.ts';
import { webLack, type WebAbility, type WebLack } from '../ground/web.ts';
import { preferredOf, type Steering, type SwitchBack } from './steering.ts';

/** A provider of the order: the facts that the choice depends on. */
export type Candidate = {
  id: ProviderId;
  /** It has a key and is set up. */
  ready: boolean;
  /** Why not. */
  notReady?: Reason;
  paid: boolean;
  translated: boolean;
  /** The user's own Claude, which the client believes it talks to. */
  own?: boolean;
  /** Not in the user's order: only a route that names it asks it. */
  routed?: boolean;
  capabilities: { tools: boolean; images: boolean; pdfs: boolean };
  /** What it can do with the web by itself; absent: nothing. */
  web?: WebAbility | 'off' | undefined;
  /** Tokens. */
  contextWindow: number;
  maxOutput: number;
  /** The most tools that a request may declare; absent: no limit is known. */
  maxTools?: number | undefined;
};

export type Choice = {
  /**
   * The providers to ask, in this order. Last come those that cannot take the request's images or PDFs, which become
   * notes, or all of its tools, so that some are left out, or that have no web search, which then fails.
   */
  candidates: ProviderId[];
  /** The providers that were passed over, each with its reason; in the order of the configuration. */
  skipped: { provider: ProviderId; reason: SkipReason; detail: Reason; until?: number }[];
};

type Situation = {
  /** In the user's order, never empty. */
  order: readonly Candidate[];
  cooldowns: Cooldowns;
  steering: Steering;
  switchBack: SwitchBack;
  overBudget: ReadonlySet<ProviderId>;
  /** They are over it because subagents send more than so many requests a minute. */
  swarm?: number | undefined;
  /** US dollars that a request may cost; absent: there is no cap. */
  budgetLeft?: number | undefined;
  /** False with `--no-failover`. */
  failover: boolean;
  now: number;
};

/** Estimates can be off by a tenth: near the limit the provider is asked, and refuses what is too long. */
const WINDOW_MARGIN = 0.9;
/** Tokens that an answer needs at least; the codec lowers the request's own cap to what is left of the window. */
const LEAST_ROOM = 4_096;

/**
 * Which providers are asked, in which order. If `candidates` is empty, no provider is available; the caller then asks
 * the preferred one all the same, so that ccmux is never worse than plain `claude`.
 */
export function choose(input: Situation & { request: RequestFacts }): Choice {
  const sole = soleProvider(input);
  const skipped: Choice['skipped'] = [];
  const able: ProviderId[] = [];
  const unable: { id: ProviderId; lack: Reason }[] = [];
  const wanted = sequence(input);

  for (const candidate of wanted) {
    const { id } = candidate;
    if (sole !== undefined && id !== sole) {
      if (input.steering.pinned?.only === true) {
        skipped.push({ provider: id, reason: 'not_chosen', detail: { kind: 'not-chosen', only: sole } });
      }
      continue;
    }
    const skip = skipOf(candidate, input, sole);
    if (skip !== undefined) {
      skipped.push({ provider: id, ...skip });
      continue;
    }
    const lack = lackOf(candidate, input);
    if (lack === undefined) able.push(id);
    else unable.push({ id, lack });
  }
  if (able.length > 0) {
    for (const { id, lack } of unable) skipped.push({ provider: id, reason: 'cannot_take', detail: lack });
  }
  const place = new Map(input.order.map((candidate, index) => [candidate.id, index]));
  return {
    candidates: [...able, ...unable.map(({ id }) => id)],
    skipped: skipped.toSorted((a, b) => (place.get(a.provider) ?? 0) - (place.get(b.provider) ?? 0)),
  };
}

/** The one provider that may be asked at all, with `--only` and `--no-failover`. */
function soleProvider({ order, steering, failover }: Situation): ProviderId | undefined {
  return steering.pinned?.only === true || !failover ? preferredOf(order, steering) : undefined;
}

/** All providers, the one to be asked first in front. */
function sequence(input: Situation & { request: RequestFacts }): Candidate[] {
  const { order, steering, request } = input;
  const fromTop = toFront(order, preferredOf(order, steering));
  const { serving } = steering;
  if (serving === undefined) return fromTop;
  if (request.turn.needsOwnThinking) {
    // Claude would refuse to go on from another model's step, so any other available provider goes on and Claude comes
    // last.
    const others = fromTop.filter((candidate) => candidate.translated);
    const adapted = fromTop.filter((candidate) => !candidate.translated);
    return toFront([...others, ...adapted], serving);
  }
  const newlyPinned = steering.pinned !== undefined && steering.pinTried !== true;
  return stays(input) && !newlyPinned ? toFront(fromTop, serving) : fromTop;
}

/** True while the session stays with the provider that serves it. */
function stays(input: Situation & { request: RequestFacts }): boolean {
  const { turn } = input.request;
  switch (input.switchBack) {
    case 'turn':
      return !(turn.thread === 'main' && (turn.startsTurn || isBackFromHiccup(input)));
    case 'manual':
      return true;
    case 'immediate':
      return false;
  }
}

function isBackFromHiccup({
  order,
  steering,
  cooldowns,
  request,
  now,
}: Situation & { request: RequestFacts }): boolean {
  if (steering.warmUntil === undefined || now >= steering.warmUntil) return false;
  return cooldownOf(cooldowns, preferredOf(order, steering)!, request.family, now) === undefined;
}

function toFront(order: readonly Candidate[], first: ProviderId | undefined): Candidate[] {
  return [...order.filter(({ id }) => id === first), ...order.filter(({ id }) => id !== first)];
}

type Skip = { reason: SkipReason; detail: Reason; until?: number };

function skipOf(
  candidate: Candidate,
  { order, cooldowns, overBudget, swarm, budgetLeft, request, now }: Situation & { request: RequestFacts },
  sole: ProviderId | undefined,
): Skip | undefined {
  const { id, ready, notReady, contextWindow, capabilities, translated } = candidate;
  if (!ready) return { reason: 'no_key', detail: notReady ?? { kind: 'no-key', variables: [] } };
  if (candidate.paid && overBudget.has(id)) {
    return {
      reason: 'budget',
      detail: swarm === undefined ? { kind: 'over-budget' } : { kind: 'swarm', perMinute: swarm },
    };
  }
  if (candidate.paid && isTooDear(id, request, budgetLeft)) {
    const cost = { needsUsd: request.costUsd!(id), leftUsd: Math.max(budgetLeft!, 0) };
    return { reason: 'budget', detail: { kind: 'over-budget', ...cost } };
  }
  // The user wants only this provider: it is asked whatever its state, and reports its own limits.
  if (id === sole) return undefined;
  const cooldown = cooldownOf(cooldowns, id, request.family, now);
  if (cooldown !== undefined) return { reason: 'cooldown', detail: cooldown.reason, until: cooldown.until };
  // Never skip Claude for size or capabilities: the request was made for it, and it reports its own limits.
  if (id === order[0]?.id && !translated) return undefined;
  if (request.needs.tools && !capabilities.tools) {
    return { reason: 'cannot_take', detail: { kind: 'cannot-take', what: ['tools'] } };
  }
  const tokens = request.inputTokens(id);
  if (roomIn(candidate, tokens * WINDOW_MARGIN, request.maxTokens) < 0) {
    return { reason: 'window', detail: { kind: 'small-window', fits: contextWindow, tokens } };
  }
  return undefined;
}

/** What is left of a model's window beside a request and the least answer, tokens. */
export function roomIn(
  { contextWindow, maxOutput }: Pick<Candidate, 'contextWindow' | 'maxOutput'>,
  tokens: number,
  maxTokens: number,
): number {
  return contextWindow - tokens - Math.min(maxTokens, maxOutput, LEAST_ROOM);
}

/** This one request would cost more than is left of the user's budget. */
export function isTooDear(id: ProviderId, request: RequestFacts, budgetLeft: number | undefined): boolean {
  return budgetLeft !== undefined && (request.costUsd?.(id) ?? 0) > budgetLeft;
}

/** The parts of the request that a provider cannot take. */
function lackOf(candidate: Candidate, input: Situation & { request: RequestFacts }): Reason | undefined {
  const { capabilities, maxTools = Infinity } = candidate;
  const { needs, toolCount = 0 } = input.request;
  const lacks: ('images' | 'PDFs' | 'web searches' | 'web pages')[] = [];
  if (needs.images && !capabilities.images) lacks.push('images');
  if (needs.pdfs && !capabilities.pdfs) lacks.push('PDFs');
  const web = needs.web?.only ? webLackOf(candidate, input.request) : undefined;
  if (web !== undefined) lacks.push(web === 'fetch' ? 'web pages' : 'web searches');
  if (lacks.length > 0) return { kind: 'cannot-take', what: lacks };
  // A provider that serves a turn without some of its tools goes on: switching models inside the turn would cost more.
  const serves = candidate.id === input.steering.serving && stays(input);
  return toolCount > maxTools && !serves ? { kind: 'too-many-tools', asked: toolCount, takes: maxTools } : undefined;
}

/** What keeps a provider from the web tools that a request asks for. Claude has them all. */
export function webLackOf({ own, web }: Candidate, { needs }: RequestFacts): WebLack | undefined {
  return own === true || needs.web === undefined ? undefined : webLack(web, needs.web);
}

/**
 * True if the first of the order may be asked before the body is parsed, because the choice does not depend on the
 * request.
 * @param input.family of the asked model, where a search in the first bytes found it; unknown, any cooldown counts.
 */
export function mayForwardUnread(input: Situation & { family?: ModelFamily | undefined }): boolean {
  const { order, cooldowns, steering, overBudget, budgetLeft, failover, family, now } = input;
  const first = order[0];
  if (first === undefined || !first.ready || first.translated) return false;
  // The cost depends on the request.
  if (first.paid && (overBudget.has(first.id) || budgetLeft !== undefined)) return false;
  if (preferredOf(order, steering) !== first.id) return false;
  if (!failover || steering.pinned?.only === true) return true;
  if (steering.serving !== undefined && steering.serving !== first.id) return false;
  if (family !== undefined) return cooldownOf(cooldowns, first.id, family, now) === undefined;
  return (cooldowns[first.id] ?? []).every((cooldown) => cooldown.until <= now);
}
