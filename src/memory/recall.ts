import type { Source } from './passage.ts';
import type { Question } from './select.ts';

/**
 * One passage that outlives its session: what the user typed, what a model wrote, or a plan that the user approved.
 * Nothing of a tool's result is ever among them.
 */
export type MemoryRecord = {
  v: 1;
  /** Made of source and text: the same words are kept once in a project. Hexadecimal. */
  id: string;
  /** When it was kept, epoch milliseconds. */
  at: number;
  /** The key of the project: see `projectKey`. A store must never give it to another one. */
  project: string;
  /** The ccmux session in which it was said. */
  session: string;
  turn: number;
  source: Source;
  /** Who wrote it: a provider's id; '' for the user. */
  by: string;
  /** The providers to which that session could have been handed: nobody else may be told of it. */
  allowed: readonly string[];
  /** Word for word but for secrets, at most 600 characters. */
  text: string;
};

/** What somebody who takes over asks of earlier sessions. */
export type Query = {
  project: string;
  /** The session that asks; nothing is recalled from it. */
  session: string;
  /** Who would be told: only what was `allowed` to it is recalled. */
  provider: string;
  /** Older records have expired, epoch milliseconds. */
  since: number;
  question: Question;
};

/** Whether a record may be told to whoever asks. */
export function isFor({ project, session, provider, since }: Omit<Query, 'question'>): (one: MemoryRecord) => boolean {
  return (one) =>
    one.project === project && one.session !== session && one.at >= since && one.allowed.includes(provider);
}

/** Which records are meant: those for which everything holds that is named here. `{}` is all of them, in each project. */
export type Selection = {
  project?: string;
  session?: string;
  ids?: readonly string[];
  /** Kept before this moment, epoch milliseconds. */
  before?: number;
};

/** `left`: what could not be removed, and why, in words for the user. */
export type Forgotten = { records: number; left: readonly string[] };

/** So much is kept of a project. */
export const MOST_RECORDS = 2_000;

/**
 * Where passages of earlier sessions are kept. Each function rejects if the store cannot do it now; whoever calls goes
 * on without, and says so once. Several processes use one store at the same time.
 */
export type Recall = {
  /** Keeps them. A record that its project already has is left out; they need not be of one project. */
  keep(records: readonly MemoryRecord[]): Promise<void>;
  /** At most so many that fit the question, the best first; none that is only the least bad one. */
  recall(query: Query, limit: number): Promise<readonly MemoryRecord[]>;
  /** The oldest first. */
  list(what: Selection): Promise<readonly MemoryRecord[]>;
  /** Removes them for good: no copy, index or history of the store's own holds their words afterwards. */
  forget(what: Selection): Promise<Forgotten>;
  /** Forgets what was kept `before`, and a project's oldest records where it has more than `MOST_RECORDS`. */
  prune(project: string, before: number): Promise<void>;
  close(): Promise<void>;
};
