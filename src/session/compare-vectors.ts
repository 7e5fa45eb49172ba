import { pause } from '../ground/pause.ts';
import { comparingVectors, type Vector } from '../meaning/by-vectors.ts';
import type { Compared } from '../meaning/compared.ts';
import { ownWords } from '../meaning/own-words.ts';
import { STRANGERS } from '../meaning/strangers.ts';
import { EmbeddingError, type Embed } from './embedding.ts';

/** A prompt waits for vectors no longer. */
const MOST_WAITED_MS = 250;

/**
 * Compares by an embedding. The vectors of the examples are asked for at once and kept; if that fails, the next prompt
 * asks again. One question is under way at a time, and nobody waits for that of an earlier prompt.
 * @param failed called with each failure.
 * @returns undefined where it could not be done, or not in time.
 */
export function createVectorCompare(
  sets: readonly (readonly string[])[],
  embed: Embed,
  failed: (error: EmbeddingError) => void,
  mostWaitedMs = MOST_WAITED_MS,
): (prompt: string) => Promise<Compared | undefined> {
  type Prepared = { compare: ReturnType<typeof comparingVectors>; length: number };
  let prepared: Promise<Prepared> | undefined;
  let isAsking = false;

  async function prepare(): Promise<Prepared> {
    const vectors = await embed([...sets.flat(), ...STRANGERS].map((text) => ownWords(text) || text));
    const { length } = vectors[0]!;
    if (vectors.some((vector) => vector.length !== length)) throw new EmbeddingError('unreadable');
    const take = (count: number) => vectors.splice(0, count);
    const read = sets.map((examples) => ({ examples, vectors: take(examples.length) }));
    return { compare: comparingVectors(read, vectors), length };
  }

  /** @throws EmbeddingError; the next call tries again. */
  async function whenPrepared(): Promise<Prepared> {
    try {
      return await (prepared ??= prepare());
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  }

  async function ask(said: string, prompt: string): Promise<Compared> {
    isAsking = true;
    try {
      const { compare, length } = await whenPrepared();
      const [vector] = (await embed([said])) as [Vector];
      if (vector.length !== length) throw new EmbeddingError('unreadable');
      return compare(prompt, vector);
    } finally {
      isAsking = false;
    }
  }

  whenPrepared().catch(failed);
  return async (prompt) => {
    const said = ownWords(prompt);
    // Servers refuse an empty text, and it is like nothing.
    if (isAsking || said === '') return undefined;
    const inTime = new AbortController();
    try {
      const late = pause(mostWaitedMs, inTime.signal).then(() => Promise.reject(new EmbeddingError('slow')));
      return await Promise.race([ask(said, prompt), late]);
    } catch (error) {
      failed(error as EmbeddingError);
      return undefined;
    } finally {
      inTime.abort();
    }
  };
}
