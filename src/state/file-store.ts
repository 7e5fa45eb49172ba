import { unwatchFile, watchFile } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makePrivateFolder } from '../ground/folder.ts';
import { ForeignFile } from '../ground/format.ts';
import { withLock } from '../ground/lock.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { writeInOneStep } from '../ground/write-file.ts';
import { LOCAL_DAYS } from './calendar.ts';
import type { FactsStore } from './facts-store.ts';
import { apply, noFacts, parseFacts, withoutWrongCooldowns } from './shared-facts.ts';
import type { Change, SharedFacts } from './shared-facts.ts';

const WATCH_MS = 500;

/**
 * Keeps the facts in a file of this machine. Its folder is made when needed, 0700.
 * @param onDamage called when a damaged file was moved aside.
 */
export function fileStore(file: string, now: () => number, onDamage: (fault: unknown) => void): FactsStore {
  let unwatch = () => {};
  const write = (changes: readonly Change[]) => rewrite(file, changes, now(), onDamage);
  return {
    async read() {
      const text = await readText(file);
      const facts = text === undefined ? noFacts() : parseFacts(text);
      if (facts === 'foreign') throw new ForeignFile(file);
      // The holder of the lock repairs a damaged file, in `rewrite`.
      return withoutWrongCooldowns(facts ?? (await write([])), now());
    },
    write,
    watch(onChange) {
      watchFile(file, { interval: WATCH_MS, persistent: false }, onChange);
      unwatch = () => unwatchFile(file, onChange);
    },
    async close() {
      unwatch();
    },
    days: LOCAL_DAYS,
  };
}

/**
 * Under the lock: reads the file, applies the changes, writes it. A damaged file is moved aside and reported.
 * @returns what is on disk now.
 */
async function rewrite(
  file: string,
  changes: readonly Change[],
  now: number,
  onDamage: (fault: unknown) => void,
): Promise<SharedFacts> {
  makePrivateFolder(dirname(file));
  return withLock(`${file}.lock`, async (isHeld) => {
    const text = await readText(file);
    let facts = text === undefined ? noFacts() : parseFacts(text);
    if (facts === 'foreign') throw new ForeignFile(file);
    if (facts === undefined) {
      const aside = `${file}.damaged-${now}`;
      await rename(file, aside);
      onDamage(new Error(`${file} could not be read, so it was moved to ${aside} and started afresh`));
      facts = noFacts();
    }
    withoutWrongCooldowns(facts, now);
    for (const change of changes) apply(facts, change);
    facts.savedAt = now;
    // This process was stopped so long that another session has the lock: its changes must not be lost.
    if (!(await isHeld())) throw new Error(`the lock of ${file} was lost`);
    await writeInOneStep(file, JSON.stringify(facts), { durable: false });
    return facts;
  });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readOwnFile(file)).toString('utf8');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
}
