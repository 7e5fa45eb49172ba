import type { ProviderId, QuotaWindow } from '../events.ts';
import type { Cooldown, Cooldowns } from '../failover/cooldown.ts';
import type { UsedSeries } from '../failover/forecast.ts';
import { countedWindows } from './counted.ts';
import type { CountedLimits } from './counted.ts';
import type { FactsStore } from './facts-store.ts';
import { fileStore } from './file-store.ts';
import { apply, cooldownsChanged, noFacts } from './shared-facts.ts';
import { spendsOf } from './spends.ts';
import type { Change, SharedFacts } from './shared-facts.ts';

/**
 * The state that concurrent sessions share and later ones inherit: cooldowns, counters, usual times, spend, last
 * limits. Reads come from memory, writes change memory at once, and the disk follows.
 */
export type SharedState = {
  /**
   * Reads the file. Never rejects: a missing file is a fresh start, a damaged one is moved aside and reported, and one of
   * a newer ccmux is left alone and reported.
   */
  load(): Promise<void>;
  /** The providers with any stored facts. */
  known(): ProviderId[];
  /** When the file was last written, epoch milliseconds; undefined when there never was one. */
  savedAt(): number | undefined;
  cooldowns(): Cooldowns;
  setCooldowns(provider: ProviderId, cooldowns: readonly Cooldown[]): void;
  /** The last answers' times in milliseconds, oldest first. */
  samples(provider: ProviderId): number[];
  addSample(provider: ProviderId, ms: number): void;
  count(provider: ProviderId, sent: { requests: number; tokens: number }): void;
  /** Headroom by our own count against limits that the user configured. */
  counted(provider: ProviderId, limits: CountedLimits): QuotaWindow[];
  /** @param usd `null` when the price is unknown: then `assumedUsd` counts against a cap. */
  addSpend(provider: ProviderId, usd: number | null, assumedUsd?: number): void;
  /** What all sessions spent on this local day, in US dollars, as far as prices are known. */
  spentToday(): number;
  /** The assumed cost of today's answers without a known price, US dollars. */
  assumedToday(): number;
  /** True if an answer of today had no known price: then `spentToday` is too low. */
  spendUnknown(): boolean;
  /** The limits as the wire last told them, and when. */
  windows(provider: ProviderId): { at: number; windows: QuotaWindow[] } | undefined;
  setWindows(provider: ProviderId, windows: QuotaWindow[]): void;
  /** What was read of a window since its last reset, by all sessions. */
  used(provider: ProviderId, window: string): UsedSeries | undefined;
  /** From now on other sessions' changes arrive within about a second. */
  watch(): void;
  /** Resolves when the changes so far are where they are kept, or cannot be. Never rejects. */
  kept(): Promise<void>;
  /** Writes pending changes and stops watching. Never rejects. */
  close(): Promise<void>;
};

export type SharedStateOptions = {
  now?: () => number;
  /** Called once, for the first failure to read or write; the state then stays in memory. */
  onFault?: (fault: unknown) => void;
} & (
  | {
      /** `providers.json`. Its folder is made when needed, 0700. */
      file: string;
    }
  | { store: FactsStore }
);

/** Changes are gathered for this long before they are written. */
const DEBOUNCE_MS = 100;
/** What comes with every answer waits longer: nobody's next step depends on it, and a writing costs milliseconds. */
const USUAL_DEBOUNCE_MS = 500;
const RETRY_MS = 1000;
/** If the disk cannot be written, changes beyond this number are dropped, the oldest first. */
const MOST_PENDING = 5000;

