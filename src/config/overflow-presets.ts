import type { Overflow } from '../failover/overflow.ts';
import type { OverflowInFile } from './rules.ts';

type Name = 'must' | 'hard' | 'half';

/** `own`: the user has written something else, which stays. */
export type OverflowPreset = Name | 'own';

/** How much of a plan the user wants to keep, by name: what `ccmux init` asks, and what a file then holds. */
export const OVERFLOW_PRESETS: Readonly<Record<Name, { label: string; overflow?: OverflowInFile }>> = {
  must: { label: 'only when I must' },
  hard: {
    label: 'to spare Claude for the hard parts (from 50 % of a limit on)',
    overflow: { at: '50%', until: '40%', move: ['auxiliary', 'subagents', 'self-contained'] },
  },
  half: {
    label: 'half and half (everything, from 50 % of a limit on)',
    overflow: { at: '50%', until: '40%', move: ['auxiliary', 'subagents', 'main'] },
  },
};

export const PRESET_NAMES = Object.keys(OVERFLOW_PRESETS) as Name[];

/** @param overflow what holds now. @param show as a file would hold it. */
export function presetOf(overflow: Overflow | undefined, show: (overflow: Overflow) => unknown): OverflowPreset {
  if (overflow === undefined) return 'must';
  const written = JSON.stringify(show(overflow));
  return PRESET_NAMES.find((name) => JSON.stringify(OVERFLOW_PRESETS[name].overflow) === written) ?? 'own';
}
