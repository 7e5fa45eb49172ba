import type { ProviderId, QuotaWindow } from '../events.ts';
import type { LiveState } from '../report/live.ts';
import { limitName, percent, usedOf } from '../words/limit.ts';
import { clock, clockAndWait } from '../words/time.ts';

/** Below this share of a limit there is nothing worth a glance. */
const WORTH_TELLING = 0.7;

/**
 * One segment: `ccmux ▸ Gemini · Claude back 17:05 (in 2 h 5 min)`, `ccmux ▸ Claude · 5-hour limit 82 % used (resets 17:05)`.
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
  const label = (id: ProviderId) => live.providers.find((provider) => provider.id === id)?.label ?? id;
  const parts = [`ccmux ▸ ${label(serving)}`];
  if (preferred === undefined || serving === preferred.id) {
    const known =
      preferred === undefined || preferred.windows.length === 0 ? windowsIn(input.stdin) : preferred.windows;
    parts.push(...fullest(known, live.now));
  } else {
    parts.push(wayBack(input, preferred));
  }
  if (live.allowed?.includes(serving)) parts.push('its commands run unasked (ccmux allow none)');
  if (live.providers.some(({ state }) => state === 'over_budget')) parts.push('budget spent');
  return parts.join(' · ');
}

function wayBack(
  { live, serving, backAt }: Parameters<typeof footerSegment>[0],
  { id, label }: LiveState['providers'][number],
): string {
  if (live.steer?.provider === serving) return 'your choice (ccmux use auto)';
  if (backAt !== undefined && backAt > live.now) return `${label} back ${clockAndWait(backAt, live.now)}`;
  if (live.switchBack === 'manual') return `${label} is available: ccmux use ${id}`;
  return live.switchBack === 'turn' ? `${label} again from your next message on` : `${label} is available`;
}

function fullest(windows: readonly QuotaWindow[], now: number): string[] {
  const open = windows.filter((window) => window.resetAt === undefined || window.resetAt > now);
  const [top] = open.toSorted((a, b) => (usedOf(b) ?? 0) - (usedOf(a) ?? 0));
  const used = top && usedOf(top);
  if (top === undefined || used === undefined || used < WORTH_TELLING) return [];
  const resets = top.resetAt === undefined ? '' : ` (resets ${clock(top.resetAt, now)})`;
  return [`${limitName(top.name)} ${percent(used)} used${resets}`];
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
