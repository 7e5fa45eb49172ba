import { comparing, type Compared } from './compared.ts';
import type { Measure } from './meant.ts';
import { ownWords } from './own-words.ts';
import { kindsOfWork, shareOf } from './work.ts';

export type Vector = readonly number[];

/**
 * The least score of a match by an embedding. Calibrated like the one by words, with one small model; it is a place
 * between strangers (0) and the same words (1), so that it holds for others too.
 */
const LEAST = 0.38;

/** So many of the nearest strangers show where likeness begins: one alone may happen to be near. */
const NEAREST = 5;

/** `strangers`: how near they come to it. */
type Text = { vector: Vector; strangers: number; work: ReadonlySet<string> };

const MEASURE: Measure<Text> = {
  least: LEAST,
  share: (prompt, examples) => shareOf(prompt.work, examples),
  likeness(prompt, example) {
    const begins = (prompt.strangers + example.strangers) / 2;
    return Math.max(0, (cosine(prompt.vector, example.vector) - begins) / (1 - begins));
  },
};

/** Compares by vectors that somebody else has made. @param strangers of prompts that no route is for. */
export function comparingVectors(
  sets: readonly { examples: readonly string[]; vectors: readonly Vector[] }[],
  strangers: readonly Vector[],
): (prompt: string, vector: Vector) => Compared {
  const read = (text: string, vector: Vector): Text => {
    return { vector, strangers: nearness(vector, strangers), work: kindsOfWork(ownWords(text)) };
  };
  const texts = sets.map(({ examples, vectors }) => ({
    examples,
    texts: examples.map((example, i) => read(example, vectors[i]!)),
  }));
  const compare = comparing('embedding', MEASURE, texts);
  return (prompt, vector) => compare(read(prompt, vector));
}

/** How near the nearest of these strangers come to a text. */
export function nearness(vector: Vector, strangers: readonly Vector[]): number {
  const nearest = strangers
    .map((stranger) => cosine(vector, stranger))
    .toSorted((a, b) => b - a)
    .slice(0, NEAREST);
  // A text that is itself among the strangers would be like nothing.
  return Math.min(0.99, nearest.reduce((sum, one) => sum + one, 0) / Math.max(1, nearest.length));
}

function cosine(a: Vector, b: Vector): number {
  let product = 0;
  let ofA = 0;
  let ofB = 0;
  for (let i = 0; i < a.length; i += 1) {
    product += a[i]! * b[i]!;
    ofA += a[i]! ** 2;
    ofB += b[i]! ** 2;
  }
  return ofA === 0 || ofB === 0 ? 0 : product / Math.sqrt(ofA * ofB);
}
