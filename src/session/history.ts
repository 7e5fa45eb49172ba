import { dayStart } from '../state/calendar.ts';
import type { PageHistory } from '../page/data.ts';
import { readHistory } from '../state/read-sessions.ts';

/** The page shows today and the six days before. */
const DAYS = 7;
/** Several pages, and one that is opened again, share a reading that is this young. */
const FRESH_MS = 30_000;

/**
 * What the page shows of all sessions, read when somebody looks. It reads in this process, a few reports at a time, so
 * that requests go on in between; sessions of earlier days are not opened.
 */
export function createPageHistory(sessions: string, now: () => number): () => Promise<PageHistory> {
  let last: { at: number; history: Promise<PageHistory> } | undefined;
  const read = async (at: number): Promise<PageHistory> => {
    const since = dayStart(at, 1 - DAYS);
    const { total, groups, unreadable } = await readHistory(sessions, { since, by: 'session' });
    return { since, readAt: at, total, sessions: groups, unreadable: unreadable.length };
  };
  return () => {
    const at = now();
    if (last === undefined || at - last.at > FRESH_MS) {
      const history = read(at);
      last = { at, history };
      // A failed reading is not kept.
      history.catch(() => (last = undefined));
    }
    return last.history;
  };
}
