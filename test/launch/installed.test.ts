import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installedVersion, takesHttpHooks } from '../../src/launch/installed.ts';

function machine(files: Record<string, string>): string {
  const base = mkdtempSync(join(tmpdir(), 'ccmux-installed-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  return base;
}

const PACKAGE = JSON.stringify({ name: '@anthropic-ai/claude-code', version: '2.1.63' });

it.each([
  ['npm, a program', { 'lib/bin/claude.exe': '', 'lib/package.json': PACKAGE }, 'lib/bin/claude.exe', '2.1.63'],
  ['npm, a script', { 'lib/cli.js': '', 'lib/package.json': PACKAGE }, 'lib/cli.js', '2.1.63'],
  ["the installer's own", { 'claude/versions/2.1.330': '' }, 'claude/versions/2.1.330', '2.1.330'],
  ["a script in another's package", { 'bin/mine': '', 'package.json': '{"version":"1.0.0"}' }, 'bin/mine', undefined],
  ['a damaged package', { 'lib/cli.js': '', 'lib/package.json': '{' }, 'lib/cli.js', undefined],
  ['nothing there', {}, 'claude', undefined],
])('reads the version of an installed client: %s', (_, files, target, expected) => {
  const base = machine(files);
  symlinkSync(join(base, target), join(base, 'link'));
  expect(installedVersion(join(base, 'link'))).toBe(expected);
});

it.each([
  ['2.0.77', false],
  ['1.9.99', false],
  ['2.1.62', false],
  ['2.1.63', true],
  ['2.1.330', true],
  ['2.10.0', true],
  [undefined, true],
])('%s takes http hooks: %s', (version, expected) => {
  expect(takesHttpHooks(version)).toBe(expected);
});
