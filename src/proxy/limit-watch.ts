import type { Bus, ProviderId, QuotaWindow } from '../events.ts';
import { forecastOf, levelOf, type UsedSeries } from '../failover/forecast.ts';
import { isOverage } from '../failover/quota.ts';

/** Tells of limits that come near and of extra usage that begins, each of them once. */
export type LimitWatch = {
  /** @param headers of an answer that was not refused; lower-case names. */
  see(provider: ProviderId, windows: readonly QuotaWindow[], headers: Record<string, string>): void;
};

export function createLimitWatch(input: {
  used(provider: ProviderId, window: string): UsedSeries | undefined;
  bus: Bus;
  now: () => number;
}): LimitWatch {
  const { bus, now } = input;
  /** By provider and window, the highest level that was told, and of which reset. */
  const told = new Map<string, { level: number; resetAt: number }>();
  const inOverage = new Set<ProviderId>();

  function seeWindow(provider: ProviderId, { name, used, resetAt }: QuotaWindow): void {
    const level = levelOf(name, used);
    if (level === undefined || used === undefined || resetAt === undefined) return;
    const key = `${provider} ${name}`;
    const before = told.get(key);
    // A window that was told of is over when its reset has passed; until then its reset may be named a second later.
    if (before !== undefined && before.resetAt > now() && before.level >= level) return;
    told.set(key, { level, resetAt });
    const fullAt = forecastOf(name, input.used(provider, name), now())?.fullAt;
    bus.emit({
      type: 'limit-approach',
      provider,
      window: name,
      used,
      resetAt,
      ...(fullAt !== undefined && { fullAt }),
    });
  }

  return {
    see(provider, windows, headers) {
      for (const window of windows) seeWindow(provider, window);
      const isIn = isOverage(headers);
      if (isIn === inOverage.has(provider)) return;
      if (isIn) inOverage.add(provider);
      else inOverage.delete(provider);
      bus.emit({ type: isIn ? 'overage-begin' : 'overage-end', provider });
    },
  };
}
