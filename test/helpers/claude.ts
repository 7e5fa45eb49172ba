/**
 * Runs the real Claude Code, plain or through ccmux, where it can harm nobody: a home, configuration, state and project
 * folder of its own, an environment with nothing of the developer's in it, and only loopback addresses.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFailed, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './temporary.ts';

// A real client takes a second or two to start, and several at a time on a busy machine take their time.
vi.setConfig({ testTimeout: 90_000 });

export const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'node_modules', '.bin');

export type Place = {
  home: string;
  configDir: string;
  project: string;
  /** The whole environment of the client; add to it what a test needs. */
  env: Record<string, string>;
  /** ccmux's own folders. */
  ccmuxConfig: string;
  ccmuxState: string;
};

/** The API key that a test's Claude Code uses; its last 20 characters are on record as approved. */
export const API_KEY = 'sk-ant-api03-simulated-key-for-loopback-only-0000000000';
export const OAUTH_TOKEN = 'sk-ant-oat01-simulated-token-for-loopback-only-0000';

/**
 * A throw-away place, removed when the test has finished.
 * @param options `login`: `key` (default) or `subscription`; `baseUrl`: Claude's upstream,
 * left out for Anthropic's own (see `anthropic-itself.ts`); `env`: more variables;
 * `files`: the project's files, committed to its git repository; `ccmux`: the text of ccmux's `config.yaml`.
 */
export function makePlace(options: {
  baseUrl?: string;
  login?: 'key' | 'subscription';
  env?: Record<string, string>;
  files?: Record<string, string | Buffer>;
  ccmux?: string;
}): Place {
  const base = temporaryFolder('ccmux-test-');
  const folder = (name: string) => {
    const path = join(base, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const [home, configDir, project] = [folder('home'), folder('claude'), folder('project')];
  const env: Record<string, string> = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    SHELL: '/bin/bash',
    TMPDIR: folder('tmp'),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    CLAUDE_CONFIG_DIR: configDir,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    ...(options.baseUrl !== undefined && { ANTHROPIC_BASE_URL: options.baseUrl }),
    DISABLE_AUTOUPDATER: '1',
    // These go to fixed hosts, not to the base URL, and nothing here may leave loopback.
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    // The keys that tests put here are meant to be used: nobody is there to be asked.
    CCMUX_YES: '1',
    ...(options.login === 'subscription' ? { CLAUDE_CODE_OAUTH_TOKEN: OAUTH_TOKEN } : { ANTHROPIC_API_KEY: API_KEY }),
    ...options.env,
  };
  acceptDialogs(configDir, project);
  makeRepository(
    project,
    options.files ?? { 'README.md': '# A project\n', 'src/add.js': 'export const add = (a, b) => a - b;\n' },
  );
  const place: Place = {
    home,
    configDir,
    project,
    env,
    ccmuxConfig: join(env['XDG_CONFIG_HOME']!, 'ccmux'),
    ccmuxState: join(env['XDG_STATE_HOME']!, 'ccmux'),
  };
  if (options.ccmux !== undefined) {
    mkdirSync(place.ccmuxConfig, { recursive: true });
    writeFileSync(join(place.ccmuxConfig, 'config.yaml'), options.ccmux);
  }
  return place;
}

/** Everything that Claude Code would ask before its first prompt, answered beforehand. */
function acceptDialogs(configDir: string, project: string): void {
  const state = {
    hasCompletedOnboarding: true,
    lastOnboardingVersion: '99.0.0',
    theme: 'dark',
    numStartups: 5,
    autoUpdates: false,
    customApiKeyResponses: { approved: [API_KEY.slice(-20)], rejected: [] },
    projects: {
      [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, projectOnboardingSeenCount: 9 },
    },
  };
  writeFileSync(join(configDir, '.claude.json'), JSON.stringify(state));
}

function makeRepository(project: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), content);
  }
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...args], {
      cwd: project,
      env: { PATH: process.env['PATH'], HOME: dirname(project) },
    });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'The project as it was found');
}

export type Run = {
  stdout: string;
  stderr: string;
  /** The exit code, or null after a signal. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The one object of `--output-format json`, or the last line of `stream-json`. */
  result(): { result: string; session_id: string; is_error: boolean; num_turns: number; [field: string]: unknown };
};

export type Running = { child: ChildProcess; finished: Promise<Run>; stdout(): string; stderr(): string };

/** The command line: plain `claude`, or `ccmux claude` from the built program. */
export const claudeCommand = (through: 'plain' | 'ccmux', args: string[], ccmuxOptions: string[] = []): string[] =>
  through === 'plain' ? [join(bin, 'claude'), ...args] : ccmuxCommand([...ccmuxOptions, 'claude', ...args]);

/** The command line of the built program. */
export const ccmuxCommand = (args: string[]): string[] => [join(bin, 'node'), join(root, 'bin', 'ccmux.js'), ...args];

/** Starts a program in a place; what it printed is shown only if the test fails. */
export function start(place: Place, command: string[], options: { stdin?: 'ignore' | 'pipe' } = {}): Running {
  const [file, ...args] = command;
  const child = spawn(file!, args, {
    cwd: place.project,
    env: place.env,
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    // A process group of its own: what a killed program leaves behind ends with the test.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // The whole group has ended: as it should be.
    }
  });
  onTestFailed(() => console.error(`$ ${command.join(' ')}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`));
  const finished = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ stdout, stderr, code, signal, result: () => JSON.parse(stdout.trim().split('\n').at(-1)!) }),
    );
  });
  return { child, finished, stdout: () => stdout, stderr: () => stderr };
}

/** Starts `ccmux claude -p <prompt>` so that each delta of the answer is on its stdout as it comes. */
export const startStreaming = (place: Place, prompt: string): Running =>
  start(
    place,
    claudeCommand('ccmux', ['-p', prompt, '--output-format', 'stream-json', '--include-partial-messages', '--verbose']),
  );

/** Runs `claude -p <prompt>` to its end. Tools named in `allow` run without asking. */
export function runClaude(
  place: Place,
  through: 'plain' | 'ccmux',
  prompt: string,
  options: { args?: string[]; ccmuxOptions?: string[]; allow?: string } = {},
): Promise<Run> {
  const args = [
    '-p',
    prompt,
    '--output-format',
    'json',
    '--allowedTools',
    options.allow ?? 'Read,Edit,Write,Bash,Glob,Grep',
    ...(options.args ?? []),
  ];
  return start(place, claudeCommand(through, args, options.ccmuxOptions)).finished;
}

/** Runs another command of ccmux, `report` for one. */
export const runCcmux = (place: Place, args: string[]): Promise<Run> => start(place, ccmuxCommand(args)).finished;

/** The events of a place's sessions, in the order of the files' names. */
export function journalOf(place: Place): { type: string; [field: string]: unknown }[] {
  const sessions = join(place.ccmuxState, 'sessions');
  return readdirSync(sessions)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(sessions, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line));
}
