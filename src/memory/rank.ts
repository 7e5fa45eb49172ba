import type { MemoryRecord } from './recall.ts';
import type { Question } from './select.ts';
import { rarityOf, scoreTexts, termsOf } from './terms.ts';

/** What the user asks weighs more than what was at hand. */
const PROMPT_WEIGHT = 3;
/** A name that more of the records share than this says nothing of one of them. */
const COMMON = 0.3;
/** So rare a word, against the rarest of all, may stand for half a name. */
const RARE = 0.6;

/**
 * The records that fit a question, the best first. Whatever the question, some record is the least bad one: so a record
 * must share a name with it (`settle.ts`, `reserveTwice`), or two words that are rare among the records.
 */
export function rankRecords(
  records: readonly MemoryRecord[],
  { prompt, surroundings }: Question,
  limit: number,
): MemoryRecord[] {
  const texts = records.map(({ text }) => termsOf(text));
  const names = records.map(({ text }) => namesIn(text));
  const rarity = rarityOf(texts);
  const nameRarity = rarityOf(names.map((each) => [...each]));
  const asked = namesIn(`${prompt}\n${surroundings}`);
  const words = new Map<string, number>();
  for (const term of termsOf(surroundings)) words.set(term, 1);
  for (const term of termsOf(prompt)) words.set(term, PROMPT_WEIGHT);
  const isRare = (term: string) => term.length > 3 && rarity(term) / rarity('') >= RARE;
  const isTelling = (name: string) => records.length < 4 || nameRarity(name) >= rarityAt(COMMON, records.length);
  const fits = records.map((_, i) => {
    if ([...names[i]!].some((name) => asked.has(name) && isTelling(name))) return true;
    return new Set(texts[i]!.filter((term) => words.has(term) && isRare(term))).size > 1;
  });
  const scores = scoreTexts(texts, words, (term) => rarity(term) ** 2);
  return records
    .map((record, i) => ({ record, i }))
    .filter(({ i }) => fits[i])
    .toSorted((a, b) => scores[b.i]! - scores[a.i]! || b.record.at - a.record.at)
    .slice(0, limit)
    .map(({ record }) => record);
}

/** The rarity of a name that this share of so many texts has: see `rarityOf`. */
function rarityAt(share: number, count: number): number {
  return Math.log(1 + (count * (1 - share) + 0.5) / (count * share + 0.5));
}

const WORDS = /[\p{L}\p{N}_$.-]+/gu;
/** A capital inside, an underscore, a digit beside a letter, a dot within: no word of prose is written so. */
const NAME = /[\p{Ll}\p{N}]\p{Lu}|\p{L}_|_\p{L}|\p{L}\p{N}|\p{N}\p{L}|\p{L}\.\p{L}{2}/u;

/** What somebody has named in a text: files without their folders, identifiers, versions; in lower case. */
function namesIn(text: string): Set<string> {
  const words = (text.match(WORDS) ?? []).map((word) => word.replaceAll(/^[.-]+|[.-]+$/g, ''));
  return new Set(words.filter((word) => word.length > 3 && NAME.test(word)).map((word) => word.toLowerCase()));
}
