import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import cmdShim from 'cmd-shim';
import { expect, it, onTestFinished, test } from 'vitest';
import { installedVersion } from '../../src/launch/installed.ts';
import { startOf } from '../../src/launch/shim.ts';

const PACKAGE = 'node_modules/@anthropic-ai/claude-code';
const PNPM = String.raw`@SETLOCAL
@IF NOT DEFINED NODE_PATH (
  @SET "NODE_PATH=C:\pnpm\5\node_modules"
)
@IF EXIST "%~dp0\node.exe" (
  "%~dp0\node.exe"  "%~dp0\global\5\node_modules\@anthropic-ai\claude-code\cli.js" %*
) ELSE (
  node  "%~dp0\global\5\node_modules\@anthropic-ai\claude-code\cli.js" %*
)`;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ccmux shim-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** As npm installs it: the package, and the script before it. */
async function installed(file: string, text: string): Promise<{ shim: string; target: string }> {
  const base = folder();
  const target = join(base, PACKAGE, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  await cmdShim(target, join(base, 'claude'));
  return { shim: join(base, 'claude.cmd'), target };
}

it('starts the program behind npm’s script', async () => {
  const { shim, target } = await installed('bin/claude.exe', 'MZ');
  expect(startOf(shim, 'node.exe')).toEqual({ program: target, before: [] });
});

it('reads the version behind npm’s script', async () => {
  const { shim, target } = await installed('bin/claude.exe', 'MZ');
  const about = { name: '@anthropic-ai/claude-code', version: '2.1.330' };
  writeFileSync(join(dirname(dirname(target)), 'package.json'), JSON.stringify(about));
  expect(installedVersion(shim)).toBe('2.1.330');
});

it('starts an older package by Node', async () => {
  const { shim, target } = await installed('cli.js', '#!/usr/bin/env node\n');
  expect(startOf(shim, 'node.exe')).toEqual({ program: 'node.exe', before: [target] });
});

test.each([
  ['pnpm’s script', PNPM, join('global', '5', PACKAGE, 'cli.js')],
  ['a script of the user’s', '@echo off\r\nset A=1\r\n"%~dp0\\claude.exe" %*\r\n', undefined],
  ['one that does more', `@"%~dp0\\${PACKAGE.replaceAll('/', '\\')}\\bin\\claude.exe" --verbose %*`, undefined],
  ['an empty one', '', undefined],
])('%s', (_, text, script) => {
  const base = folder();
  const shim = join(base, 'claude.CMD');
  writeFileSync(shim, text);
  const expected =
    script === undefined ? { program: shim, before: [] } : { program: 'node', before: [join(base, script)] };
  expect(startOf(shim, 'node')).toEqual(expected);
});

test.each(['/usr/bin/claude', '/opt/claude.exe', '/not/there'])('a program starts as it is: %s', (path) => {
  expect(startOf(path)).toEqual({ program: path, before: [] });
});
