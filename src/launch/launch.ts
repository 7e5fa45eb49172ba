import { accessSync, constants, openSync, closeSync, readSync, realpathSync, statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { EXIT, messages, UserError } from '../errors.ts';
import { homeFolder } from '../ground/places.ts';
import { foldersOnPath, namesOfProgram } from '../ground/programs.ts';
import { SYSTEM } from '../ground/system.ts';
import { stdioOf } from './descriptors.ts';
import { isBatch, startOf } from './shim.ts';

export type ChildResult = { exitCode: number; signal?: NodeJS.Signals };

export type Child = {
  pid: number;
  /** Fulfilled once the child has ended; rejected only when it could not be started. */
  result: Promise<ChildResult>;
  kill(signal: NodeJS.Signals): void;
};

/**
 * The real paths of the scripts that this ccmux and outer ones launched as `claude`. If a script finds its own path in
 * this list, it is about to launch itself: skip it, or it loops forever. Claude Code's settings empty the list for its
 * tools (`mergeSettings`), so that a `ccmux claude` inside a session finds the `claude` it runs in.
 */
export const LAUNCHED = 'CCMUX_LAUNCHED';

/**
 * Finds the `claude` that a shell would run, but never ccmux itself under that name: a link to it, or a wrapper
 * script that calls `ccmux claude`, would start ccmux for ever.
 *
 * @param self the script that is running now; links are followed.
 * @returns an absolute path.
 * @throws UserError with exit code 127.
 */
export function findClaude(
  env: NodeJS.ProcessEnv,
  self: string | undefined = process.argv[1],
  system = SYSTEM,
): string {
  const own = self === undefined ? undefined : realPath(self);
  const launched = (env[LAUNCHED] ?? '').split(delimiter);
  // After PATH: Claude Code's local installation, which only a shell alias reaches.
  const folders = [...foldersOnPath(env, system), join(homeFolder(env, system), '.claude', 'local')];
  let ofWindows: string | undefined;
  for (const folder of folders) {
    for (const name of namesOfProgram('claude', env, system)) {
      const path = resolve(folder, name);
      if (!isProgram(path)) continue;
      const real = realPath(path);
      if (real === own || launched.includes(real) || callsCcmux(path)) continue;
      // It has other files and variables than what starts it from there.
      if (system.windowsDisks?.test(path) !== true) return path;
      ofWindows ??= path;
    }
  }
  const message = ofWindows === undefined ? messages.claudeNotFound() : messages.claudeOfWindows(ofWindows);
  throw new UserError(message, { exitCode: EXIT.notFound });
}

/** The environment that keeps ccmux from launching the same script again. */
export function withLaunched(env: NodeJS.ProcessEnv, path: string): NodeJS.ProcessEnv {
  // A compiled program is Claude Code itself and is never skipped.
  if (!isScript(path)) return env;
  const before = env[LAUNCHED] ? [env[LAUNCHED]] : [];
  return { ...env, [LAUNCHED]: [...before, realPath(path)].join(delimiter) };
}

/**
 * Starts `claude` in the terminal that ccmux has: same descriptors and process group, so that the terminal's own
 * signals (Ctrl-C, Ctrl-Z, a closed window) reach it as they would without ccmux.
 *
 * @param options.env the child's environment, without the list that prevents loops.
 */
export async function launchClaude(options: {
  path: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}): Promise<Child> {
  const { execa } = await import('execa');
  const { program, before } = startOf(options.path);
  if (isBatch(program) && options.args.some((argument) => /[\r\n]/.test(argument))) {
    throw new UserError(messages.noLineBreak(program));
  }
  const child = execa(program, [...before, ...options.args], {
    cwd: options.cwd,
    env: withLaunched(options.env, program),
    extendEnv: false,
    stdio: stdioOf(),
    reject: false,
    // Signals are relayed by signals.ts: execa's own clean-up would answer the same signals a second time.
    cleanup: false,
    windowsHide: false,
  });
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);

  const result = child.then((ended): ChildResult => {
    process.off('exit', end);
    if (ended.signal !== undefined) {
      return { exitCode: 128 + system.signals[ended.signal], signal: ended.signal };
    }
    if (ended.exitCode !== undefined) return { exitCode: ended.exitCode };
    throw new UserError(
      `${options.path} could not be started (${ended.code ?? ended.shortMessage}). Check that it runs on its own: ${options.path} --version`,
      { exitCode: EXIT.notFound, cause: ended.cause },
    );
  });
  return { pid: child.pid ?? 0, result, kill: (signal) => void child.kill(signal) };
}

function realPath(path: string): string {
  try {
    // The system's own, which also gives a name the case that it has on the disk.
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * A short script of the user's that calls `ccmux … claude` in its first lines (Claude Code's own start-up scripts never
 * do). It is skipped at once; a script that hides the call better is launched once and skipped the second time.
 */
function callsCcmux(path: string): boolean {
  const text = beginning(path);
  const calls = /^(?!\s*@?(?:rem\b|::))[^#\n]*\bccmux[^\s=]*\s([^#\n;|&]*\s)?["']?claude\b/im;
  return isScript(path, text) && calls.test(text);
}

function isScript(path: string, text = beginning(path)): boolean {
  return isBatch(path) || text.startsWith('#!');
}

function beginning(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(4096);
      return head.toString('latin1', 0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
