import type { Route } from '../failover/routes.ts';
import { areSame, type Compared } from '../meaning/compared.ts';

/** Compares a prompt with the examples of the routes; undefined: it could not be done, which is on record. */
export type Compare = (prompt: string) => Promise<Compared | undefined>;

/**
 * What `like` of the routes needs. It is loaded only where a route has examples.
 * @param fault called if the comparison itself fails: then no route by examples holds.
 * @returns undefined if no route has examples.
 */
export function createCompare(routes: readonly Route[], fault: (fault: unknown) => void): Compare | undefined {
  const sets = examplesOf(routes);
  if (sets.length === 0) return undefined;
  const words = import('../meaning/by-words.ts').then(({ comparingWords }) => comparingWords(sets));
  // It is told when somebody asks.
  words.catch(() => {});
  return async (prompt) => {
    try {
      return (await words)(prompt);
    } catch (error) {
      fault(error);
      return undefined;
    }
  };
}

/** Routes with the same examples differ in their other conditions, and mean the same. */
function examplesOf(routes: readonly Route[]): (readonly string[])[] {
  const all = routes.flatMap(({ when }) => (when.like === undefined ? [] : [when.like]));
  return all.filter((one, i) => all.findIndex((other) => areSame(one, other)) === i);
}
