import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemOf } from '../../src/ground/system.ts';
import { inRule } from '../../src/launch/own-settings.ts';
import { projectName, readSettings } from '../../src/launch/sources.ts';
import { createTyped } from '../../src/launch/typed.ts';

/** A cloned repository brings its own `.claude`: what is in it must not keep ccmux reading for ever. */
it.each([
  ['a device without an end', (path: string) => symlinkSync('/dev/zero', path)],
  ['a pipe that nobody writes to', (path: string) => void spawnSync('sh', ['-c', 'mkfifo "$0"', path])],
  ['a file of the kernel’s that waits', (path: string) => symlinkSync('/proc/kmsg', path)],
  ['a folder', (path: string) => mkdirSync(path)],
  ['a circle of links', (path: string) => symlinkSync(path, path)],
])('takes nothing from %s', (_, make) => {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, '.claude'));
  const file = (name: string) => join(folder, '.claude', name);
  make(file('settings.json'));
  make(file('scheduled_tasks.json'));
  expect(readSettings(file('settings.json'))).toBeUndefined();
  expect(createTyped([folder]).isConsentTyped(undefined)).toBe(true);
});

it.each([
  ['linux', '/home/me/a\\b', '/home/me/a\\b'],
  ['win32', 'C:\\Users\\me', 'C:/Users/me'],
  ['win32', '\\\\server\\share', '//server/share'],
])('a folder as Claude Code names it on %s: %s', (platform, folder, name) => {
  expect(projectName(folder, systemOf(platform))).toBe(name);
});

it.each([
  ['/home/me', '/home/me'],
  ['C:\\Users\\me', '/c/Users/me'],
  ['d:/work', '/d/work'],
])('a folder in a rule of permissions: %s', (folder, expected) => {
  expect(inRule(folder)).toBe(expected);
});
