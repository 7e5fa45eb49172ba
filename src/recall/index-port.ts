import type { MemoryRecord } from '../memory/recall.ts';

/** What is looked for: of a project, but not of the session that asks. */
export type Sought = { project: string; session: string; prompt: string };

/**
 * Finds records by what they mean, beside the files, which stay the record: whatever an index says, what it found is
 * read in the files. It is made anew from them wherever it differs. Each function rejects with a `StoreError` if it
 * cannot be done now. Several processes use one index at the same time.
 */
export type Index = {
  /** The ids that it holds of a project. */
  ids(project: string): Promise<readonly string[]>;
  /** One that it has already is left out. */
  add(project: string, records: readonly MemoryRecord[]): Promise<void>;
  /** At most so many ids, the most alike first; none that is only the least unlike one. */
  find(sought: Sought, limit: number): Promise<readonly string[]>;
  /** For good: no copy or history of its own holds their words afterwards. */
  remove(project: string, ids: readonly string[]): Promise<void>;
  /** All that it holds of a project; left out: of each. */
  drop(project?: string): Promise<void>;
  /** Whether it can be used. @returns its version. */
  version(): Promise<string>;
  close(): Promise<void>;
};
