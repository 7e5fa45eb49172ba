import { fitOf } from './fit.ts';
import type { Lexicon, Words } from './lexicon.ts';
import type { Passage } from './passage.ts';
import { corpusOf, tellingOf } from './telling.ts';

/** What the next model is about to do, in the words of the conversation. */
export type Question = {
  /** What the user typed last. */
  prompt: string;
  /** The files, commands and failing tests of the last steps. */
  surroundings: string;
};

/** To compare them takes time: what is older than so many passages, some 500,000 tokens, is past. */
const MOST_CONSIDERED = 24_000;
/** This share of the room goes to what fits the question and to what tells most, the rest to what is newest. */
const BY_QUESTION = 0.5;
/** What stands beside a passage that fits often holds the rest of the thought. */
const NEIGHBOUR_WEIGHT = 1 / 4;
/** A word that is asked for, against one that is told unasked: a question shares some words with any passage. */
const ASKED_WEIGHT = 1 / 3;
/** A word in more passages than this share of those that there is room for does not choose between them. */
const RARE_SHARE = 1 / 2;
/** A passage of fewer words leans on the one before it, the more the fewer they are: "It says 4821 again." */
const FEW_WORDS = 12;
const LEANING = 3 / 2;
/** What is told in few words leaves room for more; by so little that brevity alone does not choose. */
const BREVITY = 1 / 3;
/** The last words are given as they came, whatever they tell: so much of the room. */
const LAST = 0.05;
/** Of the others the newest come first that tell so many times what a passage usually tells. */
const TELLING = 2;

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
  const costs = texts.map(({ tokens }) => tokens + LINE_TOKENS);
  const usual = sum(costs) / Math.max(1, pool.length);
  const groups = groupsOf(pool);
  const marked = new Set<string>();
  if (sum(costs) + new Set(groups).size * MARK_TOKENS <= room) return pool;
  const fitting = Math.max(1, room / usual);
  const asked = { prompt: lexicon.read(question.prompt), surroundings: lexicon.read(question.surroundings) };
  const held = input.held.slice(-MOST_CONSIDERED).map((passage) => lexicon.of(passage));
  const read = wordsIn(held, lexicon.size());
  const corpus = corpusOf(texts, lexicon.size());
  const telling = tellingOf(corpus, lexicon, read, fitting);
  const first = texts.map((_, i) => telling(i, read));
  const fit = fitOf(corpus, asked, Math.max(1, fitting * RARE_SHARE));
  const chosen = new Set<number>();
  let left = room;
  const take = (i: number, until: number): boolean => {
    const cost = costs[i]! + (marked.has(groups[i]!) ? 0 : MARK_TOKENS);
    if (chosen.has(i) || left - cost < until) return false;
    chosen.add(i);
    marked.add(groups[i]!);
    left -= cost;
    for (const id of texts[i]!.ids) read[id] = 1;
    fit.take(i);
    return true;
  };
  const isBeside = (i: number, at: number) => pool[at]?.block === pool[i]!.block;
  const leaning = (i: number) => {
    const few = FEW_WORDS - texts[i]!.wholes;
    return few > 0 ? ((LEANING * few) / FEW_WORDS) * first[i]! : 0;
  };
  const worth = (i: number) => {
    const beside = Math.max(isBeside(i, i - 1) ? fit.of(i - 1) : 0, isBeside(i, i + 1) ? fit.of(i + 1) : 0);
    const leant = chosen.has(i + 1) && isBeside(i, i + 1) ? leaning(i + 1) : 0;
    const told = telling(i, read) + leant + ASKED_WEIGHT * fit.of(i) + NEIGHBOUR_WEIGHT * beside;
    return told * (usual / costs[i]!) ** BREVITY;
  };
  const until = room * (1 - BY_QUESTION);
  takeBest({
    count: pool.length,
    worth,
    take: (i) => take(i, until),
    isTaken: (i) => chosen.has(i),
    isFull: () => left - until <= LINE_TOKENS,
    leansOn: (i) => (isBeside(i, i - 1) && leaning(i) > 0 ? i - 1 : undefined),
  });
  const newest = pool.map((_, i) => pool.length - 1 - i);
  for (const i of newest) if (!chosen.has(i) && !take(i, until - room * LAST)) break;
  const much = (TELLING * sum(first)) / first.length;
  for (const i of newest) if (telling(i, read) > much) take(i, 0);
  for (const i of newest) take(i, 0);
  return pool.filter((_, i) => chosen.has(i));
}

/**
 * Takes one after the other, the best first. Of two that are worth the same the newer one comes first. A worth falls
 * with what has been taken, so most are weighed once; only what another one `leansOn` rises.
 */
function takeBest(input: {
  count: number;
  worth: (i: number) => number;
  take: (i: number) => boolean;
  isTaken: (i: number) => boolean;
  isFull: () => boolean;
  leansOn: (i: number) => number | undefined;
}): void {
  const { worth, take, leansOn } = input;
  const all = Array.from({ length: input.count }, (_, i) => ({ i, worth: worth(i) }));
  const open = all.toSorted((a, b) => a.worth - b.worth || a.i - b.i);
  const put = (i: number, now: number) =>
    open.splice(open.findLastIndex((other) => other.worth <= now) + 1, 0, { i, worth: now });
  while (open.length > 0 && !input.isFull()) {
    const best = open.pop()!;
    if (input.isTaken(best.i)) continue;
    const now = worth(best.i);
    if (now < best.worth && now < (open.at(-1)?.worth ?? 0)) {
      put(best.i, now);
      continue;
    }
    if (now === 0) return;
    const before = take(best.i) ? leansOn(best.i) : undefined;
    if (before !== undefined) put(before, worth(before));
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
  const later = new Set<string>();
  const kept: Passage[] = [];
  for (let i = all.length - 1; i >= 0; i--) {
    const passage = all[i]!;
    if (!later.has(passage.text)) kept.push(passage);
    later.add(passage.text);
  }
  return kept.reverse();
}

/** Tokens: a line of its own, and the mark of turn and speaker before the first of them. */
const LINE_TOKENS = 2;
const MARK_TOKENS = 7;

/** Those of one turn and one speaker stand under one mark. */
export function groupOf({ turn, source, by }: Passage): string {
  return `${turn} ${source} ${by}`;
}

/** By passage. Neighbours mostly have one in common, which is written once. */
function groupsOf(passages: readonly Passage[]): string[] {
  const groups: string[] = [];
  passages.forEach((passage, i) => {
    const before = passages[i - 1];
    const isSame = before?.turn === passage.turn && before.source === passage.source && before.by === passage.by;
    groups.push(isSame ? groups[i - 1]! : groupOf(passage));
  });
  return groups;
}

/** Tokens that passages take in a note. */
export function costOf(passages: readonly Passage[], lexicon: Lexicon): number {
  const marks = new Set(passages.map(groupOf)).size;
  return sum(passages.map((passage) => lexicon.of(passage).tokens + LINE_TOKENS)) + marks * MARK_TOKENS;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
