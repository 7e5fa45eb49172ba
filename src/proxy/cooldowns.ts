import type { Config } from '../config/schema.ts';
import type { Failure } from '../errors.ts';
import type { Bus, ModelFamily, ProviderId, QuotaWindow } from '../events.ts';
import { clockOf } from '../failover/clock.ts';
import { readRetryAfter } from '../failover/moments.ts';
import { readOutcome, type Outcome } from '../failover/outcome.ts';
import { readQuota, readQuotaError } from '../failover/quota.ts';
import {
  currentRests,
  FAMILIES,
  restOf,
  setupOf,
  streakOf,
  withRest,
  withSuccess,
  type Rest,
  type Rests,
} from '../failover/cooldown.ts';
import type { Provider } from '../providers/provider.ts';
import { createDeadlines } from './deadlines.ts';
import type { PaceMemory } from './paces.ts';

/** What sessions share and keep: `state/shared-state.ts` is the real one. */
export type Ledger = {
  rests(): Rests;
  setRests(provider: ProviderId, rests: Rests[ProviderId] & {}): void;
  samples(provider: ProviderId): readonly number[];
  addSample(provider: ProviderId, ms: number): void;
  count(provider: ProviderId, amount: { requests: number; tokens: number }): void;
  counted(provider: ProviderId, limits: Config['providers'][string]['limits'] & {}): QuotaWindow[];
  setWindows(provider: ProviderId, windows: QuotaWindow[]): void;
};

/** Who rests, for how long and why: what failures, limit headers and the user's own limits say. */
export type Limits = {
  /** All rests, those that come from a limit of the user's included. */
  rests(): Rests;
  /** What a failure means. @param asked for which models: Claude's family, the host's name. */
  read(provider: Provider, failure: Failure, asked: AskedModel): Outcome;
  /** Learns from a failure, and says what it means. */
  fail(provider: Provider, failure: Failure, asked: AskedModel): Outcome;
  /** An answer ends the rests of its model's family. */
  succeed(provider: ProviderId, family: ModelFamily | undefined): void;
  /** Who asks for a provider by name knows more than a rest does (a limit raised, credit bought). */
  forget(provider: ProviderId): void;
  /** Learns limits from an answer's headers. */
  observe(provider: Provider, headers: Record<string, string>): void;
};

/** The model that a request asked a provider for. */
export type AskedModel = {
  family: ModelFamily | undefined;
  model?: string | undefined;
  /** An overload says nothing of the other models: the client goes to one of them by itself. */
  alone?: boolean;
};

export function createLimits(input: {
  providers: readonly Provider[];
  config: Config;
  ledger: Ledger;
  bus: Bus;
  now: () => number;
  /** Takes secrets out of a host's own words. */
  redact: (text: string) => string;
  paces: PaceMemory;
  /** Milliseconds that only ever grow. */
  elapsed?: () => number;
}): Limits {
  const { providers, config, ledger, bus, now, redact, paces, elapsed = () => performance.now() } = input;
  const unended = createDeadlines(elapsed);
  const ids = providers.map(({ id }) => id);

  function rests(): Rests {
    return ids.reduce((all, id) => {
      const limits = config.providers[id]?.limits;
      const full = limits ? ledger.counted(id, limits).filter(({ used = 0 }) => used >= 1) : [];
      return full.reduce((known, { name, resetAt }) => {
        const rest = {
          until: resetAt ?? 0,
          failure: 'rate_limit',
          reason: { kind: 'own-limit', window: name },
          streak: 0,
        } as const;
        return withRest(known, id, rest);
      }, all);
    }, known());
  }

  /** What failures have taught, as far as it holds. */
  function known(): Rests {
    return unended(currentRests(ledger.rests(), now(), isSetUp), now());
  }

  /** Whether what could not be had is still what a provider would be asked for. */
  function isSetUp(id: ProviderId, { setup, family }: Rest): boolean {
    const provider = providers.find((one) => one.id === id);
    const models = family === undefined ? [...FAMILIES, ''] : [family];
    return models.some((model) => provider && setupOf(provider.host, provider.modelFor(model)) === setup);
  }

  function learn(provider: Provider, windows: QuotaWindow[], retryAt?: number): void {
    paces.learn(provider, windows, retryAt);
    if (windows.length === 0) return;
    ledger.setWindows(provider.id, windows);
    bus.emit({ type: 'quota-read', provider: provider.id, windows });
  }

  function set(provider: ProviderId, change: (rests: Rests) => Rests): void {
    ledger.setRests(provider, change(ledger.rests())[provider] ?? []);
  }

  function read({ id, own, host }: Provider, failure: Failure, { family, model, alone }: AskedModel): Outcome {
    const streak = streakOf(ledger.rests(), id, family);
    const { on, firstByteTimeoutMs } = config.failover;
    const outcome = readOutcome(failure, {
      now: now(),
      streak,
      on,
      fallback: !own,
      host,
      model,
      redact,
      timeoutMs: firstByteTimeoutMs,
      family,
    });
    const isAlone = alone && own && outcome.failure === 'overloaded' && family !== undefined;
    return isAlone && outcome.rest ? { ...outcome, rest: { ...outcome.rest, family } } : outcome;
  }

  return {
    rests,
    read,
    fail(provider, failure, asked) {
      const { id, wire } = provider;
      const { family } = asked;
      const streak = streakOf(ledger.rests(), id, family);
      const outcome = read(provider, failure, asked);
      const clock = clockOf(failure.headers, now(), provider);
      const windows = [...readQuota(wire, failure.headers, clock), ...readQuotaError(wire, failure.body, clock)];
      learn(provider, windows, failure.status === 429 ? readRetryAfter(failure.headers, clock) : undefined);
      if (outcome.rest) {
        const { failure: kind, reason } = outcome;
        const lasts = outcome.rest.until - now();
        const named = { ...outcome.rest, failure: kind, reason, streak: streak + 1, lasts };
        const before = restOf(known(), id, family, now());
        // A reset that the provider named stands: a hiccup in between does not bring it back earlier.
        const stands = before && before.family === named.family && before.until > named.until;
        const rest = stands ? { ...before, streak: named.streak } : named;
        set(id, (all) => withRest(all, id, rest));
        const { streak: _streak, lasts: _lasts, ...told } = rest;
        bus.emit({ type: 'provider-rest', provider: id, ...told });
      }
      return outcome;
    },
    succeed(provider, family) {
      set(provider, (known) => withSuccess(known, provider, family));
    },
    forget(provider) {
      ledger.setRests(provider, []);
    },
    observe(provider, headers) {
      learn(provider, readQuota(provider.wire, headers, clockOf(headers, now(), provider)));
    },
  };
}

const LOOK_AGAIN_MS = 30_000;

/** Tells once that a provider's rest is over, also when another session or a later failure has moved its end. */
export function createReadyTimer(input: { rests(): Rests; now: () => number; onReady(): void }) {
  let timer: NodeJS.Timeout | undefined;
  return {
    /** @param family of the models that are waited for. */
    arm(provider: ProviderId, family: ModelFamily | undefined): void {
      clearTimeout(timer);
      const rest = restOf(input.rests(), provider, family, input.now());
      if (!rest) return;
      // A timer stands still while the machine sleeps, and the clock may be set meanwhile: it looks again now and then.
      const ms = Math.min(rest.until - input.now() + 50, LOOK_AGAIN_MS);
      timer = setTimeout(() => {
        if (restOf(input.rests(), provider, family, input.now())) this.arm(provider, family);
        else input.onReady();
      }, ms);
      timer.unref();
    },
    close: () => clearTimeout(timer),
  };
}
