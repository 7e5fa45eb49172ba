import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** The short form of `npm run release`, which also tries the oldest and the newest Node. */
it('the packed file is the same from two builds, and starts from an empty HOME without a warning', async () => {
  const args = ['bin/release.ts', '--dry-run', '--node', 'current'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\.tgz: \d+ files, [\d.]+ MB packed, the same from two builds\nstarts on Node v\d/);
}, 120_000);
