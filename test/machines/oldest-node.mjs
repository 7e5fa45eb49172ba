// Runs the quick tests on the oldest Node that package.json promises, installed into a cache folder from the registry.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const [, promised] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
if (promised === undefined) throw new Error(`engines.node is "${engines.node}", not ">=<major>.<minor>"`);

const folder = path.join(root, 'node_modules', '.cache', `node-${promised}`);
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
run('npm', ['install', '--no-audit', '--no-fund', '--no-save', `node@${promised}.0`], { cwd: folder });

const node = path.join(folder, 'node_modules', 'node', 'bin', 'node');
console.log(`Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = {
  ...process.env,
  // Test programs that are started by name find this Node first.
  PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`,
  // Some tests run a source file as a program of its own; Node reads TypeScript unasked since 22.18.
  NODE_OPTIONS: '--experimental-strip-types --disable-warning=ExperimentalWarning',
};
run(node, [vitest, 'run', '--config', 'test/vitest.config.ts', '--project', 'quick'], { cwd: root, env });

function run(file, args, options) {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
