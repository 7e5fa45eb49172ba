import { isRecord } from '../../ground/check.ts';

/**
 * Chunks of a stream as the AI SDK's packages can read them. Hosts differ in small ways that the packages' strict
 * schemas reject, and a rejected chunk is a lost answer. So only the fields that are read later pass, in the expected
 * form. One parsed chunk in, one or none out.
 */
export type Fields = Record<string, unknown>;

/** The result for one chunk. */
export type NormalisedChunk =
  /** Pass this on. */
  | { kind: 'chunk'; chunk: unknown }
  /** The upstream failed inside its 200. */
  | { kind: 'error'; error: Fields }
  /** An empty chunk: a sign of life. */
  | { kind: 'none' };

/** Chunk by chunk, of one stream. */
export type ChunkNormaliser = (chunk: unknown) => NormalisedChunk;

export const NONE: NormalisedChunk = { kind: 'none' };

/** An error at the top of a chunk. */
export function hasError(chunk: unknown): chunk is Fields {
  return isRecord(chunk) && chunk['error'] !== undefined && chunk['error'] !== null && chunk['type'] === undefined;
}

/** The named fields that hold a string. */
export function stringsOf(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.filter((name) => typeof fields[name] === 'string').map((name) => [name, fields[name]]),
  );
}
