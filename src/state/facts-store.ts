import type { Days } from './calendar.ts';
import type { Change, SharedFacts } from './shared-facts.ts';

/** Where the facts are kept: `file-store.ts`, or with other machines. Its moments are those of this machine's clock. */
export type FactsStore = {
  /** Missing facts are a fresh start, damaged ones are repaired and reported. */
  read(): Promise<SharedFacts>;
  /** Applies the changes to what is kept now, in one step. @returns what is kept then. */
  write(changes: readonly Change[]): Promise<SharedFacts>;
  /** From now on tells within about a second that there is something new to read. */
  watch(onNews: () => void): void;
  close(): Promise<void>;
  /** The days by which is counted. */
  days: Days;
};
