import type { Config } from '../config/schema.ts';
import type { Failure } from '../errors.ts';
import type { Bus, EventOf, ModelFamily, ProviderId, Reason, Usage } from '../events.ts';
import { isBrief } from '../failover/hiccup.ts';
import { median } from '../failover/latency.ts';
import type { Outcome } from '../failover/outcome.ts';
import type { Candidate } from '../failover/policy.ts';
import { afterAnswer, type Steering } from '../failover/steering.ts';
import type { RequestFacts } from '../failover/request-facts.ts';
import { cooldownOf, freeFamilyOf, type Cooldowns } from '../failover/cooldown.ts';
import { resetToWaitFor, whoIsNext, type Next, type RequestSize, type Surroundings } from '../failover/situation.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from './budget.ts';
import { createLimits, createReadyTimer, type AskedModel, type Ledger } from './cooldowns.ts';
import { createPaces } from './paces.ts';

export type Router = {
  /** What the choice of a provider depends on at this moment. */
  surroundings(): Surroundings;
  provider(id: ProviderId): Provider;
  cooldowns(): Cooldowns;
  /** A request is on its way: it counts against the user's own limits, whatever becomes of it. */
  sent(provider: Provider): void;
  /** A request waits for its place with a provider until then; @returns gives the place back when the wait is over. */
  queue(provider: ProviderId, until: number): () => void;
  /** Which of a provider's keys is asked now; undefined: it has one. */
  keyFor(provider: Provider, family: ModelFamily | undefined): number | undefined;
  /** What a failure means, for now. */
  read(provider: Provider, failure: Failure, asked: AskedModel): Outcome;
  /** Records a failure, and returns its meaning. @param read what it means, where that is known already. */
  fail(provider: Provider, failure: Failure, asked: AskedModel, read?: Outcome): Outcome;
  /** Claude's last error that named a limit, and when that limit ends. */
  claudeLimit(): { failure: Failure; until: number } | undefined;
  /** Learns limits from an answer's headers. */
  observe(provider: Provider, headers: Record<string, string>): void;
  /** Learns from an answer; emits `provider-switch` when the main thread changed hands. */
  answer(facts: AnswerFacts): void;
  /** `ccmux use`: prefers a provider from the next request on. @returns an error for a person, or undefined. */
  use(provider: ProviderId | 'auto', only: boolean): string | undefined;
  steering(): Steering;
  /** The provider that answers the main thread now, estimated without a request. */
  whoIsNext(): Next;
  /**
   * A request of the main thread is over, however it ended: the next one will be like it.
   * @param read called once, if it matters.
   */
  met(read: () => RequestSize): void;
  /** The limit that the main thread's next request would wait for. */
  resetToWaitFor(): ReturnType<typeof resetToWaitFor>;
  /** The family of the model that the main thread last asked for: whose limits matter to the user now. */
  family(): ModelFamily | undefined;
  order(): readonly Provider[];
  close(): void;
};

export type AnswerFacts = {
  exchange: number;
  provider: Provider;
  /** Which of its keys it was asked with. */
  key?: number | undefined;
  family: ModelFamily | undefined;
  thread: RequestFacts['turn']['thread'];
  startsTurn: boolean;
  /** Time of the attempt that answered. */
  ms: number;
  usage: Usage | undefined;
  /** What it was expected to cost, where there is a cap. */
  cost?: EventOf<'provider-switch'>['cost'];
  /** The user's rules sent it this way: the session stays where it is. */
  moved?: boolean;
  /** How well it could be handed over, where that is worth a word. */
  fitness?: EventOf<'provider-switch'>['fitness'];
  /** How many passages of Claude's thinking it was given in this turn. */
  thoughts?: number;
  /** Who could not answer in this exchange, and why. */
  reasons: ReadonlyMap<ProviderId, Reason>;
};

