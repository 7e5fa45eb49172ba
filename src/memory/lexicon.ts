import { ownText } from '../ground/own-text.ts';
import { KINDS, readWord, wordsIn, type Kind } from './terms.ts';
import { tokensOf } from './tokens.ts';

/** A text's words as numbers. */
export type Words = {
  /** Those that stand for themselves, before the parts of names. */
  ids: Int32Array;
  /** How many stand for themselves. */
  wholes: number;
  /** What is left of the text without its names and numbers: the same for all lines of one log, or of one table. */
  frame: number;
  tokens: number;
};

/** Gives each word a number: texts are read once, and compared by numbers from then on. */
export type Lexicon = {
  read(text: string): Words;
  /** The words of something that is compared again and again. */
  of(one: { text: string; words?: Words }): Words;
  /** How many numbers there are. */
  size(): number;
  /** By number: a word's kind, as its place in `KINDS`. */
  kinds(): readonly number[];
};

export function createLexicon(): Lexicon {
  const ids = new Map<string, number>();
  const frames = new Map<number, number>();
  const kinds: number[] = [];
  const words = new Map<string, { wholes: number[]; parts: number[]; isPlain: boolean }>();

  function newId(kind: Kind): number {
    kinds.push(KINDS.indexOf(kind));
    return kinds.length - 1;
  }

  function idOf(term: string, kind: Kind): number {
    const known = ids.get(term);
    if (known !== undefined) return known;
    const id = newId(kind);
    ids.set(ownText(term), id);
    return id;
  }

  function wordOf(text: string) {
    const known = words.get(text);
    if (known) return known;
    const { wholes, parts } = readWord(text);
    const word = {
      wholes: wholes.map(({ term, kind }) => idOf(term, kind)),
      parts: parts.map((part) => idOf(part, 'word')),
      isPlain: wholes.every(({ kind }) => kind === 'word'),
    };
    words.set(ownText(text), word);
    return word;
  }

  function read(text: string): Words {
    const wholes: number[] = [];
    const parts: number[] = [];
    let frame = 0;
    for (const each of wordsIn(text)) {
      const word = wordOf(each);
      for (const id of word.wholes) wholes.push(id);
      for (const id of word.parts) parts.push(id);
      frame = Math.imul(frame ^ (word.isPlain ? (word.wholes[0] ?? 0) + 1 : 0), 0x01000193) + 1;
    }
    const known = frames.get(frame) ?? newId('frame');
    frames.set(frame, known);
    const all = new Int32Array(wholes.length + parts.length);
    all.set(wholes);
    all.set(parts, wholes.length);
    return { ids: all, wholes: wholes.length, frame: known, tokens: tokensOf(text) };
  }

  return {
    read,
    of: (one) => (one.words ??= read(one.text)),
    size: () => kinds.length,
    kinds: () => kinds,
  };
}
