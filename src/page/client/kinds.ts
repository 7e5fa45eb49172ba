import type { Switch } from './turns.ts';

export type Kind = 'failover' | 'return' | 'steer';

/** How each change of provider is marked; the glyphs are those of the report's timeline. */
export const KINDS: Readonly<Record<Kind, { glyph: string; text: string }>> = {
  failover: { glyph: '▲', text: 'failover' },
  return: { glyph: '△', text: 'return' },
  steer: { glyph: '◆', text: 'your choice' },
};

/** What a mark stands for; of several changes the gravest. */
export function kindOf(switches: readonly Switch[]): Kind {
  return kindsIn(switches)[0] ?? 'return';
}

/** The kinds that are met, the gravest first. */
export function kindsIn(switches: readonly Switch[]): Kind[] {
  const met = new Set(switches.map(({ cause }) => (cause === 'back' ? 'return' : cause)));
  return (['failover', 'return', 'steer'] as const).filter((kind) => met.has(kind));
}
