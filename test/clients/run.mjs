// Tries versions of Claude Code: node test/clients/run.mjs [newest | version…]; without a name the newest and two older
// lines. Each is some 200 MB, and is kept in the user's cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const PACKAGE = '@anthropic-ai/claude-code';
/** The first that can be told that it reaches Anthropic, and the oldest that works. */
const OLDER = ['2.1.197', '2.1.63'];
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ccmux', 'clients');

const npm = (args, stdio = 'inherit', env = process.env) => spawnSync('npm', args, { encoding: 'utf8', stdio, env });

function newest() {
  const version = npm(['view', PACKAGE, 'version'], 'pipe').stdout.trim();
  if (/^\d+\.\d+\.\d+$/.test(version)) return version;
  console.error(`the registry does not say which ${PACKAGE} is the newest`);
  process.exit(1);
}

/** @returns the folder of its program; undefined where it could not be installed. */
function install(version) {
  const folder = join(cache, version);
  const programs = join(folder, 'node_modules', '.bin');
  if (existsSync(join(programs, 'claude'))) return programs;
  mkdirSync(folder, { recursive: true });
  npm(['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${PACKAGE}@${version}`]);
  return existsSync(join(programs, 'claude')) ? programs : undefined;
}

function passes(version) {
  console.log(`\nClaude Code ${version}`);
  const TEST_CLIENT = install(version);
  if (TEST_CLIENT === undefined) return false;
  const args = ['exec', '--', 'vitest', 'run', '--config', 'test/vitest.config.ts', 'test/clients'];
  return npm(args, 'inherit', { ...process.env, TEST_CLIENT }).status === 0;
}

const { positionals } = parseArgs({ allowPositionals: true });
const versions = (positionals.length > 0 ? positionals : ['newest', ...OLDER]).map((name) =>
  name === 'newest' ? newest() : name,
);
const failed = versions.filter((version) => !passes(version));
console.log(failed.length === 0 ? `\n${versions.length} clients passed` : `\nfailed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
