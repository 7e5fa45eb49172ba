import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A session that runs now, and where it takes orders. */
export type RunningSession = {
  session: string;
  pid: number;
  /** `http://127.0.0.1:<port>/<token>/ccmux`: whoever knows it may read and steer the session. */
  controlUrl: string;
  /** Where its `claude` works: how a person tells one session from another. */
  claudeCwd: string;
};

/**
 * Lets `ccmux status` and `ccmux use` find this session: writes `running/<id>.json`, 0600, for it holds the token.
 * @returns a function that takes it away again; it never throws.
 */
export function registerRunning({ stateDir, ...running }: RunningSession & { stateDir: string }): () => void {
  const folder = join(stateDir, 'running');
  const file = join(folder, `${running.session}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
  return () => sweep(file);
}

/** The sessions that run now. Files of those that were killed are swept away. */
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
    const running = read(file);
    if (running === undefined) continue; // being written at this moment
    if (isAlive(running.pid)) sessions.push(running);
    else sweep(file);
  }
  return sessions;
}

/**
 * Why sessions leave no trace here, so that none can be found although one may run.
 * @returns Node's error code, or undefined where the folder is fine, or is not there yet and can be made.
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

function read(file: string): RunningSession | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<RunningSession> | null;
    const whole = typeof value?.session === 'string' && typeof value.pid === 'number' && !!value.controlUrl;
    return whole ? (value as RunningSession) : undefined;
  } catch {
    return undefined;
  }
}

/** Signal 0 asks whether the process is there; EPERM says that it is, and somebody else's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sweep(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A leftover file is ignored by its pid; it must not fail whoever meets it.
  }
}
