import type { ProviderId, QuotaWindow } from '../events.ts';
import { clock, countdown } from './lines.ts';

/** What the footer says is read off the session's state, not off single events. */
export type FooterState = {
  first: ProviderId;
  serving: ProviderId;
  switchBack: 'turn' | 'manual' | 'immediate';
  /** The user asked for the provider that serves. */
  steered: boolean;
  /** When the first provider is back; undefined when nothing keeps it. */
  backAt?: number;
  /** The first provider's limits. */
  windows: readonly QuotaWindow[];
  budgetSpent: boolean;
};

/** Below this share of a limit there is nothing worth a glance. */
const WORTH_TELLING = 0.7;

/** One segment: `ccmux ▸ gemini · claude back 17:05 (in 2 h 5 m)`, `ccmux ▸ claude · 5h 82 % used (opens 17:05)`. */
export function footerSegment(state: FooterState, name: (provider: ProviderId) => string, now: number): string {
  const parts = [`ccmux ▸ ${name(state.serving)}`];
  if (state.serving === state.first) parts.push(...fullest(state.windows, now));
  else parts.push(wayBack(state, name(state.first), now));
  if (state.budgetSpent) parts.push('budget spent');
  return parts.join(' · ');
}

function wayBack(state: FooterState, first: string, now: number): string {
  if (state.steered) return 'your choice (ccmux use auto)';
  if (state.backAt !== undefined && state.backAt > now) {
    return `${first} back ${clock(state.backAt, now)} (in ${countdown(state.backAt - now)})`;
  }
  if (state.switchBack === 'manual') return `${first} is ready: ccmux use ${state.first}`;
  return state.switchBack === 'turn' ? `${first} is ready, from your next turn on` : `${first} is ready`;
}

function fullest(windows: readonly QuotaWindow[], now: number): string[] {
  const open = windows.filter((window) => window.resetAt === undefined || window.resetAt > now);
  const [top] = open.toSorted((a, b) => usedShare(b) - usedShare(a));
  if (top === undefined || usedShare(top) < WORTH_TELLING) return [];
  const opens = top.resetAt === undefined ? '' : ` (opens ${clock(top.resetAt, now)})`;
  return [`${top.name} ${Math.round(usedShare(top) * 100)} % used${opens}`];
}

function usedShare(window: QuotaWindow): number {
  if (window.used !== undefined) return window.used;
  if (window.limit === undefined || window.remaining === undefined || window.limit <= 0) return 0;
  return 1 - window.remaining / window.limit;
}

/** Claude's own limits as Claude Code gives them to a status line: percentages, and resets in epoch seconds. */
export function windowsIn(stdin: unknown): QuotaWindow[] {
  const limits = record(record(stdin)['rate_limits']);
  return Object.entries({ five_hour: '5h', seven_day: '7d' }).flatMap(([key, name]) => {
    const { used_percentage: used, resets_at: resets } = record(limits[key]);
    if (typeof used !== 'number') return [];
    return [
      { name, used: used / 100, source: 'wire', ...(typeof resets === 'number' ? { resetAt: resets * 1000 } : {}) },
    ];
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
