import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where a session's own files go: a folder that only this user can open, gone with the login where the system can. */
export function privateFolder(env: NodeJS.ProcessEnv): string {
  return env['XDG_RUNTIME_DIR'] ? join(env['XDG_RUNTIME_DIR'], 'ccmux') : join(tmpdir(), `ccmux-${userName()}`);
}

function userName(): string {
  return process.getuid === undefined ? userInfo().username : String(process.getuid());
}

/**
 * Writes a file that only this user can read, named after this process, and clears away what crashed sessions left.
 *
 * @returns its path.
 */
export function writePrivately(folder: string, text: string): string {
  const place = ownFolder(folder);
  sweep(place);
  const file = join(place, `${process.pid}-${randomBytes(6).toString('hex')}.json`);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  return file;
}

/** The folder, made if need be; a fresh one where somebody else got to the name first. */
function ownFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const state = lstatSync(folder);
    if (state.isDirectory() && (process.getuid === undefined || state.uid === process.getuid())) {
      chmodSync(folder, 0o700);
      return folder;
    }
  } catch {
    // Not writable for us: the system's temporary folder is.
  }
  return mkdtempSync(join(tmpdir(), 'ccmux-'));
}

/** Removes what sessions left behind that could not do so themselves (a crash, a `kill -9`). */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^(\d+)-[0-9a-f]+\.json$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
