import type { Failure } from '../errors.ts';
import type { ModelFamily, ProviderId, Reason, SkipReason } from '../events.ts';
import type { Verdict } from './handoff.ts';
import type { Paces } from './pace.ts';
import { choose, isTooDear } from './policy.ts';
import type { Candidate } from './policy.ts';
import { preferredOf, type Steering, type SwitchBack } from './steering.ts';
import type { RequestFacts } from './request-facts.ts';
import { cooldownOf } from './cooldown.ts';
import type { Way } from './ways.ts';
import type { Cooldowns } from './cooldown.ts';

/** What the session knows and the user set, at one moment: everything but the request that a choice depends on. */
export type Surroundings = {
  /** In the user's order, never empty. A provider's window depends on the model that is asked for. */
  order(model: string): readonly Candidate[];
  /** Providers that are not in that order: only a route that names them asks them. */
  routed?(model: string): readonly Candidate[];
  cooldowns: Cooldowns;
  steering: Steering;
  switchBack: SwitchBack;
  overBudget: ReadonlySet<ProviderId>;
  /** Of a request of a subagent, while they send more than so many a minute: `overBudget` then holds all paid fallbacks. */
  swarm?: number | undefined;
  /** For fallbacks that report how many requests they take in a minute. */
  paces: Paces;
  /** US dollars that a request may cost; absent: there is no cap. */
  budgetLeft?: number | undefined;
  /** False with `--no-failover`. */
  failover: boolean;
  /** Who is asked when nobody is available, where that is not the preferred one. */
  resort?: ProviderId | undefined;
  now: number;
};

/** The surroundings of one request, and what is known without parsing it. */
export type Situation = Surroundings & {
  /** Of the model that is asked for, where a search in the first bytes found it. */
  family: ModelFamily | undefined;
  /** The client asked for a stream, as far as a search can tell. */
  streaming: boolean;
  /** Pings have opened the client's stream, so a status can no longer be sent. */
  opened: boolean;
  /** `failover.retries`: how often a provider that hiccups is tried again. */
  retries: number;
  /** The client itself switches to another Claude model when this one is overloaded (see `client-switch.ts`). */
  clientSwitches?: boolean;
  /** From 0 to 1, for pauses that vary. */
  random: number;
  /** Present where the request may be auto mode's question about an action, by its headers. */
  safety?: Safety;
  times: Times;
  /** The user wants it to go a way of its own. */
  way?: Way | undefined;
  /** Whether another provider than Claude may answer; reads the request. Absent: the user has no rule for that. */
  handoff?: { verdict(): Verdict; consented: boolean };
};

/**
 * `failover.safetyChecks`: who judges what a fallback proposes in auto mode while Claude cannot. `ask`: the user is
 * asked. `claude`: only Claude, so Claude Code refuses the action. `other`: a provider that did not propose it.
 */
export type SafetyChecks = 'ask' | 'claude' | 'other';

/** What decides who may judge. */
export type Safety = {
  checks: SafetyChecks;
  /** Providers with calls whose results have not come back. */
  proposers: ReadonlySet<ProviderId>;
  /** Claude's last error that named a limit, and when that limit ends, epoch milliseconds. */
  claudeLimit: { failure: Failure; until: number } | undefined;
};

/** The time limits of one provider, milliseconds; 0: no limit. */
export type Limits = {
  /** Until a connection stands. */
  connect: number;
  /** Until the headers of a stream. */
  firstByte: number;
  /** Between two signs of life of a stream, before its first content. */
  silence: number;
  /** Until a stream's first content. */
  firstContent: number;
  /** For an answer in one piece, whose headers come when it is done. */
  whole: number;
  /** Between two signs of life behind the first content. */
  afterContent: number;
};

export const NO_LIMITS: Limits = { connect: 0, firstByte: 0, silence: 0, firstContent: 0, whole: 0, afterContent: 0 };

/** Milliseconds; 0: no limit. */
export type Times = {
  /** The longest wait for a limit to end. */
  waitUpTo: number;
  /** The longest wait for a fallback whose requests of this minute are used up. */
  queueUpTo: number;
  /** For Claude, which pings while it thinks, and for everybody else. */
  limits: { claude: Limits; others: Limits };
  /** For the body of an error: its status already says the most. */
  errorBody: number;
  /** How long a connection may stay open after a whole answer. */
  afterEnd: number;
  /** Before the one further try of a provider when nobody else is ready. */
  retryPause: number;
};

