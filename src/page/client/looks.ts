import type { ProviderId } from '../../events.ts';

/**
 * A provider's look: a colour and a pattern (`slot`, drawn by the style sheet as `.look-0` …), and letters, so that
 * colour is not needed.
 */
export type Look = { slot: number; letters: string };

/** Colours in the style sheet. More providers than these share colours; their letters still differ. */
const SLOTS = 8;

/** Known providers keep their colour from session to session, whatever the order. */
const usualSlots: Record<ProviderId, number> = {
  claude: 0,
  gemini: 1,
  openai: 2,
  openrouter: 3,
  deepseek: 4,
  moonshot: 5,
  groq: 6,
  ollama: 7,
};

/** A look for each provider, no two alike. */
export function assignLooks(providers: readonly { id: ProviderId; label: string }[]): Map<ProviderId, Look> {
  const looks = new Map<ProviderId, Look>();
  const free = new Set(Array.from({ length: SLOTS }, (_, slot) => slot));
  for (const { id } of providers) {
    const slot = usualSlots[id];
    if (slot !== undefined) free.delete(slot);
  }
  const letters = new Set<string>();
  for (const [index, { id, label }] of providers.entries()) {
    const slot = usualSlots[id] ?? firstOf(free) ?? index % SLOTS;
    free.delete(slot);
    const chosen = lettersFor(label, letters);
    letters.add(chosen);
    looks.set(id, { slot, letters: chosen });
  }
  return looks;
}

function firstOf(slots: Set<number>): number | undefined {
  return slots.values().next().value;
}

/** One letter where it is free, else two, else a number. */
function lettersFor(label: string, taken: Set<string>): string {
  const name = label.replaceAll(/[^\p{L}\p{N}]/gu, '') || '?';
  const initial = name.charAt(0).toUpperCase();
  if (!taken.has(initial)) return initial;
  for (const second of name.slice(1).toLowerCase()) {
    if (!taken.has(initial + second)) return initial + second;
  }
  let number = 2;
  while (taken.has(`${initial}${number}`)) number += 1;
  return `${initial}${number}`;
}
