import type { Lexicon, Words } from './lexicon.ts';
import { KINDS } from './terms.ts';

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
  texts.forEach(({ ids, frame }, i) => {
    terms += ids.length;
    holding[frame]! += 1;
    for (const id of ids) {
      if (last[id] === i) continue;
      last[id] = i;
      holding[id]! += 1;
    }
  });
  return { texts, holding, average: terms / Math.max(1, texts.length) };
}

/** How much a text tells that nobody has read yet. @param read by word: 1 if it can be read elsewhere. */
export type Telling = (text: number, read: Uint8Array) => number;

/** By itself, what as many texts tell as there is room for sets none of them apart; with another such thing it does. */
const FLOOR = 0.75;
const FRAME = KINDS.indexOf('frame');

/**
 * What each text tells that few others do, whatever is asked. A word counts by the number of texts that hold one of its
 * kind which is at least as rare: among line numbers and timings a number says nothing, where there are hardly any it
 * does, and a name says nothing where every sentence has a new one. Of each kind the rarest counts, so that a text does
 * not win by its length; a name together with a number tells more than either.
 * @param held by word: 1 if the transcript holds it.
 * @param room how many texts there is room for.
 */
export function tellingOf({ texts, holding }: Corpus, lexicon: Lexicon, held: Uint8Array, room: number): Telling {
  const kinds = lexicon.kinds();
  const rarest = new Int32Array(KINDS.length);
  const look = (text: number, read: Uint8Array) => {
    const { ids, wholes, frame } = texts[text]!;
    rarest.fill(0);
    for (let i = 0; i < wholes; i++) {
      const id = ids[i]!;
      if (read[id] === 1) continue;
      const kind = kinds[id]!;
      const count = holding[id]!;
      if (rarest[kind] === 0 || count < rarest[kind]!) rarest[kind] = count;
    }
    rarest[FRAME] = holding[frame]!;
  };
  const atLeastAsRare = KINDS.map(() => new Int32Array(texts.length + 1));
  texts.forEach((_, text) => {
    look(text, held);
    for (let kind = 0; kind < KINDS.length; kind++) if (rarest[kind]! > 0) atLeastAsRare[kind]![rarest[kind]!]! += 1;
  });
  for (const counts of atLeastAsRare) {
    for (let count = 1; count < counts.length; count++) counts[count]! += counts[count - 1]!;
  }
  const floor = FLOOR * Math.log(texts.length / Math.min(room, texts.length));
  return (text, read) => {
    look(text, read);
    let told = 0;
    for (let kind = 0; kind < KINDS.length; kind++) {
      const count = rarest[kind]!;
      if (count > 0) told += Math.max(0, Math.log(texts.length / atLeastAsRare[kind]![count]!) - floor);
    }
    return told;
  };
}
