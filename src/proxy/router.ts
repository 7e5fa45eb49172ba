import type { Config } from '../config/schema.ts';
import type { Failure } from '../errors.ts';
import type { Bus, ModelFamily, ProviderId, QuotaWindow, Usage } from '../events.ts';
import { median } from '../failover/latency.ts';
import { readOutcome, type Outcome } from '../failover/outcome.ts';
import {
  afterAnswer,
  choose,
  mayForwardUnread,
  type Candidate,
  type Choice,
  type RequestFacts,
  type Steering,
} from '../failover/policy.ts';
import { readQuota, readQuotaError } from '../failover/quota.ts';
import { restOf, soonestReset, streakOf, withRest, withSuccess, type Rests } from '../failover/rest.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from './budget.ts';

/** What sessions share and keep: `report/shared-state.ts` is the real one. */
export type Ledger = {
  rests(): Rests;
  setRests(provider: ProviderId, rests: Rests[ProviderId] & {}): void;
  samples(provider: ProviderId): readonly number[];
  addSample(provider: ProviderId, ms: number): void;
  count(provider: ProviderId, amount: { requests: number; tokens: number }): void;
  counted(provider: ProviderId, limits: Config['providers'][string]['limits'] & {}): QuotaWindow[];
  setWindows(provider: ProviderId, windows: QuotaWindow[]): void;
};

export type Router = {
  /** Whom to ask before the body has been read; undefined where the decision needs the body. */
  unread(family: ModelFamily | undefined): Provider | undefined;
  /** Who may answer this request, best first, without those that were tried already. */
  candidates(request: RequestFacts, tried: ReadonlySet<ProviderId>): { chosen: Provider[]; skipped: Choice['skipped'] };
  /** Who is asked when nobody is ready: the preferred one, so that ccmux is never worse than plain `claude`. */
  lastResort(): Provider | undefined;
  /** Nobody else could answer at all, now or later: then everything is relayed as with plain `claude`. */
  isAlone(provider: ProviderId): boolean;
  /** Somebody else could answer right now. */
  hasReadyAlternative(provider: ProviderId): boolean;
  /** When the first resting provider is back, epoch milliseconds. */
  soonestReset(): number | undefined;
  /** Learns from a failure, and says what it means. */
  fail(provider: Provider, failure: Failure, family: ModelFamily | undefined): Outcome;
  /** Learns limits from an answer's headers. */
  observe(provider: Provider, headers: Record<string, string>): void;
  /** Learns from an answer; emits `provider-switch` when the main thread changed hands. */
  answer(facts: AnswerFacts): void;
  /** `ccmux use`: prefers a provider from the next request on. @returns an error for a person, or undefined. */
  use(provider: ProviderId | 'auto', only: boolean): string | undefined;
  steering(): Steering;
  /** Who answers the main thread now, as far as it can be told without a request. */
  whoIsNext(): ProviderId;
  order(): readonly Provider[];
  close(): void;
};

export type AnswerFacts = {
  exchange: number;
  provider: Provider;
  family: ModelFamily | undefined;
  thread: RequestFacts['turn']['thread'];
  /** Time of the attempt that answered. */
  ms: number;
  usage: Usage | undefined;
  /** Why the provider that was asked first in this exchange could not. */
  reason: string | undefined;
};

