// Tries versions of Claude Code, and the Agent SDK: node test/clients/run.mjs [newest | version… | sdk]; without a name the
// newest Claude Code, two older lines, and the SDK. Each client is some 200 MB, the SDK 70, kept in the user's cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const PACKAGE = '@anthropic-ai/claude-code';
const AGENT_SDK = '@anthropic-ai/claude-agent-sdk';
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
  return runs('test/clients/client.test.ts', { TEST_CLIENT });
}

/** The newest SDK, without the Claude Code that it brings: ccmux runs the user's own. */
function sdkPasses() {
  const folder = join(cache, 'agent-sdk');
  mkdirSync(folder, { recursive: true });
  npm(['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--omit=optional', AGENT_SDK]);
  const TEST_AGENT_SDK = join(folder, 'node_modules', AGENT_SDK);
  if (!existsSync(TEST_AGENT_SDK)) return false;
  console.log(`\nAgent SDK ${JSON.parse(readFileSync(join(TEST_AGENT_SDK, 'package.json'), 'utf8')).version}`);
  return runs('test/clients/long', { TEST_AGENT_SDK });
}

function runs(tests, env) {
  const args = ['exec', '--', 'vitest', 'run', '--config', 'test/vitest.config.ts', tests];
  return npm(args, 'inherit', { ...process.env, ...env }).status === 0;
}

const { positionals } = parseArgs({ allowPositionals: true });
const versions = (positionals.length > 0 ? positionals : ['newest', ...OLDER, 'sdk']).map((name) =>
  name === 'newest' ? newest() : name,
);
const failed = versions.filter((version) => !(version === 'sdk' ? sdkPasses() : passes(version)));
console.log(failed.length === 0 ? `\n${versions.length} clients passed` : `\nfailed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
