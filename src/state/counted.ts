import type { ProviderSettings } from '../config/schema.ts';
import type { QuotaWindow } from '../events.ts';
import type { Days } from './calendar.ts';
import { isRecent } from './shared-facts.ts';
import type { ProviderFacts } from './shared-facts.ts';

export type CountedLimits = NonNullable<ProviderSettings['limits']>;

/** Headroom by ccmux's own count, for limits that a provider's wire does not tell: a rolling minute, a day. */
export function countedWindows(
  facts: ProviderFacts | undefined,
  limits: CountedLimits,
  now: number,
  days: Days,
): QuotaWindow[] {
  const recent = (facts?.recent ?? []).filter(([second]) => isRecent(second, now));
  const date = days.dayOf(now);
  const today = facts?.days.find((day) => day.date === date) ?? { requests: 0, tokens: 0 };
  const midnight = days.nextDay(now);
  const windows: QuotaWindow[] = [];

  const add = (name: string, limit: number | undefined, count: number, resetAt: number | undefined) => {
    if (limit === undefined) return;
    windows.push({
      name,
      used: limit > 0 ? count / limit : 1,
      limit,
      remaining: Math.max(0, limit - count),
      ...(resetAt !== undefined && { resetAt }),
      source: 'counted',
    });
  };
  const addMinute = (name: string, limit: number | undefined, counts: [second: number, count: number][]) => {
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    add(name, limit, total, limit === undefined ? undefined : opensAt(counts, total, limit));
  };

  addMinute(
    'requestsPerMinute',
    limits.requestsPerMinute,
    recent.map(([second, requests]) => [second, requests]),
  );
  add('requestsPerDay', limits.requestsPerDay, today.requests, midnight);
  addMinute(
    'tokensPerMinute',
    limits.tokensPerMinute,
    recent.map(([second, , tokens]) => [second, tokens]),
  );
  add('tokensPerDay', limits.tokensPerDay, today.tokens, midnight);
  return windows;
}

/** When a rolling minute that is full has room again; undefined while it has. */
function opensAt(counts: [second: number, count: number][], total: number, limit: number): number | undefined {
  let left = total;
  if (left < limit) return undefined;
  for (const [second, count] of counts.toSorted(([a], [b]) => a - b)) {
    left -= count;
    if (left < limit) return (second + 60) * 1000;
  }
  return undefined;
}
