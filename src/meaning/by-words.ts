import { comparing, type Compared } from './compared.ts';
import { gramsOf, likenessOf, type Grams } from './grams.ts';
import type { Measure } from './meant.ts';
import { ownWords } from './own-words.ts';
import { kindsOfWork, shareOf } from './work.ts';

/**
 * The least score of a match by words. Calibrated on one half of the labelled prompts of `test/meaning`, for few wrong
 * matches: a prompt that is missed goes as configured.
 */
const LEAST = 0.38;

type Text = { grams: Grams; work: ReadonlySet<string> };

const MEASURE: Measure<Text> = {
  least: LEAST,
  likeness: (prompt, example) => likenessOf(prompt.grams, example.grams),
  share: (prompt, examples) => shareOf(prompt.work, examples),
};

/** Compares by words alone: nothing is asked, and nothing leaves the process. */
export function comparingWords(sets: readonly (readonly string[])[]): (prompt: string) => Compared {
  const read = sets.map((examples) => ({ examples, texts: examples.map(readText) }));
  const compare = comparing('words', MEASURE, read);
  return (prompt) => compare(readText(prompt));
}

function readText(text: string): Text {
  const said = ownWords(text);
  return { grams: gramsOf(said), work: kindsOfWork(said) };
}
