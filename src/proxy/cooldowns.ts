import type { Config } from '../config/schema.ts';
import { type Failure, answeredStatus } from '../errors.ts';
import type { Bus, ModelFamily, ProviderId, QuotaWindow } from '../events.ts';
import { clockOf } from '../failover/clock.ts';
import type { UsedSeries } from '../failover/forecast.ts';
import { readRetryAfter } from '../failover/moments.ts';
import { readOutcome, type Outcome } from '../failover/outcome.ts';
import { readQuota, readQuotaError } from '../failover/quota.ts';
import {
  currentCooldowns,
  FAMILIES,
  cooldownOf,
  setupOf,
  streakOf,
  withCooldown,
  withSuccess,
  type Cooldown,
  type Cooldowns,
} from '../failover/cooldown.ts';
import type { Provider } from '../providers/provider.ts';
import { createDeadlines } from './deadlines.ts';
import { createKeys } from './keys.ts';
import { createLimitWatch } from './limit-watch.ts';
import type { PaceMemory } from './paces.ts';

/** What sessions share and keep: `state/shared-state.ts` is the real one. */
export type Ledger = {
  cooldowns(): Cooldowns;
  setCooldowns(provider: ProviderId, cooldowns: Cooldowns[ProviderId] & {}): void;
  samples(provider: ProviderId): readonly number[];
  addSample(provider: ProviderId, ms: number): void;
  count(provider: ProviderId, amount: { requests: number; tokens: number }): void;
  counted(provider: ProviderId, limits: Config['providers'][string]['limits'] & {}): QuotaWindow[];
  setWindows(provider: ProviderId, windows: QuotaWindow[]): void;
  used(provider: ProviderId, window: string): UsedSeries | undefined;
};

/** Who is unavailable, until when and why: by failures, limit headers and the user's own limits. */
export type Limits = {
  /** All cooldowns, those that come from a limit of the user's included. */
  cooldowns(): Cooldowns;
  /** What a failure means. @param asked the models: Claude's family, the host's name. */
  read(provider: Provider, failure: Failure, asked: AskedModel): Outcome;
  /** Records a failure, and returns its meaning. @param read what it means, where that is known already. */
  fail(provider: Provider, failure: Failure, asked: AskedModel, read?: Outcome): Outcome;
  /** An answer ends the cooldowns of its model's family. */
  succeed(provider: Provider, family: ModelFamily | undefined, key: number | undefined): void;
  /** `ccmux use X` clears X's cooldown: the user may know that the limit was raised or credit bought. */
  forget(provider: Provider): void;
  /** Which of a provider's keys is asked now; undefined: it has one. */
  keyFor(provider: Provider, family: ModelFamily | undefined): number | undefined;
  /** Learns limits from an answer's headers. */
  observe(provider: Provider, headers: Record<string, string>): void;
};

