import type { ProviderId, QuotaWindow } from '../events.ts';
import { withLimits, withoutSent, withSent, type Pace, type Paces } from '../failover/pace.ts';
import type { Provider } from '../providers/provider.ts';

/** How many requests each fallback takes in a minute, as far as this session knows. Requests to Claude never wait. */
export type PaceMemory = {
  known(): Paces;
  learn(provider: Provider, windows: readonly QuotaWindow[], retryAt: number | undefined): void;
  sent(provider: Provider): void;
  /**
   * Queues a request behind those that already wait.
   * @param at epoch milliseconds.
   * @returns releases the place; call it when the wait is over, however it ends.
   */
  queue(provider: ProviderId, at: number): () => void;
};

/** The tolerance for a clock that is set back. */
const SLEW_MS = 1_000;

export function createPaces(now: () => number): PaceMemory {
  const known = new Map<ProviderId, Pace>();
  /** Requests sent before the limit was known count, too. */
  const before = new Map<ProviderId, Pace>();

  let lastAt = now();

  /** Facts from before the clock was set back would hold too long. */
  function forgetFuture(): void {
    if (now() < lastAt - SLEW_MS) [known, before].forEach((paces) => paces.clear());
    lastAt = now();
  }

  return {
    known() {
      forgetFuture();
      return known;
    },
    learn({ id, own }, windows, retryAt) {
      if (own) return;
      const pace = withLimits(known.get(id) ?? before.get(id), windows, retryAt, now());
      if (pace === undefined || pace === before.get(id)) return;
      known.set(id, pace);
      before.delete(id);
    },
    sent({ id, own }) {
      if (own) return;
      const paces = known.has(id) ? known : before;
      paces.set(id, withSent(paces.get(id) ?? { sent: [] }, now(), now()));
    },
    queue(provider, at) {
      const pace = known.get(provider);
      if (pace) known.set(provider, withSent(pace, at, now()));
      return () => {
        const later = known.get(provider);
        if (later) known.set(provider, withoutSent(later, at));
      };
    },
  };
}
