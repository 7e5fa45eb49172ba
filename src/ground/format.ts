/**
 * Two versions of ccmux may share their folders. So each file that ccmux keeps names its format by a number, `version`;
 * a file that names another number than is known here is not damaged: it is read by nobody, written by nobody, and stays.
 */
export const FORMAT = 1;

/** A file without a number is of the first ccmux, and is known. */
export function isForeign(content: unknown): boolean {
  const version = (content as { version?: unknown } | null | undefined)?.version;
  return version !== undefined && version !== FORMAT;
}

/** A fault like the file system's own, so that it is told like one: see `words/storage.ts`. */
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
