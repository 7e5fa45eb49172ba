import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { systemOf } from '../../src/ground/system.ts';
import { findClaude, launchClaude } from '../../src/launch/launch.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ccmux-launch-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A fake program; a script without an interpreter is one for `sh`. */
function program(path: string, text = 'exit 0', mode = 0o755): string {
  writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`);
  chmodSync(path, mode);
  return path;
}

const launch = (path: string, args: string[] = [], env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] }) =>
  launchClaude({ path, args, env, cwd: tmpdir() });

it('finds the first claude on PATH that is a program', () => {
  const base = folder();
  for (const name of ['a', 'b', 'c', 'd']) mkdirSync(join(base, name));
  program(join(base, 'a', 'claude'), 'exit 0', 0o644);
  mkdirSync(join(base, 'b', 'claude'));
  const expected = program(join(base, 'c', 'claude'));
  program(join(base, 'd', 'claude'));
  const PATH = ['', join(base, 'none'), ...['a', 'b', 'c', 'd'].map((name) => join(base, name))].join(':');
  expect(findClaude({ PATH })).toBe(expected);
});

it('finds the local installation behind the PATH, which a shell knows by an alias only', () => {
  const home = folder();
  mkdirSync(join(home, '.claude', 'local'), { recursive: true });
  const local = program(join(home, '.claude', 'local', 'claude'));
  mkdirSync(join(home, 'bin'));
  expect(findClaude({ PATH: join(home, 'bin'), HOME: home })).toBe(local);
  const onPath = program(join(home, 'bin', 'claude'));
  expect(findClaude({ PATH: join(home, 'bin'), HOME: home })).toBe(onPath);
});

it('never takes itself for claude', () => {
  const base = folder();
  for (const name of ['link', 'wrapper', 'real']) mkdirSync(join(base, name));
  const self = program(join(base, 'ccmux.js'), '#!/usr/bin/env node\n');
  symlinkSync(self, join(base, 'link', 'claude'));
  program(join(base, 'wrapper', 'claude'), 'exec ccmux --no-failover claude "$@"');
  const expected = program(join(base, 'real', 'claude'), '# Not started by ccmux claude.\nexec real-claude "$@"');
  const PATH = ['link', 'wrapper', 'real'].map((name) => join(base, name)).join(':');
  expect(findClaude({ PATH }, self)).toBe(expected);
});

it('in WSL passes over the claude of Windows, and says so where there is no other', () => {
  const base = folder();
  for (const name of ['windows', 'linux']) mkdirSync(join(base, name));
  const ofWindows = program(join(base, 'windows', 'claude'));
  const system = { ...systemOf('linux'), windowsDisks: /\/windows\// };
  const env = { PATH: ['windows', 'linux'].map((name) => join(base, name)).join(':'), HOME: base };
  expect(() => findClaude(env, undefined, system)).toThrow(`the one of Windows (${ofWindows})`);
  const ofLinux = program(join(base, 'linux', 'claude'));
  expect(findClaude(env, undefined, system)).toBe(ofLinux);
});

it('finds the scripts of Windows by their endings, and never one that calls ccmux', () => {
  const base = folder();
  for (const name of ['none', 'wrapper', 'real']) mkdirSync(join(base, name));
  program(join(base, 'none', 'claude'));
  program(join(base, 'none', 'claude.ps1'));
  const wrapper = join(base, 'wrapper', 'claude.cmd');
  writeFileSync(wrapper, '@echo off\r\nccmux.cmd --no-failover claude %*\r\n', { mode: 0o755 });
  const real = join(base, 'real', 'claude.cmd');
  writeFileSync(real, '@echo off\r\nrem ccmux claude\r\n:: ccmux claude\r\nother %*\r\n', { mode: 0o755 });
  const env = { Path: ['none', 'wrapper', 'real'].map((name) => join(base, name)).join(';'), USERPROFILE: base };
  expect(findClaude(env, undefined, systemOf('win32'))).toBe(real);
});

it('does not hand a line break to a script of cmd.exe, which would end there', async () => {
  const path = program(join(folder(), 'claude.cmd'));
  await expect(launch(path, ['-p', 'two\nlines'])).rejects.toThrow('takes no line break');
});

it.each([
  ['ccmux --switch-back manual claude "$@"', true],
  ['exec $CCMUX claude "$@"', true],
  ['"/opt/ccmux/bin/ccmux.js" --order "claude,gemini" \'claude\' "$@"', true],
  ['exec npx ccmux claude -p', true],
  ['# ccmux claude\nexec /opt/claude "$@"', false],
  ['cd /opt/ccmux && exec claude "$@"', false],
  ['exec /opt/ccmux/node_modules/.bin/node /opt/claude-code/cli.js "$@"', false],
  ['CCMUX_ORDER=gemini exec claude "$@"', false],
])('sees whether a script calls ccmux: %s', (text, calls) => {
  const base = folder();
  for (const name of ['script', 'real']) mkdirSync(join(base, name));
  const script = program(join(base, 'script', 'claude'), text);
  const real = program(join(base, 'real', 'claude'));
  expect(findClaude({ PATH: `${join(base, 'script')}:${join(base, 'real')}` })).toBe(calls ? real : script);
});

/** What a fake program was started with, by way of `launchClaude`. */
async function launchedIn(path: string, out: string, env: NodeJS.ProcessEnv): Promise<string> {
  await (
    await launch(path, [], env)
  ).result;
  return readFileSync(out, 'utf8').trim();
}

it('does not launch again a script that led back to ccmux, however it did so', async () => {
  const base = folder();
  for (const name of ['first', 'second', 'real']) mkdirSync(join(base, name));
  const out = join(base, 'out');
  const tell = `echo "$CCMUX_LAUNCHED" > '${out}'`;
  const first = program(join(base, 'scripts'), tell);
  symlinkSync(first, join(base, 'first', 'claude'));
  const second = program(join(base, 'second', 'claude'), tell);
  const real = program(join(base, 'real', 'claude'));
  const PATH = ['first', 'second', 'real'].map((name) => join(base, name)).join(':');

  const path = findClaude({ PATH });
  expect(path).toBe(join(base, 'first', 'claude'));
  const once = await launchedIn(path, out, { PATH });
  expect(once).toBe(realpathSync(first));
  const next = findClaude({ PATH, CCMUX_LAUNCHED: once });
  expect(next).toBe(second);
  const twice = await launchedIn(next, out, { PATH, CCMUX_LAUNCHED: once });
  expect(findClaude({ PATH, CCMUX_LAUNCHED: twice })).toBe(real);
  expect(() => findClaude({ PATH: join(base, 'first'), CCMUX_LAUNCHED: once })).toThrow('was not found');
});

it('lets a compiled claude be found again from inside', async () => {
  const base = folder();
  const out = join(base, 'out');
  const env = { PATH: process.env['PATH'], CCMUX_LAUNCHED: '' };
  const shell = await launch('/bin/sh', ['-c', `echo "<$CCMUX_LAUNCHED>" > '${out}'`], env);
  await shell.result;
  expect(readFileSync(out, 'utf8')).toBe('<>\n');
});

it('says how to install claude where there is none', () => {
  const attempt = () => findClaude({ PATH: folder() });
  expect(attempt).toThrow(UserError);
  expect(attempt).toThrow('npm install -g @anthropic-ai/claude-code');
  expect(attempt).toThrow(expect.objectContaining({ exitCode: 127 }));
});

it.each([
  ['exit 0', { exitCode: 0 }],
  ['exit 3', { exitCode: 3 }],
  ['kill -TERM $$', { exitCode: 143, signal: 'SIGTERM' }],
  ['kill -KILL $$', { exitCode: 137, signal: 'SIGKILL' }],
])('takes the status of %j', async (text, expected) => {
  const { result } = await launch(program(join(folder(), 'claude'), text));
  expect(await result).toEqual(expected);
});

it('hands over arguments, folder and environment as they are', async () => {
  const base = folder();
  const out = join(base, 'out');
  const path = program(join(base, 'claude'), `{ printf '<%s>' "$@"; pwd -P; env; } > '${out}'`);
  const { result } = await launch(path, ['a b', '$HOME', '', '--x="y"'], { PATH: process.env['PATH'], ONLY: '1' });
  await result;
  const text = readFileSync(out, 'utf8');
  expect(text).toContain(`<a b><$HOME><><--x="y">${realpathSync(tmpdir())}\n`);
  expect(text).toContain('ONLY=1');
  expect(text).not.toContain('VITEST');
});

it('passes signals to the child', async () => {
  const child = await launch(program(join(folder(), 'claude'), 'exec sleep 60'));
  expect(child.pid).toBeGreaterThan(1);
  child.kill('SIGINT');
  expect(await child.result).toEqual({ exitCode: 130, signal: 'SIGINT' });
});

it('explains a claude that cannot be started', async () => {
  const path = program(join(folder(), 'claude'), '#!/no/such/interpreter\n');
  const { result } = await launch(path);
  await expect(result).rejects.toThrow(/could not be started \(ENOENT\)\. Check that it runs on its own/);
});

it('ends the child when ccmux itself goes down', async () => {
  const base = folder();
  const claude = program(join(base, 'claude'), `echo $$ > '${base}/pid'; exec sleep 60`);
  const script = `
    const { launchClaude } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/launch/launch.ts'))});
    const { statSync } = await import('node:fs');
    await launchClaude({ path: ${JSON.stringify(claude)}, args: [], env: process.env, cwd: '.' });
    setInterval(() => { if (statSync(${JSON.stringify(`${base}/pid`)}, { throwIfNoEntry: false })?.size) throw new Error('a fault'); }, 20);`;
  const ccmux = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  expect(await new Promise((done) => ccmux.on('close', done))).toBe(1);
  const pid = Number(readFileSync(join(base, 'pid'), 'utf8'));
  await expect.poll(() => isAlive(pid)).toBe(false);
});

/** A process that has ended, but that nobody has asked about yet, is listed as `Z`. */
function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
