import { mkdir, open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Event } from '../events.ts';
import { eventOf } from './former.ts';

/** Every type of event that this version knows; a journal of a newer version may hold others, which are passed over. */
const KNOWN = {
  'session-start': true,
  'session-end': true,
  'client-read': true,
  'exchange-start': true,
  'provider-skip': true,
  'attempt-start': true,
  'attempt-fail': true,
  'attempt-commit': true,
  'translation-warn': true,
  'exchange-end': true,
  'provider-switch': true,
  'provider-rest': true,
  'provider-ready': true,
  'quota-read': true,
  'provider-steer': true,
  'budget-reach': true,
  'notice-show': true,
  fault: true,
} satisfies Record<Event['type'], true>;

export type Journal = {
  /** Queues the event and returns at once. Never throws. */
  write(event: Event): void;
  /** Resolves when everything queued is with the operating system and the file is closed. Never rejects. */
  close(): Promise<void>;
};

export type JournalOptions = {
  /** Told once of the first failure to write (a full disk, say); from then on events are dropped without a word. */
  onFault?: (fault: unknown) => void;
};

/**
 * Appends events to `file` as JSON lines, one write for all events of one turn of the event loop, each write in one
 * piece behind the last: whatever kills the process, what was written before stays readable, but for a torn last line.
 * The folder is made with 0700 and the file with 0600.
 */
export function openJournal(file: string, { onFault = () => {} }: JournalOptions = {}): Journal {
  let queue: Event[] = [];
  let scheduled = false;
  let broken = false;
  let handle: FileHandle | undefined;
  let tail: Promise<void> = Promise.resolve();

  const fail = (fault: unknown) => {
    if (broken) return;
    broken = true;
    queue = [];
    try {
      onFault(fault);
    } catch {
      // Whoever listens for faults must not break the session with one of their own.
    }
  };

  async function append(events: Event[]): Promise<void> {
    try {
      if (handle === undefined) {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        handle = await open(file, 'a', 0o600);
      }
      await handle.appendFile(events.map((event) => toLine(event)).join(''));
    } catch (fault) {
      fail(fault);
    }
  }

  function flush(): void {
    scheduled = false;
    if (broken || queue.length === 0) return;
    const events = queue;
    queue = [];
    tail = tail.then(() => (broken ? undefined : append(events)));
  }

  return {
    write(event) {
      if (broken) return;
      queue.push(event);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    async close() {
      flush();
      await tail;
      await handle?.close().catch(fail);
      handle = undefined;
      broken = true;
    },
  };
}

function toLine(event: Event): string {
  return `${JSON.stringify(event)}\n`;
}

/**
 * Reads a journal, also one whose writer was killed in the middle of a line or is still writing.
 * @returns the events in the order they were written; lines that are no known event are left out.
 */
export async function readJournal(file: string): Promise<Event[]> {
  return parseJournal(await readFile(file, 'utf8'));
}

/** The events in a journal's text: see `readJournal`. */
export function parseJournal(text: string): Event[] {
  const events: Event[] = [];
  for (const line of text.split('\n')) {
    const event = parseLine(line);
    if (event !== undefined) events.push(event);
  }
  return events;
}

function parseLine(line: string): Event | undefined {
  if (line === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // torn
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, at } = value as { type?: unknown; at?: unknown };
  return typeof type === 'string' && Object.hasOwn(KNOWN, type) && typeof at === 'number'
    ? eventOf(value as Event)
    : undefined;
}
