/** What a whole word is, by its letters alone; a frame is what stands around names and numbers. */
export const KINDS = ['word', 'number', 'name', 'path', 'frame'] as const;
export type Kind = (typeof KINDS)[number];

/** A word as it stands in a text. */
export type Word = {
  /** Itself, in lower case; of `order.ts:487` the file and the line. */
  wholes: readonly { term: string; kind: Kind }[];
  /** What else it is found by: `settleTwice` by `settle`. */
  parts: readonly string[];
};

/**
 * The words by which texts are compared. A name counts as a whole and by its parts: `settleTwice`, `order.ts:487` and
 * `MAX_POOL` are found by `settle`, by `order` and by `pool`.
 */
export function termsOf(text: string): string[] {
  return wordsIn(text).flatMap((each) => {
    const { wholes, parts } = readWord(each);
    return [...wholes.map(({ term }) => term), ...parts];
  });
}

/** Scripts without blanks, or with many endings: they are compared by pairs of characters. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}々ー';
const LETTER = `[[\\p{L}\\p{M}\\p{N}]--[${UNSPACED}]]`;
const WORDS = new RegExp(`[${UNSPACED}]+|${LETTER}+(?:[._:\\/@#\\-]+${LETTER}+)*`, 'gv');
/** Of ASCII alone: finds the same, several times as fast. */
const PLAIN_WORDS = /[A-Za-z0-9]+(?:[._:/@#-]+[A-Za-z0-9]+)*/g;
// oxlint-disable-next-line no-control-regex
const IS_PLAIN = /^[\u0000-\u007f]*$/;

export function wordsIn(text: string): readonly string[] {
  return text.match(IS_PLAIN.test(text) ? PLAIN_WORDS : WORDS) ?? [];
}

const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'v');
const PARTS = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?![\p{Ll}\p{M}])|\p{Lu}|[\p{Lo}\p{Lt}\p{Lm}\p{M}]+|\p{N}+/gu;

export function readWord(text: string): Word {
  if (IS_UNSPACED.test(text)) {
    return { wholes: pairsOf(text).map((term) => ({ term, kind: 'word' as const })), parts: [] };
  }
  const pieces = (text.match(PARTS) ?? []).map((part) => part.toLowerCase());
  const whole = text.toLowerCase();
  const [end = '', line] = LINE.exec(whole) ?? [];
  const file = whole.slice(0, whole.length - end.length);
  if (line !== undefined && /\p{L}/u.test(file)) {
    const wholes = [
      { term: file, kind: kindOf(text.slice(0, file.length)) },
      { term: line, kind: 'number' as const },
    ];
    return { wholes, parts: [whole, ...pieces.filter((part) => part !== file && part !== line)] };
  }
  const kind = kindOf(text);
  if (whole.length === 1 && kind === 'word') return { wholes: [], parts: [] };
  return { wholes: [{ term: whole, kind }], parts: pieces.filter((part) => part !== whole && isTelling(part)) };
}

/** At the end of `order.ts:487`. */
const LINE = /[:#](\p{N}+)$/u;

/** A single letter between others, as in `aX`, says nothing. */
function isTelling(part: string): boolean {
  return part.length > 1 || /\p{N}/u.test(part);
}

function kindOf(text: string): Kind {
  if (!/\p{L}/u.test(text)) return 'number';
  if (/^\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+$/u.test(text)) return 'word';
  return /[./:@#-]/.test(text) ? 'path' : 'name';
}

function pairsOf(text: string): string[] {
  const characters = [...text];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => characters[i]! + character);
}

/** How rare a term is among texts: the rarer, the more it tells. */
export type Rarity = (term: string) => number;

/** @param texts their terms. */
export function rarityOf(texts: readonly (readonly string[])[]): Rarity {
  const holding = new Map<string, number>();
  for (const terms of texts) for (const term of new Set(terms)) holding.set(term, (holding.get(term) ?? 0) + 1);
  return (term) => rarity(holding.get(term) ?? 0, texts.length);
}

/** BM25's measure of how much it tells that a text is one of `count` among `all`. */
export function rarity(count: number, all: number): number {
  return Math.log(1 + (all - count + 0.5) / (count + 0.5));
}

/** BM25's usual constants: how soon repetition stops to count, and how much a long text is held back. */
const K1 = 1.2;
const B = 0.75;

/** How much it counts that a text has a term so many times. @param length the text's, in terms; `average`: all texts'. */
export function frequency(count: number, length: number, average: number): number {
  return (count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / Math.max(1, average)));
}

/**
 * How well each text answers a question, by BM25.
 * @param texts their terms.
 * @param question the weight of each of its terms.
 */
export function scoreTexts(
  texts: readonly (readonly string[])[],
  question: ReadonlyMap<string, number>,
  rarityIn: Rarity,
): number[] {
  const average = texts.reduce((sum, { length }) => sum + length, 0) / Math.max(1, texts.length);
  return texts.map((terms) => {
    const counts = new Map<string, number>();
    for (const term of terms) if (question.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
    let score = 0;
    for (const [term, count] of counts) {
      score += question.get(term)! * rarityIn(term) * frequency(count, terms.length, average);
    }
    return score;
  });
}
