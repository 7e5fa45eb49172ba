import type { Passage } from './passage.ts';
import { corpusOf, tellingOf, type Corpus, type Worth } from './telling.ts';
import { frequency, rarity, type Lexicon, type Words } from './terms.ts';

/** What the next model is about to do, in the words of the conversation. */
export type Question = {
  /** What the user typed last. */
  prompt: string;
  /** The files, commands and failing tests of the last steps. */
  surroundings: string;
};

/** To compare them takes time: what is older than so many passages, some 140,000 tokens, is past. */
const MOST_CONSIDERED = 4_000;
/** This share of the room goes to what fits the question and to what tells most, the rest to what is newest. */
const BY_QUESTION = 0.5;
/** What was at hand weighs less than what the user asks. */
const SURROUNDINGS_WEIGHT = 1 / 3;
/** What stands beside a passage that fits often holds the rest of the thought. */
const NEIGHBOUR_WEIGHT = 1 / 2;

/**
 * The passages that are worth their room, in their order: about half by the question, half the newest. All of them if
 * they fit.
 * @param input.held what the transcript still says: a passage is worth more for what cannot be read there.
 * @param input.room tokens.
 */
export function selectPassages(input: {
  all: readonly Passage[];
  question: Question;
  held: readonly Passage[];
  lexicon: Lexicon;
  room: number;
}): readonly Passage[] {
  const { question, lexicon, room } = input;
  const pool = withoutRepeats(input.all).slice(-MOST_CONSIDERED);
  const texts = pool.map((passage) => lexicon.of(passage));
  const costs = texts.map(({ tokens }) => tokens + TAG_TOKENS);
  const usual = sum(costs) / Math.max(1, pool.length);
  if (sum(costs) <= room) return pool;
  const fitting = Math.max(1, room / usual);
  const asked = { prompt: lexicon.read(question.prompt), surroundings: lexicon.read(question.surroundings) };
  const held = input.held.slice(-MOST_CONSIDERED).map((passage) => lexicon.of(passage));
  const corpus = corpusOf(texts, lexicon.size());
  const telling = tellingOf(corpus, wordsIn(held, lexicon.size()), fitting);
  const matches = matchesOf(corpus, asked, fitting);
  const chosen = new Set<number>();
  let left = room;
  const take = (i: number, until: number): boolean => {
    if (left - costs[i]! < until) return false;
    chosen.add(i);
    left -= costs[i]!;
    return true;
  };
  chooseByWorth({
    telling,
    matches,
    // What is told in few words leaves room for more.
    brevity: costs.map((cost) => usual / cost),
    neighbours: (i) => [i - 1, i + 1].filter((at) => pool[at]?.block === pool[i]!.block),
    take: (i) => take(i, room * (1 - BY_QUESTION)),
    isFull: () => left - room * (1 - BY_QUESTION) < TAG_TOKENS,
  });
  const newest = pool.map((_, i) => pool.length - 1 - i);
  // Of the newest those come first that tell something at all.
  for (const i of [...newest.filter((each) => telling[each]!.length > 0), ...newest]) if (!chosen.has(i)) take(i, 0);
  return pool.filter((_, i) => chosen.has(i));
}

/**
 * By BM25 what in each passage answers the question. A word in more passages than there is room for does not choose
 * between them: "please go on" finds nothing in particular.
 */
function matchesOf({ texts, holding, average }: Corpus, asked: Record<keyof Question, Words>, fitting: number) {
  const weights = new Float64Array(holding.length);
  const add = (ids: readonly number[], weight: number) => {
    for (const id of ids) if (holding[id]! > 0 && holding[id]! <= fitting) weights[id] = weight;
  };
  add(asked.surroundings.ids, SURROUNDINGS_WEIGHT);
  add(asked.prompt.ids, 1);
  return texts.map(({ ids }): Worth[] => {
    const found = ids.filter((id) => weights[id]! > 0);
    return [...new Set(found)].map((word) => {
      const count = found.filter((id) => id === word).length;
      const told = rarity(holding[word]!, texts.length) * frequency(count, ids.length, average);
      return { word, score: weights[word]! * told };
    });
  });
}

/**
 * Takes one passage after the other, the best first. A word counts half once a passage with it is taken, then a third:
 * what was asked beside it is to have its place as well, and a sentence that comes again and again tells little.
 * What a passage tells is measured like one rare word: however many it has, they make up for no name that was asked for.
 */
function chooseByWorth(input: {
  telling: readonly Worth[][];
  matches: readonly Worth[][];
  brevity: readonly number[];
  neighbours: (i: number) => number[];
  take: (i: number) => boolean;
  isFull: () => boolean;
}): void {
  const { telling, matches, brevity } = input;
  const covered = new Map<number, number>();
  const left = (word: number) => 1 / (1 + (covered.get(word) ?? 0));
  const own = (i: number) => {
    let [told, fit] = [0, 0];
    for (const { word, score } of telling[i]!) told += score ** 2 * left(word);
    for (const { word, score } of matches[i]!) fit += score * left(word);
    return Math.sqrt(told * brevity[i]!) + fit;
  };
  const worth = (i: number) => {
    const beside = input.neighbours(i).reduce((most, at) => Math.max(most, own(at)), 0);
    return own(i) + NEIGHBOUR_WEIGHT * beside;
  };
  // Of two that are worth the same the newer one comes first. A worth only falls, so most are weighed once.
  const open = telling.map((_, i) => ({ i, worth: worth(i) })).toSorted((a, b) => a.worth - b.worth || a.i - b.i);
  while (open.length > 0 && !input.isFull()) {
    const best = open.pop()!;
    const now = worth(best.i);
    if (now < best.worth && now < (open.at(-1)?.worth ?? 0)) {
      const at = open.findLastIndex((other) => other.worth <= now);
      open.splice(at + 1, 0, { i: best.i, worth: now });
      continue;
    }
    if (now === 0) return;
    if (!input.take(best.i)) continue;
    const words = new Set([...telling[best.i]!, ...matches[best.i]!].map(({ word }) => word));
    for (const word of words) covered.set(word, (covered.get(word) ?? 0) + 1);
  }
}

/** By word: 1 if one of the texts holds it. */
function wordsIn(texts: readonly Words[], size: number): Uint8Array {
  const held = new Uint8Array(size);
  for (const { ids } of texts) for (const id of ids) held[id] = 1;
  return held;
}

/** The last of those with the same words stays. */
function withoutRepeats(all: readonly Passage[]): Passage[] {
  const last = new Map(all.map((passage, i) => [passage.text, i]));
  const kept = new Set(last.values());
  return all.filter((_, i) => kept.has(i));
}

/** The mark of turn and source that stands before a passage. */
export const TAG_TOKENS = 7;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
