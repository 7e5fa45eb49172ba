import type { Switch } from './turns.ts';

export type Kind = 'failover' | 'return' | 'steer';

/** The mark of each kind of switch; the glyphs are those of the report's timeline. */
export const KINDS: Readonly<Record<Kind, { glyph: string; text: string }>> = {
  failover: { glyph: '▲', text: 'failover' },
  return: { glyph: '△', text: 'return' },
  steer: { glyph: '◆', text: 'your choice' },
};

/** The kind of a mark; of several switches the most serious. */
export function kindOf(switches: readonly Switch[]): Kind {
  return kindsIn(switches)[0] ?? 'return';
}

/** The kinds that occur, the most serious first. */
export function kindsIn(switches: readonly Switch[]): Kind[] {
  const met = new Set(switches.map(({ cause }) => (cause === 'back' ? 'return' : cause)));
  return (['failover', 'return', 'steer'] as const).filter((kind) => met.has(kind));
}
