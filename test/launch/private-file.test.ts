import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identityOf } from '../../src/ground/process.ts';
import { privateFolders, writePrivately } from '../../src/launch/private-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccmux-private-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('writes for the user alone, and leaves nothing behind', () => {
  const folder = join(root, 'run', 'ccmux');
  const file = writePrivately([folder], '{}')!;
  expect(readFileSync(file.path, 'utf8')).toBe('{}');
  expect([statSync(file.path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
  const other = writePrivately([folder], '{}')!;
  file.remove();
  file.remove();
  expect(readdirSync(folder)).toHaveLength(1);
  other.remove();
  expect(existsSync(folder)).toBe(false);
});

it.each([
  ['a file', (place: string) => writeFileSync(place, '')],
  ['a circle of links', (place: string) => symlinkSync(place, place)],
  ['a link to nowhere', (place: string) => symlinkSync(join(root, 'nowhere'), place)],
])('takes the next place where the first is %s', (_, obstruct) => {
  const [first, second] = [join(root, 'first'), join(root, 'second')];
  obstruct(first);
  const file = writePrivately([join(first, 'ccmux'), second], '{}')!;
  expect(file.path.startsWith(`${second}/`)).toBe(true);
  file.remove();
  expect(existsSync(second)).toBe(false);
});

it('takes the next place where the system makes no folders, and gives up where there is none', () => {
  expect(writePrivately(['/proc/ccmux/run'], '{}')).toBeUndefined();
  const file = writePrivately(['/proc/ccmux/run', join(root, 'ccmux')], '{}');
  expect(file?.path.startsWith(root)).toBe(true);
});

it('does not write into a folder that somebody else made under its name', () => {
  const theirs = join(root, 'theirs');
  mkdirSync(theirs);
  symlinkSync(theirs, join(root, 'ccmux'));
  const file = writePrivately([join(root, 'ccmux')], '{}')!;
  expect(readdirSync(theirs)).toEqual([]);
  file.remove();
  expect(readdirSync(root).toSorted()).toEqual(['ccmux', 'theirs']);
});

it('sweeps what killed sessions left, and nothing of a session that lives or cannot be seen', () => {
  const folder = join(root, 'ccmux');
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const { pid, started } = identityOf();
  const living = writePrivately([folder], '{}')!;
  const [, , space] = living.path.split('/').at(-1)!.split('-');
  const keep = [`${pid}-aaaaaaaaaaaa.json`, `${dead}-1-00000000-aaaaaaaaaaaa.json`, 'notes.txt'];
  const gone = [
    `${dead}-aaaaaaaaaaaa.json`,
    `${dead}-7-${space}-aaaaaaaaaaaa.json`,
    `${pid}-1-${space}-bbbbbbbbbbbb.json`,
  ];
  for (const name of [...keep, ...gone]) writeFileSync(join(folder, name), '');
  const file = writePrivately([folder], '{}')!;
  const names = [...keep, ...[living, file].map(({ path }) => path.split('/').at(-1)!)];
  expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
  expect(started).toBeDefined();
});

it('tries the login’s own folder, the temporary one, then the state folder; that first for what outlives all', () => {
  const env = { XDG_RUNTIME_DIR: '/run/user/7', XDG_STATE_HOME: '/home/ada/.state' };
  const [login, temporary, state] = [
    '/run/user/7/ccmux',
    expect.stringMatching(/ccmux-\d+$/),
    '/home/ada/.state/ccmux/run',
  ];
  expect(privateFolders(env, false)).toEqual([login, temporary, state]);
  expect(privateFolders(env, true)).toEqual([state, login, temporary]);
  expect(privateFolders({ HOME: '/home/ada' }, true)[0]).toBe('/home/ada/.local/state/ccmux/run');
});
