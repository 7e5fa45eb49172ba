/**
 * What ccmux adds to a start, as multiples of Node's own: `npx tsx test/bench/startup.ts`, after a build.
 * The commands take turns, so that a busy machine slows them alike; the median counts. It asserts nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 21;
const root = new URL('../..', import.meta.url).pathname;
const ccmux = join(root, 'bin', 'ccmux.js');

execFileSync(process.execPath, [join(root, 'bin', 'build.mjs')], { stdio: 'inherit' });
const home = mkdtempSync(join(tmpdir(), 'ccmux-bench-'));
const fake = join(home, 'bin');
mkdirSync(fake);
writeFileSync(join(fake, 'claude'), '#!/bin/sh\necho 0.0.0\n');
chmodSync(join(fake, 'claude'), 0o755);

const env = { HOME: home, PATH: `${fake}:/usr/bin:/bin` };
const commands: Record<string, string[]> = {
  'node -e 0': ['-e', '0'],
  'ccmux --version': [ccmux, '--version'],
  'ccmux claude --version (a fake claude)': [ccmux, 'claude', '--version'],
  'ccmux claude -p hi (a whole session)': [ccmux, 'claude', '-p', 'hi'],
  'ccmux --no-failover claude --version': [ccmux, '--no-failover', 'claude', '--version'],
  'ccmux complete -- use ""': [ccmux, 'complete', '--', 'use', ''],
};

const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, args] of Object.entries(commands)) {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(process.execPath, args, { env, cwd: home });
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${String(stderr)}`);
    // The first round fills the compile cache.
    if (round > 0) times.get(name)?.push(ms);
  }
}
rmSync(home, { recursive: true });

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const base = median(times.get('node -e 0') ?? []);
for (const [name, values] of times) {
  const ms = median(values);
  console.log(`${name.padEnd(40)} ${ms.toFixed(0).padStart(5)} ms  ${(ms / base).toFixed(2)} × node`);
}
