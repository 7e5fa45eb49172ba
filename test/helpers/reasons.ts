import type { Reason } from '../../src/events.ts';

/** Claude's usual one: `429 (5-hour limit)`. */
export const FIVE_HOURS = { kind: 'limit', status: 429, window: '5h' } as const satisfies Reason;

/** `529 overloaded` */
export const OVERLOADED = { kind: 'overloaded', status: 529 } as const satisfies Reason;

/** A reason whose words are all that matters. */
export function inWords(text: string): Reason {
  return { kind: 'words', text };
}
