import { posix, win32, type PlatformPath } from 'node:path';

/** The part of `process.env` that is read. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What differs between systems, as facts. No other file names a platform (`test/ground/system.test.ts`), so that each
 * difference stands in one table, and is tested on any machine.
 */
export type System = {
  /** Node's name of it: for reports of faults, never for a decision. */
  platform: string;
  path: PlatformPath;
  /** Two spellings of a path that differ in case alone are one file, as a rule. */
  caselessPaths: boolean;
  /** The variable that says where the user's home is. Claude Code asks the same one. */
  homeVariable: 'HOME' | 'USERPROFILE';
  /** ccmux's folders where no XDG variable says otherwise. */
  folders(home: string, env: Environment): { config: string; state: string };
  /** Where an administrator keeps Claude Code's settings (its managed-settings page). */
  managedFolder: string;
  /** The editor of a user who has named none. */
  editor: string;
  /** What makes a file a program: one of these endings, the first one first; `''`: its mode does. */
  programEndings(env: Environment): readonly string[];
  /** A path as one word of the system's own shell. */
  quote(path: string): string;
  /** What runs the user's command lines for Claude Code, where that is not the system's own shell. */
  commandShell(env: Environment): { program: string; args: readonly string[] } | undefined;
  /** Where Linux inside of Windows (WSL) has the disks of Windows; absent elsewhere. */
  windowsDisks?: RegExp;
  /** Modes of files keep other users out. On Windows the user's profile does. */
  hasModes: boolean;
  /** A file that is open, or a program that runs, cannot be replaced or removed at that moment. */
  guardsOpenFiles: boolean;
  /** How the process at the other end of a connection is found. */
  processes: 'proc' | 'lsof' | 'unknown';
  /**
   * `ending`: what ends a program, beside Ctrl-C. `sent`: a process can send them to another one. On Windows the console
   * gives them to all of its programs, and to send one ends the other at once.
   */
  signals: { ending: readonly NodeJS.Signals[]; sent: boolean };
};

const UNIX: System = {
  platform: 'linux',
  path: posix,
  caselessPaths: false,
  homeVariable: 'HOME',
  folders: (home) => ({
    config: posix.join(home, '.config', 'ccmux'),
    state: posix.join(home, '.local', 'state', 'ccmux'),
  }),
  managedFolder: '/etc/claude-code',
  editor: 'vi',
  programEndings: () => [''],
  quote: (path) => `'${path.replaceAll("'", "'\\''")}'`,
  commandShell: () => undefined,
  hasModes: true,
  guardsOpenFiles: false,
  processes: 'proc',
  signals: { ending: ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'], sent: true },
};

const WSL: System = { ...UNIX, windowsDisks: /^\/mnt\/[a-z]\// };

const MACOS: System = {
  ...UNIX,
  platform: 'darwin',
  caselessPaths: true,
  folders: (home) => ({
    config: posix.join(home, 'Library', 'Preferences', 'ccmux'),
    state: posix.join(home, 'Library', 'Application Support', 'ccmux'),
  }),
  managedFolder: '/Library/Application Support/ClaudeCode',
  processes: 'lsof',
};

const WINDOWS: System = {
  platform: 'win32',
  path: win32,
  caselessPaths: true,
  homeVariable: 'USERPROFILE',
  folders: (home, env) => ({
    config: win32.join(variable(env, 'APPDATA', WINDOWS) || win32.join(home, 'AppData', 'Roaming'), 'ccmux', 'Config'),
    state: win32.join(variable(env, 'LOCALAPPDATA', WINDOWS) || win32.join(home, 'AppData', 'Local'), 'ccmux', 'Data'),
  }),
  managedFolder: 'C:\\Program Files\\ClaudeCode',
  editor: 'notepad',
  programEndings: (env) =>
    (variable(env, 'PATHEXT', WINDOWS) || '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';').filter(Boolean),
  quote: (path) => `"${path}"`,
  // Git Bash, which leaves this variable to its programs, where it is installed; else PowerShell (2.1.330).
  commandShell: (env) =>
    variable(env, 'MSYSTEM', WINDOWS)
      ? { program: 'bash', args: ['-c'] }
      : { program: 'powershell', args: ['-NoProfile', '-NonInteractive', '-Command'] },
  hasModes: false,
  guardsOpenFiles: true,
  processes: 'unknown',
  signals: { ending: ['SIGHUP', 'SIGBREAK'], sent: false },
};

/** @param platform as Node names it. One that is not known here is taken for a Unix without `/proc`. */
export function systemOf(platform: string, env: Environment = {}): System {
  switch (platform) {
    case 'linux':
      return env['WSL_DISTRO_NAME'] ? WSL : UNIX;
    case 'darwin':
      return MACOS;
    case 'win32':
      return WINDOWS;
    default:
      return { ...UNIX, platform, processes: 'lsof' };
  }
}

/** The system that this ccmux runs on. */
export const SYSTEM = systemOf(process.platform, process.env);

/**
 * A variable of an environment that may be a copy. On Windows names have no case, and `process.env` knows that; a copy of
 * it does not: there `PATH` is often `Path`.
 */
export function variable(env: Environment, name: string, system = SYSTEM): string | undefined {
  if (system !== WINDOWS || env[name] !== undefined) return env[name];
  const spelt = Object.keys(env).find((key) => key.toUpperCase() === name.toUpperCase());
  return spelt === undefined ? undefined : env[spelt];
}
