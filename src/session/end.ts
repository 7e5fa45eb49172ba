import type { Folders } from '../config/paths.ts';
import type { Notices } from '../notices.ts';
import type { Page } from '../page/routes.ts';
import type { Router } from '../proxy/router.ts';
import { listRunning } from '../state/running.ts';
import { pruneSessions, saveSummary } from '../state/store.ts';
import type { Summary } from '../state/summary.ts';
import type { Exchanges } from './exchanges.ts';
import type { Hosts } from './hosts.ts';
import type { OpenLedger } from './ledger.ts';
import type { SessionMemory } from './memory.ts';
import type { SessionRecord } from './record.ts';

const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');

/** How Claude Code ended. */
export type Ending = { exitCode: number; signal?: string };

/** The longest wait at the exit for the last answer's end. */
const LAST_ACCOUNT_MS = 1_000;
/** The longest wait at the exit for the last passages to be kept. */
const LAST_MEMORY_MS = 1_000;
/** The number of sessions whose journals and reports are kept. */
const KEPT_SESSIONS = 200;

/**
 * Ends a session, one part after the other, and writes its report.
 * @param parts.unwatch stops following the configuration.
 * @param parts.unlist removes the session from the running ones.
 * @returns the session's summary.
 */
export async function endSession(
  parts: {
    exchanges: Exchanges;
    unwatch: () => void;
    router: Router;
    page: Page;
    record: SessionRecord;
    notices: Notices;
    unlist: () => void;
    summary: () => Summary;
    memory: SessionMemory;
    ledger: OpenLedger;
    hosts: Hosts;
    places: Folders;
  },
  { exitCode, signal }: Ending,
): Promise<Summary> {
  const { exchanges, unwatch, router, page, record, notices, unlist, memory, ledger, hosts, places } = parts;
  // The client may exit before the end of its last answer is recorded.
  await within(LAST_ACCOUNT_MS, exchanges.over());
  unwatch();
  router.close();
  page.close();
  record.bus.emit({ type: 'session-end', exitCode, ...(signal !== undefined && { signal }) });
  notices.flushAfterExit();
  unlist();
  const summary = parts.summary();
  await within(LAST_MEMORY_MS, memory.close());
  await Promise.all([record.close(), ledger.close()]);
  await keepReport(summary, places);
  hosts.close();
  return summary;
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, delay(ms, undefined, { ref: false })]);
}

/** An empty session has no report. A report that cannot be written is made from the journal later. */
async function keepReport(summary: Summary, { sessions, state }: Folders): Promise<void> {
  if (summary.responses.length > 0) await saveSummary(sessions, summary).catch(() => {});
  await pruneSessions(sessions, KEPT_SESSIONS, new Set(listRunning(state).map(({ session }) => session)));
}
