import type { Words } from './lexicon.ts';
import type { Corpus } from './telling.ts';
import { frequency, rarity } from './terms.ts';

/** What was at hand weighs less than what the user asks. */
const SURROUNDINGS_WEIGHT = 1 / 3;

/** How well a passage answers the question, by what others that were taken have not answered yet. */
export type Fit = { of(text: number): number; take(text: number): void };

/**
 * By BM25. A word counts half once a passage with it is taken: what was asked beside it is to have its place as well.
 * @param most a word that more texts hold does not choose between them: "please go on" finds nothing in particular.
 */
export function fitOf(
  { texts, holding, average }: Corpus,
  asked: Record<'prompt' | 'surroundings', Words>,
  most: number,
): Fit {
  const weights = new Map<number, number>();
  const floor = rarity(Math.min(most, texts.length), texts.length);
  const add = ({ ids }: Words, weight: number) => {
    for (const id of ids) {
      const count = holding[id] ?? 0;
      const told = rarity(count, texts.length) - floor;
      if (count > 0 && told > 0) weights.set(id, weight * told);
    }
  };
  add(asked.surroundings, SURROUNDINGS_WEIGHT);
  add(asked.prompt, 1);
  const isAsked = new Uint8Array(holding.length);
  for (const id of weights.keys()) isAsked[id] = 1;
  const matches = texts.map(({ ids }) => {
    const found: number[] = [];
    for (const id of ids) if (isAsked[id] === 1) found.push(id);
    return found;
  });
  return {
    of(text) {
      const found = matches[text]!;
      if (found.length === 0) return 0;
      let fit = 0;
      for (const id of new Set(found)) {
        const count = found.filter((other) => other === id).length;
        fit += weights.get(id)! * frequency(count, texts[text]!.ids.length, average);
      }
      return fit;
    },
    take(text) {
      for (const id of new Set(matches[text])) weights.set(id, weights.get(id)! / 2);
    },
  };
}
