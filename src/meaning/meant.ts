/** How texts are compared. `Text`: a text as it is compared, made once. */
export type Measure<Text> = {
  /** 1 for the same, about 0 for strangers. */
  likeness(text: Text, example: Text): number;
  /** What of its likeness counts if it is to be one of these examples; left out: all of it. */
  share?(text: Text, examples: readonly Text[]): number;
  /** What counts must be this much at least. */
  least: number;
};

/** How like a set of examples a text is: as like as the nearest of them, and what of it counts. */
export type Score = { nearest: number; counts: number };

/** Two are as good as tied where the second comes this near to the first: then neither is meant. */
const TIE = 0.6;

export function scoresOf<Text>(
  { likeness, share = () => 1 }: Measure<Text>,
  text: Text,
  sets: readonly (readonly Text[])[],
): Score[] {
  return sets.map((examples) => {
    const nearest = examples.reduce((most, one) => Math.max(most, likeness(text, one)), 0);
    return { nearest, counts: nearest * share(text, examples) };
  });
}

/** Which of the sets is meant, by its place; undefined: none, or more than one. */
export function meantBy(scores: readonly Score[], least: number): number | undefined {
  const best = Math.max(...scores.map(({ nearest }) => nearest));
  const [first, ...tied] = scores.filter(({ nearest }) => nearest > TIE * best);
  return first !== undefined && tied.length === 0 && first.counts >= least ? scores.indexOf(first) : undefined;
}

/** So many examples show whether a set is one of its own. */
const MOST_TRIED = 20;

/**
 * Leave-one-out: how many examples of each set would be taken for those of another set if they were not in their own.
 * An only example stands against the others alone. Of many, the first are tried.
 */
export function mistakenIn<Text>(
  measure: Measure<Text>,
  sets: readonly (readonly Text[])[],
): { mistaken: number; of: number }[] {
  return sets.map((examples, own) => {
    const isMistaken = (one: Text) => {
      const rest = sets.map((set, i) => (i === own ? set.filter((other) => other !== one) : set));
      const meant = meantBy(scoresOf(measure, one, rest), measure.least);
      return meant !== undefined && meant !== own;
    };
    const tried = examples.slice(0, MOST_TRIED);
    return { mistaken: tried.filter(isMistaken).length, of: tried.length };
  });
}