/** The session's memory: the provider in use, the user's choice, what was learnt. `failover/plan.ts` decides with it. */
export function createRouter(input: {
  /** In the user's order, the preferred first; behind it those that only a route asks. */
  providers: Provider[];
  config: Config;
  ledger: Ledger;
  budget: Budget;
  bus: Bus;
  now: () => number;
  /** Takes secrets out of a host's own words. */
  redact: (text: string) => string;
}): Router {
  const { providers, config, ledger, budget, bus, now } = input;
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const paces = createPaces(now);
  const limits = createLimits({ ...input, paces });
  const preferred = providers[0]!.id;
  let steering: Steering = {};
  /** Who answered the main thread last, which model family it asked for, and whether `use` was said since. */
  let last: ProviderId = preferred;
  let family: ModelFamily | undefined;
  let steered = false;
  /** When the main thread's provider of first choice answered last: its prompt cache is warm for a while. */
  let homeAt: number | undefined;
  /** The main thread has left it for a moment, and whether for a hiccup rather than for a limit that is soon over. */
  let leftBriefly = false;
  let hiccuped = false;
  /** The main thread's last change of hands was a move by the user's rules. */
  let movedAway = false;
  let lastRequest: (() => RequestSize) | undefined;
  let claudeLimit: { failure: Failure; until: number } | undefined;
  const readyTimer = createReadyTimer({
    cooldowns: limits.cooldowns,
    now,
    onReady: () => {
      if (last !== preferred) bus.emit({ type: 'provider-ready', provider: preferred });
    },
  });

  /** The user has taken it out of the order while the session runs. */
  const isTakenOut = (id: ProviderId) => config.order !== undefined && !config.order.includes(id);
  const isOver = (provider: Provider) => provider.paid && budget.isOver();
  const [ordered, routed] = [providers.filter((one) => !one.routed), providers.filter((one) => one.routed)];
  const surroundings = (): Surroundings => {
    const candidates = new Map<string, Candidate[]>();
    return {
      order(model) {
        const known =
          candidates.get(model) ?? ordered.map((provider) => toCandidate(provider, model, isTakenOut(provider.id)));
        candidates.set(model, known);
        return known;
      },
      routed: (model) => routed.map((provider) => toCandidate(provider, model, false)),
      cooldowns: limits.cooldowns(),
      steering,
      switchBack: config.switchBack,
      overBudget: new Set(providers.filter(isOver).map(({ id }) => id)),
      paces: paces.known(),
      budgetLeft: budget.left(),
      failover: config.failover.enabled,
      now: now(),
    };
  };

  return {
    surroundings,
    provider: (id) => byId.get(id)!,
    cooldowns: limits.cooldowns,
    sent(provider) {
      ledger.count(provider.id, { requests: 1, tokens: 0 });
      paces.sent(provider);
    },
    queue: paces.queue,
    keyFor: limits.keyFor,
    read: limits.read,
    fail(provider, failure, asked, read) {
      const outcome = limits.fail(provider, failure, asked, read);
      if (provider.id === preferred) readyTimer.arm(preferred, asked.family);
      if (provider.own && outcome.failure === 'rate_limit' && outcome.cooldown) {
        claudeLimit = { failure, until: outcome.cooldown.until };
      }
      return outcome;
    },
    claudeLimit: () => claudeLimit,
    observe: limits.observe,
    answer(facts) {
      const { provider, thread, startsTurn, ms, usage } = facts;
      const cooling = limits.cooldowns();
      limits.succeed(provider, facts.family, facts.key);
      if (usage)
        ledger.count(provider.id, {
          requests: 0,
          tokens: Object.values(usage).reduce((sum, tokens) => sum + tokens, 0),
        });
      if (thread === 'main') {
        family = facts.family;
        tellSwitch(facts, cooling);
        // Side requests go to smaller models: their times would make the usual look better than it is.
        ledger.addSample(provider.id, ms);
        last = provider.id;
        steered = false;
        if (last !== preferred) readyTimer.arm(preferred, family);
      }
      const warmUntil = warmth(facts, cooling);
      if (facts.moved) return;
      steering = afterAnswer(steering, { thread, startsTurn, provider: provider.id, preferred, warmUntil });
    },
    use(id, only) {
      if (id !== 'auto') {
        const provider = byId.get(id);
        if (!provider)
          return `no provider '${id}' in this session, which has ${providers.map((known) => known.id).join(', ')}.`;
        if (provider.routed)
          return `${id} is not in your order: only your route asks it. To choose it, add it to the order and start again`;
        if (provider.keySource === undefined)
          return `${id} has no key: set ${provider.keyVariables.join(' or ')} and start again`;
        if (isOver(provider))
          return `${id} is over your budget: raise budget.perSession or budget.perDay, or lift it for this session: ccmux budget +5`;
        limits.forget(provider);
      }
      steering =
        id === 'auto' ? {} : { pinned: { provider: id, only }, ...(steering.serving && { serving: steering.serving }) };
      steered = true;
      bus.emit({ type: 'provider-steer', provider: id, only });
      return undefined;
    },
    steering: () => steering,
    whoIsNext: () => whoIsNext(surroundings(), family, lastRequest?.()),
    met(read) {
      let known: RequestSize | undefined;
      lastRequest = () => (known ??= countedOnce(read()));
    },
    resetToWaitFor: () => resetToWaitFor(surroundings(), family, config.failover.waitUpTo),
    family: () => family,
    order: () => providers,
    close: readyTimer.close,
  };

  /** How long the provider of first choice keeps what it knows of the conversation, where it was left for a hiccup. */
  function warmth({ provider, thread, family: asked, ms }: AnswerFacts, cooling: Cooldowns): number | undefined {
    if (thread !== 'main') return undefined;
    const home = steering.pinned?.provider ?? preferred;
    if (provider.id === home) {
      homeAt = now();
      leftBriefly = false;
      hiccuped = false;
      return undefined;
    }
    const cooldown = cooldownOf(cooling, home, asked, now());
    const leftAt = now() - ms;
    if (cooldown) leftBriefly = isBrief(cooldown, leftAt);
    if (cooldown) hiccuped = leftBriefly && cooldown.failure !== 'rate_limit';
    return leftBriefly ? (homeAt ?? leftAt) + PROMPT_CACHE_MS : undefined;
  }

  function rank(id: ProviderId): number {
    return providers.findIndex((provider) => provider.id === id);
  }

  /** Another provider than before, or than the user chose, has answered the main thread. */
  function tellSwitch(facts: AnswerFacts, cooling: Cooldowns): void {
    const { exchange, provider, ms, reasons, cost, family: asked, fitness, thoughts = 0 } = facts;
    const home = steering.pinned?.provider ?? preferred;
    const expected = steered ? home : last;
    const asWished = provider.id === expected;
    if (asWished && provider.id === last) return;
    const from = asWished ? last : expected;
    const cooldown = cooldownOf(cooling, from, asked, now());
    const why = reasons.get(from) ?? cooldown?.reason;
    // Moving up the order without a failure is a switch back, not a failover.
    const returns = provider.id === home || (why === undefined && rank(provider.id) < rank(from));
    const isMove = facts.moved === true && reasons.size === 0;
    const cause = isMove ? 'move' : asWished ? 'steer' : returns ? 'back' : 'failover';
    // It comes back from where it was sent, not from where it could not stay.
    const isBrief = cause === 'back' && (hiccuped || movedAway);
    movedAway = isMove;
    const usualMs = median(ledger.samples(from));
    const free = cause === 'failover' ? freeFamilyOf(cooling, from, asked, now()) : undefined;
    bus.emit({
      type: 'provider-switch',
      exchange,
      from,
      to: provider.id,
      cause,
      ms,
      ...(cause === 'failover' && why !== undefined && { reason: why }),
      ...(usualMs !== undefined && { usualMs }),
      ...(cost && { cost }),
      ...(cooldown && { backAt: cooldown.until }),
      ...(byId.get(from)?.own && free && { family: free }),
      ...(isBrief && { brief: true }),
      ...(fitness && { fitness }),
      ...(thoughts > 0 && { thoughts }),
      ...(cause === 'steer' && steering.pinned?.only && { only: true }),
    });
  }
}

