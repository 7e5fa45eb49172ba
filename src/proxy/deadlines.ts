import type { Cooldowns } from '../failover/cooldown.ts';

/**
 * Ends a cooldown by a monotonic clock, however the wall clock was set since. The monotonic clock stops while the
 * machine sleeps, so the cooldown ends at the earlier of the two.
 * @param elapsed a monotonic clock, milliseconds.
 */
export function createDeadlines(elapsed: () => number): (cooldowns: Cooldowns, now: number) => Cooldowns {
  let ends = new Map<string, number>();
  return (cooldowns, now) => {
    const seen = new Map<string, number>();
    const current = Object.entries(cooldowns).map(([provider, own]) => {
      const kept = own.filter(({ until, family, account }) => {
        const key = [provider, family, account, until].join(' ');
        const end = ends.get(key) ?? elapsed() + until - now;
        seen.set(key, end);
        return until <= now || end > elapsed();
      });
      return [provider, kept] as const;
    });
    ends = seen;
    return Object.fromEntries(current);
  };
}
