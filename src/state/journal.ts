import { closeSync, openSync, writeSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Event } from '../events.ts';
import { makePrivateFolder } from '../ground/folder.ts';
import { ForeignFile, isForeign } from '../ground/format.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { isEvent } from './event-shape.ts';
import { eventOf } from './former.ts';

export type Journal = {
  /** Writes the event, now or before the process turns to something else. Never throws. */
  write(event: Event): void;
  /** Resolves when everything written is with the operating system and the file is closed. Never rejects. */
  close(): Promise<void>;
};

export type JournalOptions = {
  /** Called once, for the first failure to write (such as a full disk); later events are dropped silently. */
  onFault?: (fault: unknown) => void;
  /** Called once if the disk is slow, with the time of one write in milliseconds. */
  onSlow?: (ms: number) => void;
  /** A monotonic clock, milliseconds. */
  clock?: () => number;
};

/** Writing a line to a local disk's cache takes some 2 µs; a write this slow would delay every stream. */
const SLOW_MS = 20;
/** So long an event may wait for others. */
const WAIT_MS = 50;
/** The slow writes in a row that count: a single one may have waited for a busy processor. */
const SLOW_WRITES = 3;

/**
 * These events come with every exchange, or while a client waits for the next provider. Each is written together with
 * the next one that may not wait, or a moment later: nobody has been given an answer between the two.
 */
const MAY_WAIT: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'exchange-start',
  'attempt-start',
  'attempt-commit',
  'attempt-fail',
  'provider-cooldown',
  'quota-read',
  'exchange-price',
]);

/**
 * Appends events to `file` as JSON lines. The operating system has each line before `write` returns (but for those that
 * may wait), so that the journal knows every answer that the client has received whole, whatever kills the process. On a
 * slow disk (a network home) later lines are written asynchronously: a request must not wait for a disk, but a kill may
 * lose the last lines. The folder is made with 0700 and the file with 0600.
 */
export function openJournal(
  file: string,
  { onFault = () => {}, onSlow = () => {}, clock = () => performance.now() }: JournalOptions = {},
): Journal {
  let descriptor: number | undefined;
  let slowWrites = 0;
  let broken = false;
  let queue = '';
  let waiting: NodeJS.Timeout | undefined;
  let tail: Promise<void> = Promise.resolve();

  const fail = (fault: unknown) => {
    if (broken) return;
    broken = true;
    queue = '';
    tell(() => onFault(fault));
  };
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (fault) {
      fail(fault);
      return undefined;
    }
  };
  descriptor = guarded(() => {
    makePrivateFolder(dirname(file));
    return openSync(file, 'a', 0o600);
  });

  function flush(): void {
    if (queue === '' || broken || descriptor === undefined) return;
    if (slowWrites >= SLOW_WRITES) return writeLater();
    const lines = queue;
    queue = '';
    guarded(() => writeNow(descriptor!, lines));
  }

  function writeNow(descriptorNow: number, lines: string): void {
    const before = clock();
    writeWhole(descriptorNow, Buffer.from(lines));
    const ms = clock() - before;
    slowWrites = ms < SLOW_MS ? 0 : slowWrites + 1;
    if (slowWrites === SLOW_WRITES) tell(() => onSlow(ms));
  }

  function writeLater(): void {
    tail = tail.then(async () => {
      if (queue === '' || broken) return;
      const text = queue;
      queue = '';
      await appendFile(file, text).catch(fail);
    });
  }

  return {
    write(event) {
      if (broken || descriptor === undefined) return;
      queue += `${JSON.stringify(event)}\n`;
      if (!MAY_WAIT.has(event.type)) return flush();
      // It is left running: to stop it and to set it again takes longer than to look once in vain.
      waiting ??= setTimeout(() => {
        waiting = undefined;
        flush();
      }, WAIT_MS);
    },
    async close() {
      clearTimeout(waiting);
      flush();
      await tail;
      if (descriptor !== undefined) guarded(() => closeSync(descriptor!));
      descriptor = undefined;
      broken = true;
    },
  };
}

/** A nearly full disk takes part of a line; the next write then fails with the reason. */
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) start += writeSync(descriptor, bytes, start);
}

/** An exception in the fault listener must not break the session. */
function tell(listener: () => void): void {
  try {
    listener();
  } catch {
    // Nothing is left to report to.
  }
}

/**
 * Reads a journal, also one whose writer was killed in the middle of a line or is still writing.
 * @returns the events in the order they were written; lines that are no known event are left out.
 * @throws ForeignFile for one that is of another format.
 */
export async function readJournal(file: string): Promise<Event[]> {
  const text = (await readOwnFile(file)).toString('utf8');
  const start = startOf(text);
  if (isForeign({ version: start?.format })) throw new ForeignFile(file, start?.version);
  return parseJournal(text);
}

/** The first line of a journal, which names its format; undefined where it is damaged. */
export function startOf(text: string): { format?: unknown; version?: unknown } | undefined {
  const line = text.slice(0, Math.max(text.indexOf('\n'), 0));
  try {
    const start = JSON.parse(line) as { type?: unknown; format?: unknown; version?: unknown } | null;
    return start?.type === 'session-start' ? start : undefined;
  } catch {
    return undefined;
  }
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
  const event = eventOf(value as Event);
  return isEvent(event) ? event : undefined;
}
