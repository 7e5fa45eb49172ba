import { weightsOfCommon } from './common-words.ts';
import { isPaired, unitsOf } from './units.ts';

/** By what a text is compared: words, parts of words, pairs of words, each with how much it tells, and all that they tell. */
export type Grams = { weights: ReadonlyMap<string, number>; size: number };

/** Letters of a part of a word: three find `summary` by `summarise`, in any language. */
const PART = 3;
/** A word's exact form tells half of what its parts tell together, and so do two words in this order. */
const WORD_WEIGHT = 0.5;
const PAIR_WEIGHT = 0.5;
const NUMBER_WEIGHT = 0.3;

export function gramsOf(text: string): Grams {
  const grams = new Map<string, number>();
  const add = (gram: string, weight: number) => grams.set(gram, Math.max(weight, grams.get(gram) ?? 0));
  let before: { unit: string; weight: number } | undefined;
  for (const unit of unitsOf(text)) {
    const weight = weightOf(unit);
    const parts = isPaired(unit) ? [] : partsOf(unit);
    add(unit, parts.length === 0 ? weight : WORD_WEIGHT * weight);
    for (const part of parts) add(`_${part}`, weight / Math.sqrt(parts.length));
    if (before) add(`${before.unit} ${unit}`, PAIR_WEIGHT * Math.sqrt(before.weight * weight));
    before = { unit, weight };
  }
  return { weights: grams, size: [...grams.values()].reduce((sum, weight) => sum + weight ** 2, 0) };
}

/**
 * How like an example a prompt is, 0 to 1: the share of each that the other one has, the example's counted twice. A
 * prompt may say more than its example; one that has only half of it, the log and not the summary, is about the same
 * thing and wants something else.
 */
export function likenessOf(prompt: Grams, example: Grams): number {
  let found = 0;
  let told = 0;
  for (const [gram, weight] of example.weights) {
    const inPrompt = prompt.weights.get(gram);
    if (inPrompt === undefined) continue;
    found += weight ** 2;
    told += inPrompt ** 2;
  }
  return found === 0 ? 0 : Math.cbrt((found / example.size) ** 2 * (told / prompt.size));
}

const common = weightsOfCommon();
const UNSPACED_PAIR = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]{2}$/u;

function weightOf(unit: string): number {
  const known = common.get(unit);
  if (known !== undefined) return known;
  if (/^\p{N}+$/u.test(unit)) return NUMBER_WEIGHT;
  // A pair with a character that is a common word itself (`的`, `を`) mostly lies across two words.
  return UNSPACED_PAIR.test(unit) ? Math.min(...[...unit].map((one) => common.get(one) ?? 1)) : 1;
}

function partsOf(word: string): string[] {
  const letters = [...` ${word} `];
  return letters.slice(PART - 1).map((_, i) => letters.slice(i, i + PART).join(''));
}
