import { meantBy, mistakenIn, scoresOf, type Measure } from './meant.ts';

/** What a prompt was compared with, and how it came out. */
export type Compared = {
  by: 'words' | 'embedding';
  /** A score below this is no match. */
  least: number;
  /** In the order of the routes. */
  sets: readonly ComparedSet[];
  /** The place of the set that is meant; undefined: none, or more than one alike. */
  meant: number | undefined;
};

export type ComparedSet = {
  examples: readonly string[];
  score: number;
  /** The prompt asks for other work besides, so that only half of its likeness counts. */
  halved: boolean;
  /** So many of the examples that were tried would be taken for those of another set. */
  mistaken: number;
  of: number;
};

/** @param sets examples as the user has them, and as they are compared. @returns compares a prompt with them. */
export function comparing<Text>(
  by: Compared['by'],
  measure: Measure<Text>,
  sets: readonly { examples: readonly string[]; texts: readonly Text[] }[],
): (prompt: Text) => Compared {
  const texts = sets.map((set) => set.texts);
  const judged = mistakenIn(measure, texts);
  return (prompt) => {
    const scores = scoresOf(measure, prompt, texts);
    const told = sets.map(({ examples }, i) => {
      const { nearest, counts } = scores[i]!;
      return { examples, score: counts, halved: counts < nearest, ...judged[i]! };
    });
    return { by, least: measure.least, sets: told, meant: meantBy(scores, measure.least) };
  };
}

/** Examples of which half would be taken for another set's decide nothing. */
export function onlyTags({ mistaken, of }: ComparedSet): boolean {
  return 2 * mistaken >= of;
}

/** How like these examples the prompt is, if they are what it means. */
export function likenessIn(
  { by, sets, meant }: Compared,
  examples: readonly string[],
): { score: number; by: Compared['by']; onlyTags: boolean } | undefined {
  const set = meant === undefined ? undefined : sets[meant];
  if (set === undefined || !areSame(set.examples, examples)) return undefined;
  return { score: set.score, by, onlyTags: onlyTags(set) };
}

export function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}
