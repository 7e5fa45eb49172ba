import type { MemoryRecord } from './recall.ts';
import type { Question } from './select.ts';
import { rarityOf, scoreTexts, termsOf } from './terms.ts';

/** What the user asks weighs more than what was at hand. */
const PROMPT_WEIGHT = 3;

/**
 * The records that fit a question, the best first. Whatever the question, some record is the least bad one: so a record
 * must share a name with it (`settle.ts`, `reserveTwice`), or some words of the prompt that few records have.
 */
export function rankRecords(
  records: readonly MemoryRecord[],
  { prompt, surroundings }: Question,
  limit: number,
): MemoryRecord[] {
  const named = records.map(({ text }) => namesIn(text));
  const worded = records.map(({ text }) => wordsIn(text));
  const isRare = (counts: ReadonlyMap<string, number>, one: string, share: number) =>
    (counts.get(one) ?? 0) <= Math.max(2, records.length * share);
  const nameCounts = countsOf(named);
  const wordCounts = countsOf(worded);
  // However the user has written it.
  const asked = new Set(tokensIn(prompt.toLowerCase()));
  const atHand = [...namesIn(surroundings)].filter((name) => isRare(nameCounts, name, COMMON));
  const words = [...wordsIn(prompt)];
  const telling = words.filter((word) => isRare(wordCounts, word, RARE));
  const enough = Math.max(2, Math.round(words.length * WORDS_SHARE));
  const fits = (i: number) =>
    [...named[i]!].some((name) => asked.has(name)) ||
    atHand.some((name) => named[i]!.has(name)) ||
    telling.filter((word) => worded[i]!.has(word)).length >= enough;
  const scores = scoresOf(records, { prompt, surroundings });
  return records
    .map((record, i) => ({ record, i }))
    .filter(({ i }) => fits(i))
    .toSorted((a, b) => scores[b.i]! - scores[a.i]! || b.record.at - a.record.at)
    .slice(0, limit)
    .map(({ record }) => record);
}

/** A file at hand that more of the records name says nothing of one of them. */
const COMMON = 0.3;
/** A word that more of them have says nothing by itself. */
const RARE = 0.02;
/** A long prompt shares a few words with anything. */
const WORDS_SHARE = 0.12;

function scoresOf(records: readonly MemoryRecord[], { prompt, surroundings }: Question): number[] {
  const texts = records.map(({ text }) => termsOf(text));
  const rarity = rarityOf(texts);
  const weights = new Map<string, number>();
  for (const term of termsOf(surroundings)) weights.set(term, 1);
  for (const term of termsOf(prompt)) weights.set(term, PROMPT_WEIGHT);
  return scoreTexts(texts, weights, (term) => rarity(term) ** 2);
}

const TOKENS = /[\p{L}\p{N}_$.-]+/gu;
/** A capital inside, an underscore, a digit beside a letter, a dot within: no word of prose is written so. */
const NAME = /[\p{Ll}\p{N}]\p{Lu}|\p{L}_|_\p{L}|\p{L}\p{N}|\p{N}\p{L}|\p{L}\.\p{L}{2}/u;
const SHORTEST = 4;

/** What somebody has named in a text: files without their folders, identifiers, versions; in lower case. */
function namesIn(text: string): Set<string> {
  return new Set(
    tokensIn(text)
      .filter((token) => token.length >= SHORTEST && NAME.test(token))
      .map((token) => token.toLowerCase()),
  );
}

function tokensIn(text: string): string[] {
  return (text.match(TOKENS) ?? []).map((token) => token.replaceAll(/^[.-]+|[.-]+$/g, ''));
}

/** The words of a text without those that stand in any text and without their endings. */
function wordsIn(text: string): Set<string> {
  const words = (text.toLowerCase().match(/[\p{Ll}\p{Lo}]+/gu) ?? []).filter(
    (word) => word.length >= SHORTEST && !ANYWHERE.has(word),
  );
  return new Set(words.map((word) => word.replace(/(?<=\p{L}{4})(?:ing|ed|es|s)$/u, '')));
}

/** English, and what every session of programming speaks of. */
const ANYWHERE = new Set(
  `about actually after again also always answer another anything because been before being between both call called
  cannot change changed changes code continue could correct does doing done down each else error even every everything
  exactly fail failed fails file files find first fixed found from function gets give given goes going have help here
  however into issue just keep kept know last left less like line lines list look looking looks made make makes many
  maybe means more most much must name need needed needs never next none nothing once only open other over part place
  please possible problem project question read really result return right same said says seems should show side since
  some something still such sure take takes tell test tests than that their them then there these they thing things
  think this those though through time together turn under until used user uses using value very wait want wants well
  were what when where whether which while whole will with without word work working works would write written wrong
  your`.split(/\s+/),
);

function countsOf(texts: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}
