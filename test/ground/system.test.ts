import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { folders } from '../../src/config/paths.ts';
import { homeFolder, isSameFolder } from '../../src/ground/places.ts';
import { foldersOnPath, namesOfProgram } from '../../src/ground/programs.ts';
import { systemOf, variable } from '../../src/ground/system.ts';

const linux = systemOf('linux');
const macos = systemOf('darwin');
const windows = systemOf('win32');
const freebsd = systemOf('freebsd');

it('no other file of the program names a platform', () => {
  const src = join(import.meta.dirname, '..', '..', 'src');
  const naming = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .filter((file) =>
      /process\.platform|\bos\.(platform|type)\(|'(win32|darwin)'/.test(readFileSync(join(src, file), 'utf8')),
    );
  expect(naming).toEqual([join('ground', 'system.ts')]);
});

describe('folders', () => {
  test.each([
    ['Linux', linux, { HOME: '/home/me' }, '/home/me/.config/ccmux', '/home/me/.local/state/ccmux'],
    ['another Unix', freebsd, { HOME: '/home/me' }, '/home/me/.config/ccmux', '/home/me/.local/state/ccmux'],
    [
      'macOS',
      macos,
      { HOME: '/Users/me' },
      '/Users/me/Library/Preferences/ccmux',
      '/Users/me/Library/Application Support/ccmux',
    ],
    [
      'Windows',
      windows,
      { USERPROFILE: 'C:\\Users\\me' },
      'C:\\Users\\me\\AppData\\Roaming\\ccmux\\Config',
      'C:\\Users\\me\\AppData\\Local\\ccmux\\Data',
    ],
    [
      'Windows, with a profile on a server',
      windows,
      { USERPROFILE: 'C:\\Users\\me', AppData: '\\\\server\\me\\AppData', LOCALAPPDATA: 'D:\\local' },
      '\\\\server\\me\\AppData\\ccmux\\Config',
      'D:\\local\\ccmux\\Data',
    ],
    // Git Bash sets HOME as well; Claude Code does not ask for it.
    [
      'Windows, in Git Bash',
      windows,
      { HOME: 'H:\\', USERPROFILE: 'C:\\Users\\me' },
      'C:\\Users\\me\\AppData\\Roaming\\ccmux\\Config',
      'C:\\Users\\me\\AppData\\Local\\ccmux\\Data',
    ],
    ['XDG on Linux', linux, { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, '/c/ccmux', '/s/ccmux'],
    ['XDG on macOS', macos, { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, '/c/ccmux', '/s/ccmux'],
    ['XDG on Windows', windows, { XDG_CONFIG_HOME: 'C:\\c', XDG_STATE_HOME: 'C:\\s' }, 'C:\\c\\ccmux', 'C:\\s\\ccmux'],
  ])('%s', (_, system, env, config, state) => {
    const { join: below } = system.path;
    expect(folders(env, system)).toEqual({
      config,
      state,
      sessions: below(state, 'sessions'),
      memory: below(state, 'memory'),
    });
  });

  it('an empty variable is none', () => {
    expect(homeFolder({ HOME: '' }, linux)).toBe(homeFolder({}, linux));
    expect(folders({ HOME: '/home/me', XDG_STATE_HOME: '' }, linux).state).toBe('/home/me/.local/state/ccmux');
  });
});

test.each([
  ['Linux', linux, '/home/me/a', '/home/me/A', false],
  ['Linux', linux, '/home/me/a/', '/home/me/a', true],
  ['macOS', macos, '/Users/me/a', '/users/ME/a', true],
  ['Windows', windows, 'c:\\users\\me', 'C:\\Users\\me\\', true],
  ['Windows', windows, 'C:\\Users\\me', 'C:/Users/me', true],
  ['Windows', windows, 'C:\\Users\\me', 'D:\\Users\\me', false],
])('one folder on %s', (_name, system, one, other, same) => {
  expect(isSameFolder(one, other, system)).toBe(same);
});

test.each([
  ['Linux', linux, { Path: 'b' }, 'PATH', undefined],
  ['Linux', linux, { Path: 'b', PATH: 'a' }, 'PATH', 'a'],
  ['Windows', windows, { Path: 'b' }, 'PATH', 'b'],
  // What ccmux adds to a copy stands beside the user's own; Node gives a program the first of them, too.
  ['Windows', windows, { Path: 'b', PATH: 'a' }, 'PATH', 'a'],
  ['Windows', windows, {}, 'PATH', undefined],
])('a variable of a copied environment on %s', (_name, system, env, name, value) => {
  expect(variable(env, name, system)).toBe(value);
});

describe('programs', () => {
  test.each([
    ['Linux', linux, { PATH: ':/usr/bin::bin:/a b' }, ['/usr/bin', 'bin', '/a b']],
    ['Windows', windows, { Path: 'C:\\a;;"C:\\b;c";\\\\server\\bin' }, ['C:\\a', 'C:\\b;c', '\\\\server\\bin']],
    ['nowhere', linux, {}, []],
  ])('the folders of the PATH on %s', (_, system, env, expected) => {
    expect(foldersOnPath(env, system)).toEqual(expected);
  });

  test.each([
    ['Linux', linux, { PATHEXT: '.EXE' }, ['claude']],
    ['macOS', macos, {}, ['claude']],
    ['Windows', windows, {}, ['claude.com', 'claude.exe', 'claude.bat', 'claude.cmd']],
    ['Windows', windows, { PathExt: '.CMD;.EXE;' }, ['claude.cmd', 'claude.exe']],
    ['Windows', windows, { PATHEXT: '' }, ['claude.com', 'claude.exe', 'claude.bat', 'claude.cmd']],
  ])('names on %s', (_, system, env, expected) => {
    expect(namesOfProgram('claude', env, system)).toEqual(expected);
  });
});

test.each([
  ['Linux', linux, "/it's here/$HOME", "'/it'\\''s here/$HOME'"],
  ['Windows', windows, 'C:\\a b\\c', '"C:\\a b\\c"'],
])('a path for the shell of %s', (_, system, path, quoted) => {
  expect(system.quote(path)).toBe(quoted);
});

test.each([
  ['Linux', linux, { MSYSTEM: 'MINGW64' }, undefined],
  ['macOS', macos, {}, undefined],
  ['Windows with Git Bash', windows, { MSYSTEM: 'MINGW64' }, 'bash'],
  ['Windows without', windows, {}, 'powershell'],
])('who runs the user’s status line on %s', (_, system, env, program) => {
  expect(system.commandShell(env)?.program).toBe(program);
});

test.each([
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, '/mnt/c/Users/me/AppData/Roaming/npm/claude', true],
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, '/usr/local/bin/claude', undefined],
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, '/mnt/wsl/bin/claude', undefined],
  ['linux', {}, '/mnt/c/bin/claude', undefined],
  ['darwin', { WSL_DISTRO_NAME: 'Debian' }, '/mnt/c/bin/claude', undefined],
])('a disk of Windows on %s with %j: %s', (platform, env, path, expected) => {
  expect(systemOf(platform, env).windowsDisks?.test(path) || undefined).toBe(expected);
});
