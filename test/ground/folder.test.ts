import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePrivateFolder } from '../../src/ground/folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccmux-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('makes the folder and those above it for their owner alone, once and again', () => {
  const folder = join(root, 'a', 'b', 'c');
  makePrivateFolder(folder);
  makePrivateFolder(folder);
  for (const place of [folder, join(root, 'a')]) expect(statSync(place).mode & 0o777).toBe(0o700);
});

it.each([
  ['below a file', () => writeFileSync(join(root, 'x'), ''), 'ENOTDIR'],
  ['in a circle of links', () => symlinkSync('x', join(root, 'x')), 'ELOOP'],
  ['below a link to nowhere', () => symlinkSync(join(root, 'nowhere'), join(root, 'x')), 'ENOENT'],
])('fails at once %s', (_, obstruct, code) => {
  obstruct();
  expect(() => makePrivateFolder(join(root, 'x', 'y', 'z'))).toThrow(expect.objectContaining({ code }));
});

it.runIf(existsSync('/proc/self'))('fails at once where the system makes no folders', () => {
  expect(() => makePrivateFolder('/proc/ccmux/a/b')).toThrow(/ENOENT/);
});
