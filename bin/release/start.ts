import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './run.ts';

/** What a first user may type before anything is set up, and what must be on stdout then. */
const FIRST_COMMANDS: [string[], (version: string) => RegExp][] = [
  [['--version'], (version) => new RegExp(`^${version.replaceAll('.', '\\.')}\\n$`)],
  [['--help'], () => /claude/],
  [['providers'], () => /gemini/i],
  [['completion', 'bash'], () => /ccmux/],
];

/**
 * Installs the packed file for a Node of its own, and runs it in an empty HOME.
 * @param node a version, `current` for the one that runs this, or a line of versions: `24`.
 * @returns the version of Node it ran on.
 * @throws where a command fails, says something else, or anything is written to stderr.
 */
export function startOn(node: string, tarball: string, at: { folder: string; version: string }): string {
  const { folder, version } = at;
  const home = path.join(folder, 'home');
  const tools = path.join(folder, 'node');
  const app = path.join(folder, 'app');
  for (const each of [home, tools, app]) mkdirSync(each, { recursive: true });
  const program = node === 'current' ? process.execPath : installNode(node, tools);
  writeFileSync(path.join(app, 'package.json'), '{"private":true}');
  const { stderr } = run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: app });
  if (stderr !== '') throw new Error(`npm install says:\n${stderr}`);
  const ccmux = path.join(app, 'node_modules', 'ccmux', 'bin', 'ccmux.js');
  const env = { HOME: home, PATH: `${path.dirname(program)}:/usr/bin:/bin`, LANG: 'C.UTF-8' };
  for (const [args, expected] of FIRST_COMMANDS) {
    const said = run(program, [ccmux, ...args], { cwd: home, env });
    if (said.stderr !== '') throw new Error(`ccmux ${args.join(' ')} says on stderr:\n${said.stderr}`);
    if (!expected(version).test(said.stdout)) throw new Error(`ccmux ${args.join(' ')} says:\n${said.stdout}`);
  }
  return run(program, ['--version']).stdout.trim();
}

function installNode(version: string, folder: string): string {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  run('npm', ['install', '--no-audit', '--no-fund', '--no-save', `node@${version}`], { cwd: folder });
  return path.join(folder, 'node_modules', 'node', 'bin', 'node');
}
