import { accessSync, constants, openSync, closeSync, readSync, realpathSync, statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { EXIT, messages, UserError } from '../errors.ts';

export type ChildResult = { exitCode: number; signal?: NodeJS.Signals };

export type Child = {
  pid: number;
  /** Fulfilled once the child has ended; rejected only when it could not be started. */
  result: Promise<ChildResult>;
  kill(signal: NodeJS.Signals): void;
};

/**
 * Finds the `claude` that a shell would run, but never ccmux itself under that name: a link to it, or a wrapper
 * script that calls `ccmux claude`, would start ccmux for ever.
 *
 * @param self the script that is running now; links are followed.
 * @returns an absolute path.
 * @throws UserError with exit code 127.
 */
export function findClaude(env: NodeJS.ProcessEnv, self: string | undefined = process.argv[1]): string {
  const own = self === undefined ? undefined : realPath(self);
  const names = process.platform === 'win32' ? windowsNames(env) : ['claude'];
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const name of names) {
      const path = resolve(folder, name);
      if (isProgram(path) && realPath(path) !== own && !callsCcmux(path)) return path;
    }
  }
  throw new UserError(messages.claudeNotFound(), { exitCode: EXIT.notFound });
}

/**
 * Starts `claude` in the terminal that ccmux has: same stdin, stdout, stderr and process group, so that the
 * terminal's own signals (Ctrl-C, Ctrl-Z, a closed window) reach it as they would without ccmux.
 *
 * @param env the child's whole environment.
 */
export async function launchClaude(options: {
  path: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}): Promise<Child> {
  const { execa } = await import('execa');
  const child = execa(options.path, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    stdio: 'inherit',
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

function windowsNames(env: NodeJS.ProcessEnv): string[] {
  const extensions = (env['PATHEXT'] ?? '.EXE;.CMD').split(';').filter((extension) => extension !== '');
  return extensions.map((extension) => `claude${extension.toLowerCase()}`);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
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

/** A short script of the user's that calls `ccmux claude` (Claude Code's own start-up scripts never do). */
function callsCcmux(path: string): boolean {
  const head = Buffer.alloc(4096);
  try {
    const file = openSync(path, 'r');
    try {
      const text = head.toString('latin1', 0, readSync(file, head));
      return text.startsWith('#!') && /^[^#\n]*\bccmux(\.js)?["']?\s+(-\S+\s+)*claude\b/m.test(text);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
