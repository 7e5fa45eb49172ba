import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOwnFile } from './regular-file.ts';
import { whenFree } from './when-free.ts';
import { identityOf, livenessOf, type ProcessIdentity } from './process.ts';

/** The holder of a lock, by its file. */
type Owner = { token: string; process?: ProcessIdentity };

/** A lock is held for milliseconds: a holder this old is stopped, or its machine is gone. */
const LONGEST_HOLD_MS = 10_000;
/** The longest wait for a lock. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Runs the work while no other process does. The lock is a file that is created exclusively and names its holder, so no
 * clock matters, neither this machine's nor the file system's. The lock of a killed holder is broken at once; if the
 * holder cannot be checked (another container or machine), after ten seconds of waiting.
 * @param work `isHeld` tells whether this process still holds the lock, which a long stop can lose: ask right before
 *   any change.
 * @throws what `work` throws; an error of the file system; an Error when others keep the lock for too long.
 */
export async function withLock<T>(path: string, work: (isHeld: () => Promise<boolean>) => Promise<T>): Promise<T> {
  const token = randomUUID();
  const own = `${path}.${token}`;
  // A hard link to a finished file, so that a lock always names its owner.
  try {
    await writeFile(own, JSON.stringify({ token, process: identityOf() }), { mode: 0o600, flag: 'wx' });
    await acquire(path, own);
    const isHeld = async () => (await ownerOf(path))?.token === token;
    try {
      return await work(isHeld);
    } finally {
      if (await isHeld()) await remove(path);
    }
  } finally {
    await remove(own);
  }
}

async function acquire(path: string, own: string): Promise<void> {
  const startedAt = performance.now();
  let holder: Owner | undefined;
  let seenAt = startedAt;
  while (!(await tryLink(own, path))) {
    const now = performance.now();
    const owner = await ownerOf(path);
    if (owner?.token !== holder?.token) [holder, seenAt] = [owner, now];
    if (owner !== undefined && (isGone(owner) || now - seenAt > LONGEST_HOLD_MS)) await takeAway(path, owner);
    else if (now - startedAt > LONGEST_WAIT_MS) throw new Error(`${path} is held by process ${owner?.process?.pid}`);
    else await sleep(2 + Math.random() * 20);
  }
}

/**
 * Only one process at a time breaks a lock, and only while it still belongs to the dead owner: it might be a new one.
 */
function takeAway(path: string, { token }: Owner): Promise<void> {
  return withLock(`${path}.gone`, async () => {
    if ((await ownerOf(path))?.token !== token) return;
    await rm(path, { recursive: true, force: true });
    await rm(`${path}.${token}`, { force: true });
  });
}

/** The work under the lock is done even if its file cannot be removed: others break it in time. */
async function remove(path: string): Promise<void> {
  await whenFree(() => rm(path, { force: true })).catch(() => {});
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    // On Windows a lock that was removed a moment ago can still be in somebody's hand.
    await whenFree(() => link(from, to));
    return true;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fault;
  }
}

function isGone({ process: owner }: Owner): boolean {
  return owner !== undefined && livenessOf(owner) === 'gone';
}

/** @returns undefined where the lock is free; an owner without a name for a file that is not ours. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse((await readOwnFile(path)).toString('utf8')) as Partial<Owner> | null;
    return { token: String(owner?.token), ...(owner?.process?.pid !== undefined && { process: owner.process }) };
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { token: 'unreadable' };
  }
}
