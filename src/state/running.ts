import { accessSync, constants, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '../ground/folder.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import { livenessOf, type ProcessIdentity } from '../ground/process.ts';
import { readRegularFile } from '../ground/regular-file.ts';

/** A running session and its control address. */
export type RunningSession = ProcessIdentity & {
  session: string;
  /** `http://127.0.0.1:<port>/<token>/ccmux`: anyone who knows it can read and control the session. */
  controlUrl: string;
  /** Its `claude`'s folder, by which the user tells sessions apart. */
  claudeCwd: string;
};

/**
 * Lets `ccmux status` and `ccmux use` find this session: writes `running/<id>.json`, 0600, for it holds the token.
 * @returns a function that removes it; it never throws.
 */
export function registerRunning({ stateDir, ...running }: RunningSession & { stateDir: string }): () => void {
  const folder = join(stateDir, 'running');
  const file = join(folder, `${running.session}.json`);
  makePrivateFolder(folder);
  try {
    writeFileSync(file, JSON.stringify({ version: FORMAT, ...running }), { mode: 0o600 });
  } catch (fault) {
    sweep(file); // on a full disk an empty file can still be made
    throw fault;
  }
  return () => sweep(file);
}

/** A session whose process cannot be checked counts as over if its file is this old. */
const FORGOTTEN_MS = 7 * 86_400_000;

/**
 * The running sessions by their processes. Sessions of another container cannot be checked and are included, so ask
 * them before relying on it. The files of killed sessions are removed, except a newer ccmux's.
 */
export function listRunning(stateDir: string): RunningSession[] {
  const folder = join(stateDir, 'running');
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no session ever ran, or none could leave a trace: see `folderProblem`
  }
  const sessions: RunningSession[] = [];
  for (const name of names.filter((entry) => entry.endsWith('.json')).sort()) {
    const file = join(folder, name);
    const content = read(file);
    if (content === undefined) continue; // being written at this moment, or in another shape
    const { version: _, ...running } = content;
    const liveness = livenessOf(running);
    const isOver = liveness === 'gone' || (liveness === 'unknown' && isForgotten(file));
    if (!isOver) sessions.push(running);
    else if (!isForeign(content)) sweep(file);
  }
  return sessions;
}

/**
 * Why sessions cannot be found here although one may run.
 * @returns Node's error code, or undefined if the folder is usable or can be created.
 */
export function folderProblem(stateDir: string): string | undefined {
  for (let place = join(stateDir, 'running'); ; place = dirname(place)) {
    try {
      if (!statSync(place).isDirectory()) return 'ENOTDIR';
      accessSync(place, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (fault) {
      const { code } = fault as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || place === dirname(place)) return code;
    }
  }
}

type Content = RunningSession & { version?: unknown };

function read(file: string): Content | undefined {
  try {
    const value = JSON.parse(readRegularFile(file)) as Partial<Content> | null;
    const whole = typeof value?.session === 'string' && typeof value.pid === 'number' && !!value.controlUrl;
    return whole ? (value as Content) : undefined;
  } catch {
    return undefined;
  }
}

function isForgotten(file: string): boolean {
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - written > FORGOTTEN_MS;
}

function sweep(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A leftover file is ignored by its pid, so a failure here does not matter.
  }
}
