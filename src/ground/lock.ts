import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, livenessOf, type ProcessIdentity } from './process.ts';

/** Who holds a lock, as its file says. */
type Owner = { token: string; process?: ProcessIdentity };

/** A lock is held for milliseconds: who has held it for so long is stopped, or was on a machine that is gone. */
const LONGEST_HOLD_MS = 10_000;
/** How long one waits for others in all. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Does something while no other process does: each makes the file for itself, with its name in it. No clock has a say,
 * neither this machine's nor the file system's. A holder that was killed is asked for and followed at once; where it
 * cannot be asked (another container, another machine), after ten seconds of one's own waiting.
 * @param work `isHeld` says whether the lock is still this process's, which it is not any more after a long stop: to be
 *   asked right before anything is changed.
 * @throws what `work` throws; an error of the file system; an Error when others keep the lock for too long.
 */
export async function withLock<T>(path: string, work: (isHeld: () => Promise<boolean>) => Promise<T>): Promise<T> {
  const token = randomUUID();
  const own = `${path}.${token}`;
  // A link to a whole file: nobody ever sees a lock without its owner.
  await writeFile(own, JSON.stringify({ token, process: identityOf() }), { mode: 0o600, flag: 'wx' });
  try {
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

/** Only one process at a time takes a lock away, and only while it is still that owner's: else it might be a new one. */
function takeAway(path: string, { token }: Owner): Promise<void> {
  return withLock(`${path}.gone`, async () => {
    if ((await ownerOf(path))?.token !== token) return;
    await rm(path, { recursive: true, force: true });
    await rm(`${path}.${token}`, { force: true });
  });
}

/** What was done under the lock is done, also where its file stays: others take it away in time. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fault;
  }
}

function isGone({ process: owner }: Owner): boolean {
  return owner !== undefined && livenessOf(owner) === 'gone';
}

/** @returns undefined where nobody holds the lock; an owner without a name for what is no lock of ours. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner> | null;
    return { token: String(owner?.token), ...(owner?.process?.pid !== undefined && { process: owner.process }) };
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { token: 'unreadable' };
  }
}
