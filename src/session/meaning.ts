import type { EventBody } from '../events.ts';
import type { Route } from '../failover/routes.ts';
import { areSame, type Compared } from '../meaning/compared.ts';
import type { EmbeddingError } from './embedding.ts';

/** Compares a prompt with the examples of the routes; undefined: it could not be done, which is on record. */
export type Compare = (prompt: string) => Promise<Compared | undefined>;

/**
 * What `like` of the routes needs. It is loaded only where a route has examples.
 * @param input.fault called if the comparison itself fails: then no route by examples holds.
 * @returns undefined if no route has examples.
 */
export function createCompare(input: {
  routes: readonly Route[];
  embedding?: { url: string; model: string } | undefined;
  emit: (event: EventBody) => void;
  fault: (fault: unknown) => void;
  /** How long a prompt waits for vectors. */
  mostWaitedMs?: number;
}): Compare | undefined {
  const { routes, embedding, emit, fault, mostWaitedMs } = input;
  const sets = examplesOf(routes);
  if (sets.length === 0) return undefined;
  const words = import('../meaning/by-words.ts').then(({ comparingWords }) => comparingWords(sets));
  const vectors = embedding && compareByVectors(sets, embedding, emit, mostWaitedMs);
  // A failure is told when somebody asks.
  void Promise.allSettled([words, vectors]);
  return async (prompt) => {
    try {
      return (await (await vectors)?.(prompt)) ?? (await words)(prompt);
    } catch (error) {
      fault(error);
      return undefined;
    }
  };
}

/** Tells of the first failure; the others are like it. */
async function compareByVectors(
  sets: readonly (readonly string[])[],
  embedding: { url: string; model: string },
  emit: (event: EventBody) => void,
  mostWaitedMs: number | undefined,
): Promise<Compare> {
  const [{ createEmbed }, { createVectorCompare }] = await Promise.all([
    import('./embedding.ts'),
    import('./compare-vectors.ts'),
  ]);
  let told = false;
  const failed = ({ why, status }: EmbeddingError) => {
    if (!told) emit({ type: 'embedding-fail', ...embedding, why, ...(status !== undefined && { status }) });
    told = true;
  };
  return createVectorCompare(sets, createEmbed(embedding), failed, mostWaitedMs);
}

/** The sets of examples. Routes with the same ones differ in their other conditions, and mean the same. */
export function examplesOf(routes: readonly Route[]): (readonly string[])[] {
  const all = routes.flatMap(({ when }) => (when.like === undefined ? [] : [when.like]));
  return all.filter((one, i) => all.findIndex((other) => areSame(one, other)) === i);
}
