import type { Folders } from '../config/paths.ts';
import { createBus, type Bus, type Event, type EventOf } from '../events.ts';
import { secrets } from '../providers/keys.ts';
import { fold } from '../state/fold.ts';
import { openJournal } from '../state/journal.ts';
import { createRedactor, redactEvent } from '../state/redact.ts';
import { createStorageWatch, type StorageWatch } from '../state/storage-watch.ts';
import { journalFile } from '../state/store.ts';
import { emptySummary, type Summary } from '../state/summary.ts';

/** What a session writes down: each event goes to its journal, into its summary, and to whoever listens. */
export type SessionRecord = {
  bus: Bus;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** What has happened so far. */
  summary(): Summary;
  /** A fault inside ccmux goes on record; it never fails a request. */
  fault(where: string, fault: unknown): void;
  /** The same for what could not be written: a disk's failure is told once, however many files it concerns. */
  unwritten(what: Kept, fault: unknown): void;
  /** The session is open. @returns the disk's failure before, which concerns the whole folder. */
  opened: StorageWatch['start'];
  /** Resolves when the journal is written. */
  close(): Promise<void>;
};

/** What a session keeps on the disk. */
type Kept = Exclude<EventOf<'storage-fail'>['what'], 'slow'>;

/** Where a fault is that is not the disk's. */
const PLACES: Record<Kept, string> = {
  folder: 'session',
  journal: 'journal',
  shared: 'shared state',
  memory: 'memory of earlier sessions',
};

/** @param input.observe sees every event, for the user's own collector. */
export function openRecord(input: {
  session: string;
  places: Pick<Folders, 'state' | 'sessions'>;
  observe?: ((event: Event) => void) | undefined;
  now: () => number;
}): SessionRecord {
  const { session, places, observe, now } = input;
  const redact = redactKnown();
  const bus = createBus(
    now,
    // A listener's fault is no event: the same listener would fail again.
    () => {},
    (event) => redactEvent(event, redact),
  );
  const storage = createStorageWatch(places.state, (event) => bus.emit(event));
  const journal = openJournal(journalFile(places.sessions, session), {
    onFault: (fault) => unwritten('journal', fault),
    onSlow: () => bus.emit({ type: 'storage-fail', what: 'slow', place: places.sessions }),
  });
  let summary = emptySummary();
  bus.on(journal.write);
  if (observe) bus.on(observe);
  bus.on((event) => {
    summary = fold(summary, event);
  });

  function tellFault(where: string, fault: unknown): void {
    const message = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    bus.emit({ type: 'fault', where, message });
  }

  function unwritten(what: Kept, fault: unknown): void {
    if (!storage.failed(what, fault)) tellFault(PLACES[what], fault);
  }

  return {
    bus,
    redact,
    summary: () => summary,
    fault: tellFault,
    unwritten,
    opened: storage.start,
    close: journal.close,
  };
}

/** Keys are fetched when they are first needed, so the redactor learns of them as they come. */
function redactKnown(): (text: string) => string {
  let known = -1;
  let redact = createRedactor([]);
  return (text) => {
    const now = secrets();
    if (now.length !== known) {
      known = now.length;
      redact = createRedactor(now);
    }
    return redact(text);
  };
}