/** The model that a request asked a provider for. */
export type AskedModel = {
  family: ModelFamily | undefined;
  model?: string | undefined;
  /** An overload concerns this model only: the client itself switches to another. */
  alone?: boolean;
  /** Which of the provider's keys it was asked with. */
  key?: number | undefined;
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
  /** A monotonic clock, milliseconds. */
  elapsed?: () => number;
}): Limits {
  const { providers, config, ledger, bus, now, redact, paces, elapsed = () => performance.now() } = input;
  const unended = createDeadlines(elapsed);
  const ids = providers.map(({ id }) => id);

  function cooldowns(): Cooldowns {
    let all = known();
    for (const id of ids) {
      const limits = config.providers[id]?.limits;
      if (limits === undefined) continue;
      for (const { name, resetAt = 0, used = 0 } of ledger.counted(id, limits)) {
        const reason = { kind: 'own-limit', window: name } as const;
        if (used >= 1) all = withCooldown(all, id, { until: resetAt, failure: 'rate_limit', reason, streak: 0 });
      }
    }
    return all;
  }

  /** The cooldowns from failures that still hold. */
  function known(): Cooldowns {
    const all = ledger.cooldowns();
    // The usual case, and this is called several times per request.
    if (Object.values(all).every(({ length }) => length === 0)) return all;
    return unended(currentCooldowns(all, now(), isSetUp), now());
  }

  /** True if the provider is still set up as when it failed. */
  function isSetUp(id: ProviderId, { setup, family }: Cooldown): boolean {
    const provider = providers.find((one) => one.id === id);
    const models = family === undefined ? [...FAMILIES, ''] : [family];
    return models.some((model) => provider && setupOf(provider.host, provider.modelFor(model)) === setup);
  }

  const keys = createKeys({ known, set, bus, now });
  const watch = createLimitWatch({ used: (...of) => ledger.used(...of), bus, now });

  function learn(provider: Provider, windows: QuotaWindow[], retryAt?: number): void {
    // One key's requests of a minute say nothing of the next key's.
    if (provider.keys === undefined) paces.learn(provider, windows, retryAt);
    if (windows.length === 0) return;
    ledger.setWindows(provider.id, windows);
    bus.emit({ type: 'quota-read', provider: provider.id, windows });
  }

  function set(provider: ProviderId, change: (cooldowns: Cooldowns) => Cooldowns): void {
    const before = ledger.cooldowns();
    const after = change(before);
    if (after !== before) ledger.setCooldowns(provider, after[provider] ?? []);
  }

  function read({ id, own, host }: Provider, failure: Failure, { family, model, alone }: AskedModel): Outcome {
    const streak = streakOf(ledger.cooldowns(), id, family);
    const { on, firstByteTimeout } = config.failover;
    const outcome = readOutcome(failure, {
      now: now(),
      streak,
      on,
      fallback: !own,
      host,
      model,
      redact,
      timeoutMs: firstByteTimeout,
      family,
    });
    const isAlone = alone && own && outcome.failure === 'overloaded' && family !== undefined;
    return isAlone && outcome.cooldown ? { ...outcome, cooldown: { ...outcome.cooldown, family } } : outcome;
  }

  return {
    cooldowns,
    read,
    fail(provider, failure, asked, outcome = read(provider, failure, asked)) {
      const { id, wire } = provider;
      const { family } = asked;
      const streak = streakOf(ledger.cooldowns(), id, family);
      const clock = clockOf(failure.headers, now(), provider);
      const windows = [...readQuota(wire, failure.headers, clock), ...readQuotaError(wire, failure.body, clock)];
      learn(provider, windows, answeredStatus(failure) === 429 ? readRetryAfter(failure.headers, clock) : undefined);
      const ofKey = keys.failed(provider, outcome, asked);
      if (ofKey?.nextKey) return ofKey;
      if (outcome.cooldown) {
        const { failure: kind, reason } = outcome;
        const resting = ofKey?.cooldown ?? outcome.cooldown;
        const lasts = resting.until - now();
        const named = { ...resting, failure: kind, reason, streak: streak + 1, lasts };
        const before = cooldownOf(known(), id, family, now());
        // A reset that the provider named stays: a later hiccup does not shorten it.
        const stands = before && before.family === named.family && before.until > named.until;
        const cooldown = stands ? { ...before, streak: named.streak } : named;
        set(id, (all) => withCooldown(all, id, cooldown));
        const { streak: _streak, lasts: _lasts, ...told } = cooldown;
        bus.emit({ type: 'provider-cooldown', provider: id, ...told });
      }
      return outcome;
    },
    succeed(provider, family, key) {
      const used = keys.idsOf(provider, key === undefined ? [] : [key]);
      for (const id of [provider.id, ...used]) set(id, (known) => withSuccess(known, id, family));
    },
    forget(provider) {
      for (const id of [provider.id, ...keys.idsOf(provider)]) ledger.setCooldowns(id, []);
    },
    keyFor: keys.inTurn,
    observe(provider, headers) {
      const windows = readQuota(provider.wire, headers, clockOf(headers, now(), provider));
      learn(provider, windows);
      watch.see(provider.id, windows, provider.own ? headers : {});
    },
  };
}

const LOOK_AGAIN_MS = 30_000;

/** Announces the end of a provider's cooldown once, even if another session or a later failure has moved it. */
export function createReadyTimer(input: { cooldowns(): Cooldowns; now: () => number; onReady(): void }) {
  let timer: NodeJS.Timeout | undefined;
  return {
    /** @param family the models' family. */
    arm(provider: ProviderId, family: ModelFamily | undefined): void {
      clearTimeout(timer);
      const cooldown = cooldownOf(input.cooldowns(), provider, family, input.now());
      if (!cooldown) return;
      // A timer stops while the machine sleeps, and the clock may change: check again at intervals.
      const ms = Math.min(cooldown.until - input.now() + 50, LOOK_AGAIN_MS);
      timer = setTimeout(() => {
        if (cooldownOf(input.cooldowns(), provider, family, input.now())) this.arm(provider, family);
        else input.onReady();
      }, ms);
      timer.unref();
    },
    close: () => clearTimeout(timer),
  };
}
