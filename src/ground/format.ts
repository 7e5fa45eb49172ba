/**
 * Two versions of ccmux may share their folders, so each file that ccmux keeps names its format by a number, `version`.
 * A file with an unknown number is not damaged: it is neither read nor written, and it stays.
 */
export const FORMAT = 1;

/** A file without a number is of the first ccmux, and is known. */
export function isForeign(content: unknown): boolean {
  const version = (content as { version?: unknown } | null | undefined)?.version;
  return version !== undefined && version !== FORMAT;
}

/** Shaped like a file system error, so that it is reported like one: see `words/storage.ts`. */
export class ForeignFile extends Error {
  override name = 'ForeignFile';
  readonly code = 'ENEWER';
  readonly path: string;
  /** @param writer the version that wrote it, where it says so. */
  constructor(path: string, writer?: unknown) {
    super(`${path} was written by a newer ccmux${typeof writer === 'string' ? ` (${writer})` : ''}`);
    this.path = path;
  }
}