/** The pure policy, with this session's memory: who serves, who rests, what was learnt. */
export function createRouter(input: {
  /** In the user's order, the preferred first. */
  providers: Provider[];
  config: Config;
  ledger: Ledger;
  budget: Budget;
  bus: Bus;
  now: () => number;
}): Router {
  const { providers, config, ledger, budget, bus, now } = input;
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const order: Candidate[] = providers.map(toCandidate);
  const preferred = providers[0]!.id;
  let steering: Steering = {};
  let steered = false;
  let readyTimer: NodeJS.Timeout | undefined;

  const rests = (): Rests => {
    const known = ledger.rests();
    const full = providers.flatMap((provider) =>
      fullWindows(provider.id).map((window) => [provider.id, window] as const),
    );
    return full.reduce(
      (all, [id, window]) =>
        withRest(all, id, {
          until: window.resetAt!,
          failure: 'rate_limit',
          reason: `your limit of ${window.name}`,
          streak: 0,
        }),
      known,
    );
  };
  const fullWindows = (provider: ProviderId): QuotaWindow[] => {
    const limits = config.providers[provider]?.limits;
    if (!limits) return [];
    return ledger.counted(provider, limits).filter((window) => (window.used ?? 0) >= 1 && window.resetAt !== undefined);
  };
  const situation = () => ({
    order,
    rests: rests(),
    steering,
    switchBack: config.switchBack,
    overBudget: new Set(
      providers.filter((provider) => provider.paid && budget.isOver()).map((provider) => provider.id),
    ),
    failover: config.failover.enabled,
    now: now(),
  });
  const others = (provider: ProviderId): Provider[] => {
    if (!config.failover.enabled || steering.pinned?.only) return [];
    return providers.filter((other) => other.id !== provider && other.keySource !== undefined);
  };
  const tellWhenReady = (provider: ProviderId, until: number) => {
    if (provider !== preferred) return;
    clearTimeout(readyTimer);
    // Longer waits than a timer can hold are looked at again when it fires.
    readyTimer = setTimeout(
      () => {
        const rest = restOf(ledger.rests(), provider, undefined, now());
        if (rest) tellWhenReady(provider, rest.until);
        else if (steering.serving !== undefined && steering.serving !== provider)
          bus.emit({ type: 'provider-ready', provider });
      },
      Math.min(Math.max(until - now(), 0) + 50, 2 ** 31 - 1),
    );
    readyTimer.unref();
  };

  return {
    unread(family) {
      return mayForwardUnread({ ...situation(), ...(family && { family }) }) ? providers[0] : undefined;
    },
    candidates(request, tried) {
      const choice = choose({ ...situation(), request });
      const chosen = choice.candidates.filter(({ id }) => !tried.has(id)).map(({ id }) => byId.get(id)!);
      return { chosen, skipped: choice.skipped.filter(({ provider }) => !tried.has(provider)) };
    },
    lastResort() {
      const first = steering.pinned?.provider ?? preferred;
      return [byId.get(first)!, ...providers].find((provider) => provider.keySource !== undefined);
    },
    isAlone: (provider) => others(provider).length === 0,
    hasReadyAlternative(provider) {
      const resting = rests();
      return others(provider).some(({ id }) => !restOf(resting, id, undefined, now()));
    },
    soonestReset: () => soonestReset(rests(), providers.map(({ id }) => id), now()), // prettier-ignore
    fail(provider, failure, family) {
      const outcome = readOutcome(failure, {
        now: now(),
        streak: streakOf(ledger.rests(), provider.id, family),
        on: config.failover.on,
        fallback: !provider.own,
        timeoutMs: config.failover.firstByteTimeoutMs,
        ...(family && { family }),
      });
      const windows = [
        ...readQuota(provider.wire, failure.headers, now()),
        ...readQuotaError(provider.wire, failure.body, now()),
      ];
      learnWindows(provider.id, windows);
      if (outcome.rest) {
        const { until, family: scope } = outcome.rest;
        const streak = streakOf(ledger.rests(), provider.id, family) + 1;
        const rest = {
          until,
          failure: outcome.failure,
          reason: outcome.reason,
          streak,
          ...(scope && { family: scope }),
        };
        ledger.setRests(provider.id, withRest(ledger.rests(), provider.id, rest)[provider.id] ?? []);
        bus.emit({
          type: 'provider-rest',
          provider: provider.id,
          until,
          failure: outcome.failure,
          reason: outcome.reason,
          ...(scope && { family: scope }),
        });
        tellWhenReady(provider.id, until);
      }
      return outcome;
    },
    observe(provider, headers) {
      learnWindows(provider.id, readQuota(provider.wire, headers, now()));
    },
    answer({ exchange, provider, family, thread, ms, usage, reason }) {
      const before = steering.serving ?? preferred;
      const rested = restOf(ledger.rests(), before, family, now());
      ledger.setRests(provider.id, withSuccess(ledger.rests(), provider.id, family)[provider.id] ?? []);
      const tokens = usage
        ? usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
        : 0;
      ledger.count(provider.id, { requests: 1, tokens });
      steering = afterAnswer(steering, { thread, provider: provider.id, preferred, switchBack: config.switchBack });
      if (thread === 'main' && before !== provider.id) {
        const cause = steered ? 'steer' : provider.id === preferred ? 'back' : 'failover';
        const usualMs = median(ledger.samples(before));
        const why = reason ?? rested?.reason;
        bus.emit({
          type: 'provider-switch', exchange, from: before, to: provider.id, cause, ms,
          ...(cause === 'failover' && why !== undefined && { reason: why }),
          ...(usualMs !== undefined && { usualMs }),
          ...(rested && { backAt: rested.until }),
        }); // prettier-ignore
      }
      if (thread === 'main') {
        steered = false;
        // Side requests go to smaller models: their times would make the usual look better than it is.
        ledger.addSample(provider.id, ms);
      }
    },
    use(id, only) {
      if (id !== 'auto') {
        const provider = byId.get(id);
        if (!provider)
          return `no provider '${id}' in this session; it has ${providers.map((known) => known.id).join(', ')}`;
        if (provider.keySource === undefined)
          return `${id} has no key: set ${provider.keyVariables.join(' or ')} and start again`;
        // Who asks for a provider by name knows more than a rest does (a limit raised, credit bought).
        ledger.setRests(id, []);
      }
      steering =
        id === 'auto' ? {} : { pinned: { provider: id, only }, ...(steering.serving && { serving: steering.serving }) };
      steered = true;
      bus.emit({ type: 'provider-steer', provider: id, only });
      return undefined;
    },
    steering: () => steering,
    whoIsNext: () => choose({ ...situation(), request: IN_THE_MIDDLE }).candidates[0]?.id ?? preferred,
    order: () => providers,
    close() {
      clearTimeout(readyTimer);
    },
  };

  function learnWindows(provider: ProviderId, windows: QuotaWindow[]): void {
    if (windows.length === 0) return;
    ledger.setWindows(provider, windows);
    bus.emit({ type: 'quota-read', provider, windows });
  }
}

/** A request that asks nothing special and starts no turn. */
const IN_THE_MIDDLE: RequestFacts = {
  turn: { thread: 'main', startsTurn: false, insideToolLoop: true, prompt: '', needsOwnThinking: false },
  needs: { tools: false, images: false, pdfs: false },
  inputTokens: () => 0,
  maxTokens: 0,
};

function toCandidate(provider: Provider): Candidate {
  const { contextWindow, maxOutput } = provider.limitsOf(provider.modelFor(''));
  const { id, paid, translated, capabilities } = provider;
  const ready = provider.keySource !== undefined;
  return {
    id,
    ready,
    paid,
    translated,
    capabilities,
    contextWindow,
    maxOutput,
    ...(!ready && { notReady: `no key (${provider.keyVariables.join(' or ')})` }),
  };
}