/** The footer asks every few seconds, and to count a long conversation takes milliseconds. */
function countedOnce(request: RequestSize): RequestSize {
  const once = (count: (id: ProviderId) => number) => {
    const known = new Map<ProviderId, number>();
    return (id: ProviderId) => {
      const amount = known.get(id) ?? count(id);
      known.set(id, amount);
      return amount;
    };
  };
  const { inputTokens, costUsd } = request;
  return { ...request, inputTokens: once(inputTokens), ...(costUsd && { costUsd: once(costUsd) }) };
}

/** How long Claude keeps a prompt unless it is asked again (platform docs, prompt caching). */
const PROMPT_CACHE_MS = 5 * 60_000;

const TAKEN_OUT = { kind: 'setup', text: 'no longer in your order' } as const;

function toCandidate(provider: Provider, model: string, isTakenOut: boolean): Candidate {
  const { id, own, routed = false, paid, translated, capabilities } = provider;
  const { contextWindow, maxOutput, maxTools } = provider.limitsOf(provider.modelFor(model));
  const ready = provider.keySource !== undefined && !isTakenOut;
  const noKey = { kind: 'no-key', variables: provider.keyVariables } as const;
  const notReady = ready ? {} : { notReady: isTakenOut ? TAKEN_OUT : noKey };
  const facts = { paid, translated, capabilities, web: provider.web?.(), contextWindow, maxOutput, maxTools };
  return { id, own, routed, ready, ...notReady, ...facts };
}
