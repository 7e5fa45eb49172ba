import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '../ground/folder.ts';
import { markOf } from '../ground/mark.ts';
import { ownFolders } from '../ground/places.ts';
import { identityOf, livenessOf } from '../ground/process.ts';
import { isHandedOver, leave } from './handover.ts';

/**
 * Where a session's own files may go, the best place first: a folder that only this user can open, if possible one that
 * ends with the login. A folder that is full, read-only or not ours is skipped.
 *
 * @param outlives the file may be needed after the session, the login and a restart of the machine (see `handover.ts`).
 */
export function privateFolders(env: NodeJS.ProcessEnv, outlives: boolean): string[] {
  const state = join(ownFolders(env).state, 'run');
  const passing = [
    ...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'ccmux')] : []),
    join(tmpdir(), `ccmux-${userName()}`),
  ];
  return outlives ? [state, ...passing] : [...passing, state];
}

function userName(): string {
  return process.getuid === undefined ? userInfo().username : String(process.getuid());
}

export type PrivateFile = {
  path: string;
  /**
   * Removes the file, and its folder if that is empty. Never throws.
   * @returns the background sessions that keep the file (see `handover.ts`).
   */
  remove(): string[];
};

/**
 * Writes a file that only this user can read, named after this process, and removes the files of crashed sessions.
 * @param folders tried in this order.
 * @returns undefined if none of them takes the file.
 */
export function writePrivately(folders: readonly string[], text: string): PrivateFile | undefined {
  for (const folder of folders) {
    const file = attempt(() => writeInto(folder, text));
    if (file !== undefined) return file;
  }
  return undefined;
}

function writeInto(folder: string, text: string): PrivateFile {
  const place = ownFolder(folder);
  const path = join(place, `${nameOf(identityOf())}-${randomBytes(6).toString('hex')}.json`);
  const remove = () => {
    const sessions = attempt(() => leave(path)) ?? [];
    // Fails if another session's file is in it: then it stays.
    attempt(() => rmdirSync(place));
    return sessions;
  };
  try {
    sweep(place);
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (fault) {
    remove();
    throw fault;
  }
  return { path, remove };
}

/** The folder, created if necessary; a fresh one beside it if the name is taken by another user. */
function ownFolder(folder: string): string {
  try {
    makePrivateFolder(folder);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  }
  const state = lstatSync(folder);
  if (state.isDirectory() && (process.getuid === undefined || state.uid === process.getuid())) {
    chmodSync(folder, 0o700);
    return folder;
  }
  return mkdtempSync(join(dirname(folder), 'ccmux-'));
}

/** Cleans up for sessions that could not (a crash, a `kill -9`), and finishes old hand-overs. */
function sweep(folder: string): void {
  const ours = spaceMark(identityOf().space);
  for (const name of readdirSync(folder)) {
    const [, pid, started, space] = /^(\d+)-(?:(\d+)-([0-9a-f]{8})-)?[0-9a-f]+\.json$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    // A process of another container cannot be checked from here.
    const here = space === undefined || space === ours;
    const identity = { pid: Number(pid), ...(started !== undefined && started !== '0' && { started }) };
    if (isHandedOver(path) || (here && livenessOf(identity) === 'gone')) attempt(() => leave(path));
  }
}

function nameOf({ pid, started = '0', space }: ReturnType<typeof identityOf>): string {
  return `${pid}-${started}-${spaceMark(space)}`;
}

function spaceMark(space = ''): string {
  return markOf(space);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
