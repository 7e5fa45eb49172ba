import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { makePrivateFolder } from '../../ground/folder.ts';
import { FORMAT, ForeignFile, isForeign } from '../../ground/format.ts';
import { withLock } from '../../ground/lock.ts';
import { markOf } from '../../ground/mark.ts';
import { readOwnFile } from '../../ground/regular-file.ts';
import { writeInOneStep } from '../../ground/write-file.ts';
import { parseFacts } from '../shared-facts.ts';
import type { Batch, TeamFacts } from './facts.ts';

/**
 * What this machine knows of the shared facts, in a file that all its sessions use: the facts as the server last had
 * them, and this machine's batches, which wait here until the server has them.
 */
export type Replica = {
  version: typeof FORMAT;
  /** Random, made once. */
  name: string;
  /** The number of this machine's last batch. */
  seq: number;
  /** By how much the server's clock is ahead of this machine's, milliseconds. */
  aheadMs: number;
  /** The server's revision of the facts; empty before the first one, and where the server has lost them. */
  revision: string;
  /** When they were read, by the server's clock; 0: never. */
  lastAt: number;
  facts?: TeamFacts;
  batches: Batch[];
};

/** A server that was restarted may lack its last moments: for so long, batches are kept that it had. */
const KEPT_MS = 10 * 60_000;
/** Older batches concern days that nobody counts any more. */
const OLDEST_MS = 4 * 24 * 3_600_000;
/** The file is written as a whole: a server that is away for days must not make it ever slower. */
const MOST_BATCHES = 5_000;

export function newReplica(): Replica {
  return {
    version: FORMAT,
    name: randomBytes(8).toString('hex'),
    seq: 0,
    aheadMs: 0,
    revision: '',
    lastAt: 0,
    batches: [],
  };
}

/** Which machine this is to others: a copied home folder on another machine is another one. */
export function machineMark({ name }: Replica): string {
  return markOf(`${name} ${hostname()}`);
}

/**
 * @returns undefined where there is none, or a damaged one.
 * @throws ForeignFile for one of a newer ccmux; the file system's error.
 */
export async function readReplica(file: string): Promise<Replica | undefined> {
  let text: string;
  try {
    text = (await readOwnFile(file)).toString('utf8');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
  return parseReplica(file, text);
}

function parseReplica(file: string, text: string): Replica | undefined {
  let value: Replica | null;
  try {
    value = JSON.parse(text) as Replica | null;
  } catch {
    return undefined;
  }
  if (isForeign(value)) throw new ForeignFile(file);
  if (typeof value?.name !== 'string' || typeof value.seq !== 'number' || !Array.isArray(value.batches)) {
    return undefined;
  }
  const { facts, ...others } = value;
  const parsed = facts && parseTeamFacts(JSON.stringify(facts));
  // Without facts they are read anew; the batches must not be lost.
  return parsed === undefined || parsed === 'foreign'
    ? { ...others, revision: '', lastAt: 0 }
    : { ...others, facts: parsed };
}

/** The same as for `providers.json`: `foreign` for another format, undefined for a text that is not (whole) ours. */
export function parseTeamFacts(text: string): TeamFacts | 'foreign' | undefined {
  const facts = parseFacts(text) as TeamFacts | 'foreign' | undefined;
  if (facts === undefined || facts === 'foreign') return facts;
  const isTable = (value: unknown) => typeof value === 'object' && value !== null;
  return isTable(facts.machines) && isTable(facts.reserved) ? facts : undefined;
}

/**
 * Changes the file under its lock. A damaged one is moved aside and reported.
 * @returns the file's content then.
 */
export async function changeReplica(
  file: string,
  now: number,
  change: (replica: Replica) => void,
  onDamage: (fault: unknown) => void,
): Promise<Replica> {
  makePrivateFolder(dirname(file));
  return withLock(`${file}.lock`, async (isHeld) => {
    let replica = await readReplica(file);
    if (replica === undefined) {
      const aside = `${file}.damaged-${now}`;
      const moved = await rename(file, aside).then(
        () => true,
        () => false,
      );
      if (moved) onDamage(new Error(`${file} could not be read, so it was moved to ${aside} and started afresh`));
      replica = newReplica();
    }
    change(replica);
    replica.batches = replica.batches.filter((batch) => isKept(batch, replica)).slice(-MOST_BATCHES);
    // This process was stopped so long that another session has the lock: its changes must not be lost.
    if (!(await isHeld())) throw new Error(`the lock of ${file} was lost`);
    await writeInOneStep(file, JSON.stringify(replica), { durable: false });
    return replica;
  });
}

function isKept(batch: Batch, { facts, lastAt }: Replica): boolean {
  if (facts === undefined || lastAt === 0) return true;
  return batch.at > lastAt - (isSent(batch, facts) ? KEPT_MS : OLDEST_MS);
}

export function isSent({ machine, seq }: Batch, facts: TeamFacts): boolean {
  return seq <= (facts.machines[machine]?.seq ?? 0);
}
