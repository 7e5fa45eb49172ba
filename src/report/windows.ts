import type { QuotaWindow } from '../events.ts';
import { limitName } from '../words/limit.ts';
import { clockFrom, span, tokens } from './format.ts';
import type { Palette } from './palette.ts';

const BAR = 20;

/** The fraction used, where the facts tell it. */
function usedOf({ used, limit, remaining }: QuotaWindow): number | undefined {
  if (used !== undefined) return used;
  return limit !== undefined && limit > 0 && remaining !== undefined ? 1 - remaining / limit : undefined;
}

/** A limit's headroom in one line: its name, a bar that fills as it is used up, and when it opens again. */
export function windowLine(window: QuotaWindow, nameWidth: number, palette: Palette, now: number): string {
  const used = usedOf(window);
  const name = limitName(window.name).padEnd(nameWidth);
  const reset = window.resetAt === undefined || window.resetAt <= now ? '' : `resets ${moment(now, window.resetAt)}`;
  if (used === undefined) {
    const left = window.remaining === undefined ? '' : `${tokens(window.remaining)} left`;
    return [name, left, palette.dim(reset)].filter((part) => part !== '').join('  ');
  }
  const filled = Math.min(BAR, Math.max(used > 0 ? 1 : 0, Math.round(used * BAR)));
  const paint = used >= 1 ? palette.red : used >= 0.8 ? palette.yellow : palette.green;
  const bar = paint('█'.repeat(filled)) + palette.dim('░'.repeat(BAR - filled));
  return [name, bar, `${Math.round(used * 100)} %`.padStart(5), palette.dim(reset)].join('  ').trimEnd();
}

/** `17:05 (in 1 h 12 min)` */
export function moment(now: number, at: number): string {
  return `${clockFrom(now, at)} (in ${span(at - now)})`;
}
