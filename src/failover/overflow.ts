import type { RequestClass } from '../claude/asker.ts';
import type { ModelFamily, QuotaWindow } from '../events.ts';
import { familyOfClaim, isAccountClaim } from './quota.ts';

/** What may go to the next provider while a limit of Claude's is nearly full, so that the rest of it lasts longer. */
export type Movable = 'auxiliary' | 'subagents' | 'self-contained' | 'main';

/** Fractions of a window. Back below `until` everything returns: two thresholds, so that nothing goes to and fro. */
export type Overflow = { at: number; until: number; move: readonly Movable[] };

/** How full the fullest window is that a request's family counts against. */
export type Fullest = { window: string; used: number };

export function fullestOf(
  windows: readonly QuotaWindow[],
  family: ModelFamily | undefined,
  now: number,
): Fullest | undefined {
  return windows
    .filter(({ name, resetAt = Infinity }) => resetAt > now && countsAgainst(name, family))
    .map(({ name, used = 0 }) => ({ window: name, used }))
    .toSorted((a, b) => b.used - a.used)[0];
}

/** Extra usage is no window of the plan: who has set it up wants it used. */
function countsAgainst(window: string, family: ModelFamily | undefined): boolean {
  if (window === 'overage') return false;
  return isAccountClaim(window) || (family !== undefined && familyOfClaim(window) === family);
}

/** @param was whether it was so before. */
export function isOver(was: boolean, fullest: Fullest | undefined, { at, until }: Overflow): boolean {
  return (fullest?.used ?? 0) >= (was ? until : at);
}

const MOVED: Readonly<Record<RequestClass, Movable | undefined>> = {
  auxiliary: 'auxiliary',
  subagent: 'subagents',
  workflow: 'subagents',
  main: 'main',
  // A poor summary spoils everything behind it.
  compaction: undefined,
  side_reply: 'main',
};

/**
 * Whether a request moves.
 * @param isSelfContained of the turn that it belongs to; called for the main thread alone.
 */
export function isMoved({ move }: Overflow, requestClass: RequestClass, isSelfContained: () => boolean): boolean {
  const kind = MOVED[requestClass];
  if (kind === undefined) return false;
  if (kind !== 'main' || move.includes('main')) return move.includes(kind);
  return move.includes('self-contained') && isSelfContained();
}