/** Opens the shared state; `load` reads it. A failing disk is reported once and delays nothing. */
export function openSharedState(options: SharedStateOptions): SharedState {
  const { now = Date.now, onFault = () => {} } = options;
  const store = 'store' in options ? options.store : fileStore(options.file, now, report);
  /** What was kept when it was last read; and this session's changes that are not there yet. */
  let base = noFacts();
  let pending: Change[] = [];
  let view = noFacts();
  /** Of the view; asked for several times with each request. */
  let cooling: Cooldowns | undefined;

  /** The next writing. */
  let timer: { at: number; handle: NodeJS.Timeout } | undefined;
  let closed = false;
  let watching = false;
  let faulted = false;
  /** Reading and writing take turns, so that no change is ever counted twice or lost between the two. */
  let turn: Promise<void> = Promise.resolve();

  function report(fault: unknown): void {
    if (faulted) return;
    faulted = true;
    onFault(fault);
  }

  function change(one: Change): void {
    apply(view, one);
    if (one.do === 'cooldowns') cooling = undefined;
    pending.push(one);
    if (pending.length > MOST_PENDING) pending.shift();
    schedule(one.do === 'cooldowns' || one.do === 'spend' ? DEBOUNCE_MS : USUAL_DEBOUNCE_MS);
  }

  function schedule(ms: number): void {
    const at = performance.now() + ms;
    if (closed || (timer && timer.at <= at)) return;
    clearTimeout(timer?.handle);
    const handle = setTimeout(() => {
      timer = undefined;
      void inTurn(flush);
    }, ms);
    handle.unref();
    timer = { at, handle };
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work).catch(report);
    return turn;
  }

  function see(facts: SharedFacts): void {
    base = facts;
    cooling = undefined;
    view = structuredClone(base);
    for (const one of pending) apply(view, one);
  }

  async function flush(): Promise<void> {
    if (pending.length === 0) return;
    const batch = new Set(pending);
    try {
      const written = await store.write([...batch]);
      pending = pending.filter((one) => !batch.has(one));
      see(written);
    } catch (fault) {
      report(fault);
      schedule(RETRY_MS);
    }
  }

  async function reload(): Promise<void> {
    see(await store.read());
  }

  const today = () => store.days.dayOf(now());
  const spent = () => spendsOf(view, today());

  return {
    load: () => inTurn(reload),
    known: () => Object.keys(view.providers),
    savedAt: () => (base.savedAt === 0 ? undefined : base.savedAt),
    cooldowns: () => (cooling ??= cooldownsIn(view)),
    setCooldowns(provider, cooldowns) {
      const one = cooldownsChanged(provider, view.providers[provider]?.cooldowns ?? [], cooldowns, now());
      if (one.added.length + one.removed.length > 0) change(one);
    },
    samples: (provider) => view.providers[provider]?.samples.slice() ?? [],
    addSample(provider, ms) {
      change({ do: 'sample', provider, ms });
    },
    count(provider, { requests, tokens }) {
      change({ do: 'count', provider, at: now(), date: today(), requests, tokens });
    },
    counted: (provider, limits) => countedWindows(view.providers[provider], limits, now(), store.days),
    addSpend(provider, usd, assumed = 0) {
      change({ do: 'spend', provider, at: now(), date: today(), usd, assumed });
    },
    spentToday: () => spent().reduce((sum, { usd }) => sum + usd, 0),
    assumedToday: () => spent().reduce((sum, { assumed = 0 }) => sum + assumed, 0),
    spendUnknown: () => spent().some(({ unknown }) => unknown),
    windows: (provider) => view.providers[provider]?.quota,
    setWindows(provider, windows) {
      change({ do: 'limits', provider, at: now(), windows });
    },
    used: (provider, window) => view.providers[provider]?.used?.[window],
    watch() {
      if (watching || closed) return;
      watching = true;
      store.watch(() => {
        if (!closed) void inTurn(reload);
      });
    },
    kept: () => inTurn(flush),
    async close() {
      closed = true;
      clearTimeout(timer?.handle);
      timer = undefined;
      await inTurn(flush);
      await inTurn(() => store.close());
    },
  };
}

function cooldownsIn({ providers }: SharedFacts): Cooldowns {
  return Object.fromEntries(Object.entries(providers).map(([id, { cooldowns }]) => [id, cooldowns]));
}
