import type { Passage } from './passage.ts';
import { rarityOf, scoreTexts, termsOf, type Rarity } from './terms.ts';
import { tokensOf } from './tokens.ts';

/** What the next model is about to do, in the words of the conversation. */
export type Question = {
  /** What the user typed last. */
  prompt: string;
  /** The files, commands and failing tests of the last steps. */
  surroundings: string;
};

/** To compare them takes time: what is older than so many passages has been summed up since, or is past. */
const MOST_CONSIDERED = 4_000;
/** This share of the room goes to what fits the question, the rest to what is newest. */
const BY_QUESTION = 0.5;
/** What the user asks weighs more than what was at hand. */
const PROMPT_WEIGHT = 3;
/** Among passages that fit the question alike, one that says something of its own comes first. */
const NOVELTY_WEIGHT = 0.5;
const NUMBER_WEIGHT = 6;
/** A passage beside one that fits often holds the rest of the thought. */
const NEIGHBOUR_WEIGHT = 0.25;

/**
 * The passages that are worth their room, in their order: about half by the question, half the newest. All of them if
 * they fit.
 * @param held what the transcript still says: a passage is worth more for what cannot be read there.
 * @param room tokens.
 */
export function selectPassages(
  all: readonly Passage[],
  question: Question,
  held: string,
  room: number,
): readonly Passage[] {
  const pool = withoutRepeats(all).slice(-MOST_CONSIDERED);
  const costs = pool.map(costOf);
  if (sum(costs) <= room) return pool;
  const { scores, novelty } = scorePassages(pool, question, new Set(termsOf(held)));
  const byScore = pool.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || b - a);
  const newest = pool.map((_, i) => pool.length - 1 - i);
  const usual = novelty.toSorted((a, b) => a - b)[Math.floor(pool.length / 2)]!;
  const chosen = new Set<number>();
  let left = room;
  const take = (order: readonly number[], until: number) => {
    for (const i of order) {
      if (chosen.has(i) || left - costs[i]! < until) continue;
      chosen.add(i);
      left -= costs[i]!;
    }
  };
  take(byScore, room * (1 - BY_QUESTION));
  take(
    newest.filter((i) => novelty[i]! >= usual),
    0,
  );
  take(newest, 0);
  return pool.filter((_, i) => chosen.has(i));
}

function scorePassages(pool: readonly Passage[], { prompt, surroundings }: Question, held: ReadonlySet<string>) {
  const texts = pool.map(({ text }) => termsOf(text));
  const rarity = rarityOf(texts);
  const rarest = rarity('');
  // Squared: however many common words of the question a text has, they make up for no name.
  const telling: Rarity = (term) => rarity(term) ** 2 / rarest;
  const weights = new Map<string, number>();
  for (const term of termsOf(surroundings)) weights.set(term, 1);
  for (const term of termsOf(prompt)) weights.set(term, PROMPT_WEIGHT);
  // One rare name in the prompt is a full match; a few common words are next to none.
  const fit = scaled(scoreTexts(texts, weights, telling), PROMPT_WEIGHT * rarest);
  const novelty = scaled(texts.map((terms) => noveltyOf(terms, held, rarity)));
  const beside = (i: number, at: number) => (pool[at]?.block === pool[i]!.block ? fit[at]! : 0);
  const scores = pool.map((_, i) => {
    const neighbour = Math.max(beside(i, i - 1), beside(i, i + 1));
    return fit[i]! + NOVELTY_WEIGHT * novelty[i]! + NEIGHBOUR_WEIGHT * neighbour;
  });
  return { scores, novelty };
}

/** How much a text says, for its length, that can be read nowhere else. A number can be guessed least of all. */
function noveltyOf(terms: readonly string[], held: ReadonlySet<string>, rarity: Rarity): number {
  const own = [...new Set(terms)]
    .filter((term) => !held.has(term))
    .map((term) => rarity(term) * (/\p{N}/u.test(term) ? NUMBER_WEIGHT : 1));
  return sum(own) / (24 + terms.length);
}

/** By the highest of the values, or by `least` if that is higher. */
function scaled(values: readonly number[], least = 0): number[] {
  const most = values.reduce((a, b) => Math.max(a, b), least);
  return values.map((value) => (most === 0 ? 0 : value / most));
}

/** The last of those with the same words stays. */
function withoutRepeats(all: readonly Passage[]): Passage[] {
  const last = new Map(all.map((passage, i) => [passage.text, i]));
  const kept = new Set(last.values());
  return all.filter((_, i) => kept.has(i));
}

/** With the mark of turn and source that stands before it. */
function costOf({ text }: Passage): number {
  return tokensOf(text) + TAG_TOKENS;
}

const TAG_TOKENS = 7;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
