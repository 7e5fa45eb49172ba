import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/temporary.ts';

const root = join(import.meta.dirname, '..', '..');

/** What the fake client prints for `--help`: the shapes that commander's help has. */
const HELP = `Usage: claude [options] [command] [prompt]

Options:
  --add-dir <directories...>            More directories
  --allowedTools, --allowed-tools <tools...>
      Comma or space-separated list of tool names to allow
  -c, --continue                        Continue the most recent conversation
                                        in this directory
  --permission-mode <mode>              Permission mode (choices: "acceptEdits",
                                        "plan", default: "plan")

Commands:
  mcp                                   Configure MCP servers
  plugin|plugins                        Manage plugins
`;

export type Place = { folder: string; env: Record<string, string> };

const built = mkdtempSync(join(tmpdir(), 'ccmux-completion-build-'));

/** Builds the program where its completion scripts are found, as they are in the package. */
export function buildProgram(): void {
  symlinkSync(join(root, 'completions'), join(built, 'completions'));
  execFileSync(process.execPath, [join(root, 'bin', 'build.mjs'), '--outdir', join(built, 'dist'), 'src/cli/entry.ts']);
}

export function removeProgram(): void {
  rmSync(built, { recursive: true, force: true });
}

/** A home with `ccmux` and a fake `claude` on PATH, two sessions on record and a provider of the user's own. */
export function makePlace(): Place {
  const folder = temporaryFolder('ccmux-completion-');
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const program = (path: string, line: string) => write(path, `#!/bin/sh\n${line}\n`, 0o755);
  program('bin/ccmux', `exec '${process.execPath}' '${built}/dist/entry.js' "$@"`);
  program('bin/claude', `echo asked >> '${folder}/asked'\ncat '${write('help.txt', HELP)}'`);
  write(
    'config/ccmux/config.yaml',
    'providers: { mine: { kind: anthropic, baseUrl: "http://127.0.0.1:1", models: { default: m } } }\n',
  );
  for (const [id, day] of [
    ['2026-aa', 3],
    ['2026-bb', 4],
  ] as const) {
    const at = new Date(2026, 1, day, 10, 30);
    utimesSync(write(`state/ccmux/sessions/${id}.jsonl`, ''), at, at);
  }
  write('work/settings.json', '{}');
  return {
    folder,
    env: {
      HOME: folder,
      PATH: `${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
    },
  };
}

/** True where the shell is installed; in CI it must be, so that no test is passed by being left out. */
export function hasShell(shell: string): boolean {
  const found = spawnSync(shell, ['-c', 'true']).status === 0;
  if (!found && process.env['CI'] === 'true') throw new Error(`${shell} is missing: apt-get install ${shell}`);
  if (!found) console.warn(`${shell} is not here, so its completion is not tested: apt-get install ${shell}`);
  return found;
}

/** Runs a script in a shell and fails on anything that it says on stderr. @returns its lines. */
export function runShell(place: Place, command: string, args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: place.env,
    cwd: join(place.folder, 'work'),
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0 || stderr !== '') throw new Error(`${command} ended with ${status}: ${stderr}\n${stdout}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The script as `ccmux completion` prints it. */
export function scriptOf(place: Place, shell: string): string {
  const file = join(place.folder, `script.${shell}`);
  writeFileSync(file, execFileSync(join(place.folder, 'bin', 'ccmux'), ['completion', shell], { env: place.env }));
  return file;
}
