import type { Grouping, History, Period } from './figures.ts';
import { createHistory } from './history.ts';
import { sessionsByTime, loadSummary } from './store.ts';
import type { Summary } from './summary.ts';

/** A session as it was read; `problem`: why there is nothing to show of it. */
export type ReadSession = { session: string } & ({ summary: Summary } | { problem: string });

/** So many files are read beside each other: enough for a slow disk, and far from any limit of open files. */
const AT_ONCE = 16;

/**
 * Reads sessions, the latest written first, a few at a time, so that thousands of them are never in memory together. A
 * session is read from its report, which is small; its journal is read only where it has none.
 *
 * @param which.since those that were last written before this moment are not even opened.
 * @param which.most how many at most.
 */
export async function* readSessions(
  folder: string,
  { since = -Infinity, most = Infinity }: { since?: number | undefined; most?: number } = {},
): AsyncGenerator<ReadSession> {
  const known = await sessionsByTime(folder);
  const ids = known.filter(({ writtenAt }) => writtenAt >= since).map(({ id }) => id);
  for (let first = 0; first < Math.min(ids.length, most); first += AT_ONCE) {
    const some = ids.slice(first, Math.min(first + AT_ONCE, most));
    yield* await Promise.all(some.map((id) => readSession(folder, id)));
  }
}

/** One damaged journal or report must not hide the others. */
async function readSession(folder: string, session: string): Promise<ReadSession> {
  try {
    const summary = await loadSummary(folder, session);
    return summary === undefined
      ? { session, problem: 'neither its journal nor its report can be understood' }
      : { session, summary };
  } catch (fault) {
    return { session, problem: (fault as Error).message };
  }
}

/** Adds up the sessions of a period. One that is damaged does not hide the others, and is named. */
export async function readHistory(folder: string, wanted: Period & { by?: Grouping | undefined }): Promise<History> {
  const history = createHistory(wanted);
  const unreadable: History['unreadable'] = [];
  for await (const read of readSessions(folder, { since: wanted.since })) {
    const { session } = read;
    if ('problem' in read) {
      unreadable.push({ session, problem: read.problem });
      continue;
    }
    try {
      history.add(read.summary);
    } catch (fault) {
      unreadable.push({ session, problem: (fault as Error).message });
    }
  }
  return { ...history.totals(), unreadable };
}
