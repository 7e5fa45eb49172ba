import type { ProviderId, QuotaWindow } from '../events.ts';
import type { LiveState } from '../report/live.ts';
import { clock, countdown } from './lines.ts';

/** Below this share of a limit there is nothing worth a glance. */
const WORTH_TELLING = 0.7;

/**
 * One segment: `ccmux ▸ gemini · claude back 17:05 (in 2 h 5 m)`, `ccmux ▸ claude · 5h 82 % used (opens 17:05)`.
 *
 * @param input.serving who gave the conversation's last answer.
 * @param input.backAt when the first provider is back, if a limit keeps it.
 * @param input.stdin what Claude Code gives its status line.
 */
export function footerSegment(input: {
  live: LiveState;
  serving: ProviderId;
  backAt: number | undefined;
  stdin: unknown;
}): string {
  const { live, serving } = input;
  const [preferred] = live.providers;
  const parts = [`ccmux ▸ ${serving}`];
  if (preferred === undefined || serving === preferred.id) {
    const known =
      preferred === undefined || preferred.windows.length === 0 ? windowsIn(input.stdin) : preferred.windows;
    parts.push(...fullest(known, live.now));
  } else {
    parts.push(wayBack(live, preferred.id, serving, input.backAt));
  }
  if (live.providers.some(({ state }) => state === 'over_budget')) parts.push('budget spent');
  return parts.join(' · ');
}

function wayBack(live: LiveState, first: ProviderId, serving: ProviderId, backAt: number | undefined): string {
  if (live.steer?.provider === serving) return 'your choice (ccmux use auto)';
  if (backAt !== undefined && backAt > live.now) {
    return `${first} back ${clock(backAt, live.now)} (in ${countdown(backAt - live.now)})`;
  }
  if (live.switchBack === 'manual') return `${first} is ready: ccmux use ${first}`;
  return live.switchBack === 'turn' ? `${first} is ready, from your next turn on` : `${first} is ready`;
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
function windowsIn(stdin: unknown): QuotaWindow[] {
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
