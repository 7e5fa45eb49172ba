import { createHash } from 'node:crypto';
import { nearness, type Vector } from '../meaning/by-vectors.ts';
import { STRANGERS } from '../meaning/strangers.ts';
import { termsOf } from '../memory/terms.ts';
import { StoreError } from './store-error.ts';

/** Makes vectors of texts, each of length 1. */
export type Vectors = {
  /** What made them, in letters and digits: those of another kind cannot be compared with them. */
  kind: string;
  of(texts: readonly string[]): Promise<Vector[]>;
  /** @returns also the least cosine of a text that is like the question, and not only the least unlike one. */
  ofQuestion(text: string): Promise<{ vector: Vector; least: number }>;
};

/** An OpenAI-compatible server on this machine, as the setting `embedding` names it. */
export type Embedding = { model: string; embed: (texts: readonly string[]) => Promise<Vector[]> };

/**
 * Between what strangers have in common with a question (0) and the question itself (1). With a small model and eight
 * questions in other words it let through three passages that were meant, and one of 314 that were not.
 */
const LEAST_LIKE = 0.25;
/** Texts in one question to the server: what a small machine answers within seconds. */
const AT_ONCE = 32;

/** @param embedding left out: vectors of the words themselves, by which nothing is found but by its words. */
export function createVectors(embedding: Embedding | undefined): Vectors {
  let strangers: Promise<Vector[]> | undefined;

  async function of(texts: readonly string[]): Promise<Vector[]> {
    if (!embedding) return texts.map(vectorOfWords);
    const vectors: Vector[] = [];
    for (let at = 0; at < texts.length; at += AT_ONCE)
      vectors.push(...(await asked(embedding, texts.slice(at, at + AT_ONCE))));
    return vectors;
  }

  async function strangersOnce(): Promise<Vector[]> {
    try {
      return await (strangers ??= of(STRANGERS));
    } catch (error) {
      strangers = undefined;
      throw error;
    }
  }

  return {
    kind: embedding ? createHash('sha256').update(embedding.model).digest('hex').slice(0, 8) : 'words',
    of,
    async ofQuestion(text) {
      const [[vector], others] = await Promise.all([of([text]), strangersOnce()]);
      const begins = nearness(vector!, others);
      return { vector: vector!, least: begins + LEAST_LIKE * (1 - begins) };
    },
  };
}

async function asked({ embed }: Embedding, texts: readonly string[]): Promise<Vector[]> {
  try {
    return (await embed(texts)).map(ofLengthOne);
  } catch (cause) {
    throw new StoreError('embedding', { cause });
  }
}

const DIMENSIONS = 512;

/** Each word has a place and a sign by its hash; one that comes often counts little more. */
function vectorOfWords(text: string): Vector {
  const counts = new Map<number, number>();
  for (const term of termsOf(text)) {
    const hash = createHash('md5').update(term).digest();
    const place = hash.readUInt16LE(0) % DIMENSIONS;
    counts.set(place, (counts.get(place) ?? 0) + (hash[2]! % 2 === 0 ? 1 : -1));
  }
  const vector = Array.from({ length: DIMENSIONS }, (_, place) => {
    const count = counts.get(place) ?? 0;
    return Math.sign(count) * Math.sqrt(Math.abs(count));
  });
  return ofLengthOne(vector);
}

function ofLengthOne(vector: Vector): Vector {
  const length = Math.sqrt(vector.reduce((sum, one) => sum + one ** 2, 0));
  return length === 0 ? vector : vector.map((one) => one / length);
}
