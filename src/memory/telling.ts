import { KINDS, rarity, type Words } from './terms.ts';

/** What is known of some texts together: how many of them hold a word. */
export type Corpus = {
  texts: readonly Words[];
  /** By word: the number of texts that hold it. */
  holding: Int32Array;
  /** Terms, of a text of usual length. */
  average: number;
};

/** @param size of the lexicon. */
export function corpusOf(texts: readonly Words[], size: number): Corpus {
  const holding = new Int32Array(size);
  const last = new Int32Array(size).fill(-1);
  let terms = 0;
  texts.forEach(({ ids }, i) => {
    terms += ids.length;
    for (const id of ids) {
      if (last[id] === i) continue;
      last[id] = i;
      holding[id]! += 1;
    }
  });
  return { texts, holding, average: terms / Math.max(1, texts.length) };
}

/** A word of a text, and what it is worth there. */
export type Worth = { word: number; score: number };

/**
 * What each text tells that few others do, whatever is asked. A word counts by the number of texts that hold one of its
 * kind which is at least as rare: among line numbers and timings a number says nothing, where there are hardly any it
 * does, and a name says nothing where every sentence has a new one. What more texts tell than there is room for does not
 * set one apart.
 * @param held by word: 1 if it can be read elsewhere.
 * @param room how many texts there is room for.
 */
export function tellingOf({ texts, holding }: Corpus, held: Uint8Array, room: number): Worth[][] {
  const atLeastAsRare = KINDS.map(() => new Int32Array(texts.length + 1));
  const rarest = KINDS.map(() => 0);
  for (const { ids, kinds } of texts) {
    rarest.fill(0);
    kinds.forEach((kind, i) => {
      const count = holding[ids[i]!]!;
      if (held[ids[i]!] === 0 && (rarest[kind] === 0 || count < rarest[kind]!)) rarest[kind] = count;
    });
    rarest.forEach((count, kind) => void (count > 0 && (atLeastAsRare[kind]![count]! += 1)));
  }
  for (const counts of atLeastAsRare) {
    for (let count = 1; count < counts.length; count++) counts[count]! += counts[count - 1]!;
  }
  const floor = rarity(Math.min(room, texts.length), texts.length);
  const last = new Int32Array(holding.length).fill(-1);
  return texts.map(({ ids, kinds }, text) => {
    const told: Worth[] = [];
    kinds.forEach((kind, i) => {
      const word = ids[i]!;
      if (held[word] === 1 || last[word] === text) return;
      last[word] = text;
      const score = rarity(atLeastAsRare[kind]![holding[word]!]!, texts.length) - floor;
      if (score > 0) told.push({ word, score });
    });
    return told;
  });
}
