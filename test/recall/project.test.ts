import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectKey } from '../../src/recall/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const newFolder = () => realpathSync(temporaryFolder('ccmux-project-'));
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a.invalid', ...args], { cwd, stdio: 'pipe' });

function newRepository(at = newFolder()): string {
  git(at, 'init', '-q');
  git(at, 'commit', '-q', '--allow-empty', '-m', 'x');
  return at;
}

it('is one for a repository, the folders in it, a link to it and its worktrees', () => {
  const repository = newRepository();
  const worktree = join(newFolder(), 'tree');
  git(repository, 'worktree', 'add', '-q', worktree);
  mkdirSync(join(repository, 'src', 'deep'), { recursive: true });
  const link = join(newFolder(), 'link');
  symlinkSync(repository, link);
  const key = projectKey(repository);
  expect(key).toBe(`${basename(repository)}-${key.slice(-16)}`);
  expect(key).toMatch(/^[\w-]+-[\da-f]{16}$/);
  for (const place of [join(repository, 'src', 'deep'), link, worktree]) expect(projectKey(place)).toBe(key);
});

it('is another for another repository, a clone, a repository inside, and a folder without one', () => {
  const repository = newRepository();
  const clone = join(newFolder(), basename(repository));
  git(newFolder(), 'clone', '-q', repository, clone);
  const inner = join(repository, 'inner');
  mkdirSync(inner);
  newRepository(inner);
  const places = [repository, newRepository(), clone, inner, newFolder(), newFolder()];
  expect(new Set(places.map(projectKey)).size).toBe(places.length);
});

it('is usable as the name of a folder, whatever the project is called', () => {
  for (const name of ['ä ö', '..x', '.', 'a'.repeat(200), '-rf', 'x\ny']) {
    const folder = join(newFolder(), name);
    mkdirSync(folder, { recursive: true });
    expect(projectKey(folder)).toMatch(/^[\w-]{0,32}-[\da-f]{16}$/);
  }
  expect(projectKey('/nowhere/at/all')).toMatch(/^all-/);
});

/** What an unpacked archive can bring along to pass for a project of the user's. */
const CLAIMS: [string, (folder: string, secret: string) => void][] = [
  ['a file that names it', (folder, secret) => writeFileSync(join(folder, '.git'), `gitdir: ${secret}/.git\n`)],
  ['a link to it', (folder, secret) => symlinkSync(join(secret, '.git'), join(folder, '.git'))],
  [
    'a worktree of its own making',
    (folder, secret) => {
      const own = join(folder, 'worktrees', 'x');
      mkdirSync(own, { recursive: true });
      writeFileSync(join(folder, '.git'), `gitdir: ${own}\n`);
      writeFileSync(join(own, 'gitdir'), `${join(folder, '.git')}\n`);
      writeFileSync(join(own, 'commondir'), join(secret, '.git'));
    },
  ],
  [
    'somebody else’s worktree',
    (folder, secret) => {
      git(secret, 'worktree', 'add', '-q', join(newFolder(), 'tree'));
      writeFileSync(join(folder, '.git'), `gitdir: ${join(secret, '.git', 'worktrees', 'tree')}\n`);
    },
  ],
  [
    'a folder with a pointer',
    (folder, secret) => {
      mkdirSync(join(folder, '.git'));
      writeFileSync(join(folder, '.git', 'commondir'), join(secret, '.git'));
    },
  ],
];

it.each(CLAIMS)('cannot be claimed by %s', (_, claim) => {
  const secret = newRepository();
  const folder = newFolder();
  claim(folder, secret);
  expect(projectKey(folder)).not.toBe(projectKey(secret));
});
