import type { Bus, ProviderId } from '../events.ts';

/** What was spent on paid fallbacks, against the caps that the user set. */
export type Budget = {
  isOver(): boolean;
  /** @param usd null when the price is unknown: it cannot be counted, and is said to be unknown. */
  spend(provider: ProviderId, usd: number | null): void;
  view(): {
    perSessionUsd?: number;
    perDayUsd?: number;
    spentSessionUsd: number;
    spentDayUsd: number;
    unknownPrices: boolean;
  };
};

/** Share of a cap at which the user is told that it comes near. */
const NEAR = 0.8;

/**
 * @param caps US dollars.
 * @param day the day's spend over all sessions, as the shared state knows it.
 */
export function createBudget(
  caps: { perSession?: number; perDay?: number },
  day: { spentToday(): number; spendUnknown(): boolean; addSpend(provider: ProviderId, usd: number | null): void },
  bus: Bus,
): Budget {
  let session = 0;
  let unknownPrices = false;
  const told = new Set<string>();
  const scopes = () =>
    [
      { scope: 'session', limitUsd: caps.perSession, spentUsd: session },
      { scope: 'day', limitUsd: caps.perDay, spentUsd: day.spentToday() },
    ] as const;
  return {
    isOver: () => scopes().some(({ limitUsd, spentUsd }) => limitUsd !== undefined && spentUsd >= limitUsd),
    spend(provider, price) {
      // A sum that once held NaN is never over its cap again.
      const usd = price !== null && Number.isFinite(price) && price >= 0 ? price : null;
      day.addSpend(provider, usd);
      if (usd === null) unknownPrices = true;
      else session += usd;
      for (const { scope, limitUsd, spentUsd } of scopes()) {
        if (limitUsd === undefined) continue;
        const level = spentUsd >= limitUsd ? 'over' : spentUsd >= limitUsd * NEAR ? 'near' : undefined;
        if (!level || told.has(scope + level)) continue;
        told.add(scope + level);
        bus.emit({ type: 'budget-reach', scope, spentUsd, limitUsd, level });
      }
    },
    view: () => ({
      ...(caps.perSession !== undefined && { perSessionUsd: caps.perSession }),
      ...(caps.perDay !== undefined && { perDayUsd: caps.perDay }),
      spentSessionUsd: session,
      spentDayUsd: day.spentToday(),
      unknownPrices: unknownPrices || day.spendUnknown(),
    }),
  };
}
