import type { QuotaWindow } from '../../events.ts';
import type { Days } from '../calendar.ts';
import type { ProviderFacts } from '../shared-facts.ts';
import type { TeamChange, TeamFacts } from './facts.ts';

/**
 * The way between this machine's clock and the server's, so that a clock that is wrong on one machine neither makes a
 * cooldown that never ends elsewhere nor one that is over at once. `aheadMs`: by how much the server's clock is ahead.
 */

/** Clocks that differ by less are the same: what is shared is not more exact than this. */
const TOLERANCE_MS = 2_000;

/** @param measured the difference as it was just measured. @returns the difference to go by. */
export function aheadOf(known: number, measured: number): number {
  if (Math.abs(measured - known) <= TOLERANCE_MS) return known;
  return Math.abs(measured) <= TOLERANCE_MS ? 0 : measured;
}

/** Machines in several time zones share one day: that of UTC. */
export function sharedDays(aheadMs: () => number): Days {
  return {
    dayOf: (at) => utcDay(at + aheadMs()),
    nextDay: (at) => new Date(at + aheadMs()).setUTCHours(24, 0, 0, 0) - aheadMs(),
  };
}

function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The facts by this machine's clock. */
export function facingHere(facts: TeamFacts, aheadMs: number): TeamFacts {
  if (aheadMs === 0) return facts;
  const providers = Object.entries(facts.providers).map(([id, one]) => [id, moved(one, -aheadMs)] as const);
  return { ...facts, savedAt: facts.savedAt - aheadMs, providers: Object.fromEntries(providers) };
}

/** A change by a clock that is so much ahead of the one it was made with. */
export function movedChange(change: TeamChange, ms: number): TeamChange {
  if (ms === 0) return change;
  switch (change.do) {
    case 'count':
    case 'spend':
      return { ...change, at: change.at + ms, date: utcDay(change.at + ms) };
    case 'limits':
      return { ...change, at: change.at + ms, windows: movedWindows(change.windows, ms) };
    case 'cooldowns':
      return {
        ...change,
        at: change.at + ms,
        added: change.added.map((one) => ({ ...one, until: one.until + ms })),
        removed: change.removed.map((one) => ({ ...one, until: one.until + ms })),
      };
    case 'reserve':
      return { ...change, until: change.until + ms };
    default:
      return change;
  }
}

function moved(facts: ProviderFacts, ms: number): ProviderFacts {
  const { cooldowns, recent, quota, used } = facts;
  return {
    ...facts,
    cooldowns: cooldowns.map((one) => ({ ...one, until: one.until + ms })),
    recent: recent.map(([second, requests, tokens]) => [second + Math.round(ms / 1000), requests, tokens]),
    ...(quota && { quota: { at: quota.at + ms, windows: movedWindows(quota.windows, ms) } }),
    ...(used && {
      used: Object.fromEntries(
        Object.entries(used).map(([name, { resetAt, points }]) => [
          name,
          { resetAt: resetAt + ms, points: points.map(([at, share]) => [at + ms, share] as const) },
        ]),
      ),
    }),
  };
}

function movedWindows(windows: readonly QuotaWindow[], ms: number): QuotaWindow[] {
  return windows.map((one) => (one.resetAt === undefined ? one : { ...one, resetAt: one.resetAt + ms }));
}
