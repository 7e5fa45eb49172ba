/**
 * The words by which texts are compared. A name counts as a whole and by its parts: `settleTwice`, `order.ts:487` and
 * `MAX_POOL` are found by `settle`, by `order` and by `pool`.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const name of text.match(isPlain(text) ? PLAIN_NAMES : NAMES) ?? []) {
    // Most words are no more than that.
    if (PLAIN_WORD.test(name)) {
      if (name.length > 1) terms.push(name);
      continue;
    }
    const parts = name.match(PARTS) ?? [];
    if (parts.length !== 1) terms.push(name.toLowerCase());
    for (const part of parts) {
      if (part.length > 1 || SHORT_TERM.test(part)) terms.push(part.toLowerCase());
    }
  }
  return terms;
}

/** Only ASCII: the shorter patterns find the same, several times as fast. */
function isPlain(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\u0000-\u007f]/.test(text);
}

const PLAIN_NAMES = /[A-Za-z0-9]+(?:[._:/@#-]+[A-Za-z0-9]+)*/g;
const PLAIN_WORD = /^[a-z]+$/;
const NAMES = /[\p{L}\p{N}]+(?:[._:/@#-]+[\p{L}\p{N}]+)*/gu;
// Scripts without blanks are compared by single characters.
const PARTS = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{Lu}|\p{Lo}|\p{N}+/gu;
/** One character that says something alone. */
const SHORT_TERM = /\p{N}|\p{Lo}/u;

/** How rare a term is among texts: the rarer, the more it tells. */
export type Rarity = (term: string) => number;

/** @param texts their terms. */
export function rarityOf(texts: readonly (readonly string[])[]): Rarity {
  const holding = new Map<string, number>();
  for (const terms of texts) for (const term of new Set(terms)) holding.set(term, (holding.get(term) ?? 0) + 1);
  return (term) => {
    const count = holding.get(term) ?? 0;
    return Math.log(1 + (texts.length - count + 0.5) / (count + 0.5));
  };
}

/** BM25's usual constants: how soon repetition stops to count, and how much a long text is held back. */
const K1 = 1.2;
const B = 0.6;

/**
 * How well each text answers a question, by BM25.
 * @param texts their terms.
 * @param question the weight of each of its terms.
 */
export function scoreTexts(
  texts: readonly (readonly string[])[],
  question: ReadonlyMap<string, number>,
  rarity: Rarity,
): number[] {
  const average = texts.reduce((sum, { length }) => sum + length, 0) / Math.max(1, texts.length);
  return texts.map((terms) => {
    const counts = new Map<string, number>();
    for (const term of terms) if (question.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
    let score = 0;
    for (const [term, count] of counts) {
      const length = 1 - B + (B * terms.length) / Math.max(1, average);
      score += question.get(term)! * rarity(term) * ((count * (K1 + 1)) / (count + K1 * length));
    }
    return score;
  });
}
