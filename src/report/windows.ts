import type { WindowState } from '../state/live.ts';
import { limitName, percent, tokens, usedOf } from '../words/limit.ts';
import { clockAndWait } from '../words/time.ts';
import type { Palette } from './palette.ts';

const BAR = 20;

/** A limit's headroom in one line: its name, a bar that fills as it is used up, and when it opens again. */
export function windowLine(window: WindowState, nameWidth: number, palette: Palette, now: number): string {
  const used = usedOf(window);
  const name = limitName(window.name).padEnd(nameWidth);
  const reset =
    window.resetAt === undefined || window.resetAt <= now ? '' : `resets ${clockAndWait(window.resetAt, now)}`;
  if (used === undefined) {
    const left = window.remaining === undefined ? '' : `${tokens(window.remaining)} left`;
    return [name, left, palette.dim(reset)].filter((part) => part !== '').join('  ');
  }
  const filled = Math.min(BAR, Math.max(used > 0 ? 1 : 0, Math.round(used * BAR)));
  const paint = used >= 1 ? palette.red : used >= 0.8 ? palette.yellow : palette.green;
  const bar = paint('█'.repeat(filled)) + palette.dim('░'.repeat(BAR - filled));
  return [name, bar, percent(used).padStart(5), palette.dim(reset)].join('  ').trimEnd();
}
