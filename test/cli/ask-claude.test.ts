import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askClaude } from '../../src/cli/ask-claude.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const LIMIT_MS = 300;

function program(script: string): string {
  const path = join(temporaryFolder('ccmux-ask-'), 'claude');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

it.each([
  ['an answer', 'echo "$1"; echo noise >&2', { stdout: '--version\n', failed: false }],
  ['an exit code', 'echo half; exit 3', { stdout: 'half\n', failed: true }],
  ['silence', 'exec sleep 60', { stdout: '', failed: true }],
  ['a script whose program outlives it and holds its output', 'sleep 60', { stdout: '', failed: true }],
  ['a question', 'read -r line && echo asked', { stdout: '', failed: true }],
])('%s', async (_, script, told) => {
  const began = performance.now();
  expect(await askClaude(program(script), ['--version'], { env: process.env }, LIMIT_MS)).toEqual(told);
  expect(performance.now() - began).toBeLessThan(20_000);
});

it('a program that is not there', async () => {
  expect(await askClaude('/nowhere/claude', ['--version'], { env: process.env })).toEqual({ stdout: '', failed: true });
});