/** In the user's order, and behind it those that only a route asks. */
export function everybody({ order, routed }: Pick<Surroundings, 'order' | 'routed'>, model: string): Candidate[] {
  return [...order(model), ...(routed?.(model) ?? [])];
}

/** Who could answer beside a provider, now or later. */
function others(surroundings: Surroundings, provider: ProviderId): Candidate[] {
  if (isForOne(surroundings)) return [];
  return surroundings.order('').filter(({ id, ready }) => id !== provider && ready);
}

/** True if no other provider could answer: then everything is passed on as with plain `claude`. */
export function isAlone(surroundings: Surroundings, provider: ProviderId): boolean {
  return others(surroundings, provider).length === 0;
}

/** Somebody else could answer right now. */
export function hasReadyAlternative(surroundings: Surroundings, provider: ProviderId): boolean {
  const { cooldowns, now } = surroundings;
  return others(surroundings, provider).some(
    (other) => !isOver(surroundings, other) && cooldownOf(cooldowns, other.id, undefined, now) === undefined,
  );
}

/** Who is asked when no provider is available: the preferred one, so that ccmux is never worse than plain `claude`. */
export function lastResort(surroundings: Surroundings, request?: RequestFacts): ProviderId | undefined {
  const order = surroundings.order('');
  const first = surroundings.resort ?? preferredOf(order, surroundings.steering);
  const preferred = order.filter(({ id }) => id === first);
  const asked = isForOne(surroundings) ? preferred : [...preferred, ...order];
  return asked.find((one) => one.ready && !isOver(surroundings, one, request))?.id;
}

/** A request as far as it decides who can take it. */
export type RequestSize = Omit<RequestFacts, 'turn' | 'family'> & { model: string };

export type Next = {
  provider: ProviderId;
  /** Who has no cooldown and would be passed over all the same: the request is too dear or too long for it, say. */
  passedOver: { provider: ProviderId; reason: SkipReason; detail: Reason }[];
};

/**
 * Who would answer the main thread next; an estimate, since there is no request yet.
 * @param last the thread's last request: the next one holds all of it, and more.
 */
export function whoIsNext(
  surroundings: Surroundings,
  family: ModelFamily | undefined,
  last: RequestSize = NOTHING_YET,
): Next {
  const order = surroundings.order(last.model);
  const request = { ...last, turn: IN_THE_MIDDLE, family };
  const { candidates, skipped } = choose({ ...surroundings, order, request });
  const [first] = candidates;
  const passedOver = skipped.filter(
    ({ provider, reason }) => DEPENDS_ON_REQUEST.has(reason) && !candidates.includes(provider),
  );
  return { provider: first ?? lastResort(surroundings, request) ?? order[0]!.id, passedOver };
}

/** The limit that the main thread's next request would wait for in place of a failover. */
export function resetToWaitFor(
  { order, cooldowns, steering, now }: Surroundings,
  family: ModelFamily | undefined,
  waitUpTo: number,
): { provider: ProviderId; until: number; reason: Reason } | undefined {
  const provider = preferredOf(order(''), steering)!;
  const cooldown = cooldownOf(cooldowns, provider, family, now);
  if (cooldown === undefined || cooldown.until - now > waitUpTo) return undefined;
  return { provider, until: cooldown.until, reason: cooldown.reason };
}

/** Only one provider may be asked at all. */
function isForOne({ steering, failover }: Surroundings): boolean {
  return steering.pinned?.only === true || !failover;
}

/** It would cost more than the user allows; without a request: any request would. */
export function isOver(surroundings: Surroundings, { id, paid }: Candidate, request?: RequestFacts): boolean {
  if (!paid) return false;
  return surroundings.overBudget.has(id) || (request !== undefined && isTooDear(id, request, surroundings.budgetLeft));
}

const DEPENDS_ON_REQUEST: ReadonlySet<SkipReason> = new Set<SkipReason>(['budget', 'cannot_take', 'window']);

/** A request that starts no turn. */
const IN_THE_MIDDLE: RequestFacts['turn'] = {
  requestClass: 'main',
  thread: 'main',
  startsTurn: false,
  prompt: '',
  needsOwnThinking: false,
};

/** Before the first one: it asks nothing special. */
const NOTHING_YET: RequestSize = {
  model: '',
  needs: { tools: false, images: false, pdfs: false },
  inputTokens: () => 0,
  maxTokens: 0,
};
