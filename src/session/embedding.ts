import type { Config } from '../config/schema.ts';
import type { EmbeddingTrouble } from '../events.ts';
import { fields, isNumber, list } from '../ground/check.ts';
import { askLocal } from '../ground/local-request.ts';
import type { Vector } from '../meaning/by-vectors.ts';

/** Vectors of texts, in their order. Rejects with an `EmbeddingError`. */
export type Embed = (texts: readonly string[]) => Promise<Vector[]>;

export class EmbeddingError extends Error {
  readonly why: EmbeddingTrouble;
  readonly status: number | undefined;

  constructor(why: EmbeddingTrouble, status?: number) {
    super(`no vectors: ${why}`);
    this.why = why;
    this.status = status;
  }
}

/** A model may have to be loaded first. */
const PATIENCE_MS = 60_000;
/** A hundred vectors of 4,096 numbers are 10 MB of JSON. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The `/embeddings` of an OpenAI-compatible server on this machine. */
export function createEmbed({ url, model }: { url: string; model: string }, patienceMs = PATIENCE_MS): Embed {
  return async (texts) => {
    const asked = { method: 'POST', body: { model, input: texts } } as const;
    const limits = { ms: patienceMs, bytes: MOST_BYTES };
    const { status, body } = await askLocal(`${url}/embeddings`, asked, limits).catch(() => {
      throw new EmbeddingError('unreachable');
    });
    if (status !== 200) throw new EmbeddingError('status', status);
    const vectors = vectorsIn(body);
    if (vectors?.length !== texts.length) throw new EmbeddingError('unreadable');
    return vectors;
  };
}

/** Who makes vectors of passages, for the stores that take them. */
export function embeddingOf({ memory, embedding }: Pick<Config, 'memory' | 'embedding'>) {
  if (!embedding || memory.store === 'files') return undefined;
  return { model: embedding.model, embed: createEmbed(embedding) };
}

const isList = list(fields({ embedding: list(isNumber) }));

function vectorsIn(body: string): Vector[] | undefined {
  try {
    const { data } = Object(JSON.parse(body)) as { data?: unknown };
    if (!isList(data)) return undefined;
    const entries = data as { index?: number; embedding: Vector }[];
    if (!entries.every(({ embedding }) => hasDirection(embedding))) return undefined;
    return entries.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding);
  } catch {
    return undefined;
  }
}

/** Not empty, not all zeros, not beyond what a number can hold: any other is like nothing, and no route would be meant. */
function hasDirection(vector: Vector): boolean {
  const size = vector.reduce((sum, one) => sum + one ** 2, 0);
  return size > 0 && size < Infinity;
}
