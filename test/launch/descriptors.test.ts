import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inheritedAmong, stdioOf, type Descriptor } from '../../src/launch/descriptors.ts';

const CLOEXEC = 0o2_000_000;
const NONBLOCK = 0o4_000;
const READ = 0;
const WRITE = 1;
const BOTH = 2;

/** As Node 24 has them before a program's first line, beside the user's. */
const NODES: Descriptor[] = [
  { fd: 4, link: 'anon_inode:[eventpoll]', flags: CLOEXEC | BOTH },
  { fd: 5, link: 'anon_inode:[io_uring]', flags: CLOEXEC | BOTH },
  { fd: 6, link: 'pipe:[100]', flags: CLOEXEC | READ },
  { fd: 7, link: 'pipe:[100]', flags: CLOEXEC | WRITE },
  { fd: 8, link: 'pipe:[101]', flags: CLOEXEC | NONBLOCK | READ },
  { fd: 9, link: 'pipe:[101]', flags: CLOEXEC | NONBLOCK | WRITE },
  { fd: 10, link: 'anon_inode:[eventfd]', flags: CLOEXEC | NONBLOCK | BOTH },
];
const STREAMS: Descriptor[] = [0, 1, 2].map((fd) => ({ fd, link: '/dev/pts/0', flags: CLOEXEC | BOTH }));

describe('what was open before Node was, and its children do not get by themselves', () => {
  const MAKES: Descriptor[] = [
    { fd: 3, link: 'pipe:[7]', flags: CLOEXEC | READ },
    { fd: 11, link: 'pipe:[7]', flags: CLOEXEC | WRITE },
  ];
  const rows: [what: string, mine: Descriptor[], found: number[], env?: NodeJS.ProcessEnv][] = [
    ['nothing', [], []],
    ['3<file', [{ fd: 3, link: '/home/me/token', flags: CLOEXEC | READ }], [3]],
    ['zsh: <(…)', [{ fd: 11, link: 'pipe:[7]', flags: CLOEXEC | READ }], [11]],
    ['a high one, which Node leaves as it is', [{ fd: 63, link: 'pipe:[7]', flags: READ }], []],
    [
      'two of them, in the order of their numbers',
      [
        { fd: 12, link: 'pipe:[8]', flags: CLOEXEC | READ },
        { fd: 11, link: 'pipe:[7]', flags: CLOEXEC | READ },
      ],
      [11, 12],
    ],
    [
      '3>&1 4>&1 | less: the same end twice',
      [
        { fd: 3, link: 'pipe:[7]', flags: CLOEXEC | WRITE },
        { fd: 14, link: 'pipe:[7]', flags: CLOEXEC | WRITE },
      ],
      [3, 14],
    ],
    [
      'both ends of a pipe, high up',
      [
        { fd: 20, link: 'pipe:[7]', flags: READ },
        { fd: 21, link: 'pipe:[7]', flags: WRITE },
      ],
      [],
    ],
    ['make -j: both ends of its jobserver', MAKES, [3, 11], { MAKEFLAGS: ' -j2 --jobserver-auth=3,11' }],
    ['the same before make 4.2', MAKES, [3, 11], { MAKEFLAGS: '--jobserver-fds=3,11 -j' }],
    ['the same from Cargo', MAKES, [3, 11], { CARGO_MAKEFLAGS: '-j --jobserver-fds=3,11 --jobserver-auth=3,11' }],
    ['make 4.4: a named pipe', [], [], { MAKEFLAGS: '-j2 --jobserver-auth=fifo:/tmp/GMfifo7' }],
    ['a jobserver that make has closed', [], [], { MAKEFLAGS: '-j2 --jobserver-auth=3,11' }],
    ['zsh: --settings <(…)', [{ fd: 12, link: 'pipe:[9]', flags: CLOEXEC | READ }], [12]],
    ['bash: --settings <(…)', [{ fd: 63, link: 'pipe:[9]', flags: READ }], []],
    ['a named pipe, open both ways', [{ fd: 3, link: '/tmp/fifo', flags: CLOEXEC | BOTH }], [3]],
    ['a socket', [{ fd: 3, link: 'socket:[7]', flags: CLOEXEC | BOTH }], [3]],
    ['a file in memory', [{ fd: 3, link: '/memfd:token (deleted)', flags: CLOEXEC | BOTH }], [3]],
  ];
  it.each(rows)('%s', (_what, mine, found, env = {}) => {
    expect(inheritedAmong([...STREAMS, ...NODES, ...mine], env)).toEqual(found);
  });

  it('takes a pipe between stdin and stdout of the user for nobody’s own', () => {
    const piped: Descriptor[] = [
      { fd: 0, link: 'pipe:[7]', flags: CLOEXEC | READ },
      { fd: 3, link: 'pipe:[7]', flags: CLOEXEC | WRITE },
    ];
    expect(inheritedAmong([...piped, ...NODES], {})).toEqual([3]);
  });
});

it('gives each its own number, and closes what lies between', () => {
  expect(stdioOf([])).toEqual(['inherit', 'inherit', 'inherit']);
  expect(stdioOf([3, 6])).toEqual(['inherit', 'inherit', 'inherit', 'inherit', 'ignore', 'ignore', 'inherit']);
});

const isLinux = process.platform === 'linux';
it.runIf(isLinux)('finds in a real process what it was started with, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-fd-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'token'), 'x');
  const token = openSync(join(folder, 'token'), 'r');
  onTestFinished(() => closeSync(token));
  const module = new URL('../../src/launch/descriptors.ts', import.meta.url).href;
  const code = `import { noteInherited, stdioOf } from '${module}'; noteInherited(); console.log(JSON.stringify(stdioOf()));`;
  const stdio = ['ignore', 'pipe', 'inherit', token, ...Array.from({ length: 9 }, () => 'ignore' as const), 'pipe'];
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: stdio as 'pipe'[] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  const inherited = (JSON.parse(said) as string[]).flatMap((each, fd) => (each === 'inherit' && fd > 2 ? [fd] : []));
  expect(inherited).toContain(3);
  expect(inherited).toContain(13);
  expect(inherited).toEqual([3, 13]);
});

it.runIf(isLinux && existsSync('/bin/bash'))('gives claude every descriptor that the shell has opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-fd-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = [3, 11, 16, 17, 18, 19, 20, 21, 40, 63, 251];
  for (const fd of at) writeFileSync(join(folder, String(fd)), `${fd} `);
  const claude = join(folder, 'claude');
  // More than one digit is a number of a descriptor in bash only.
  writeFileSync(claude, `#!/bin/bash\n${at.map((fd) => `cat <&${fd}`).join('\n')}\n`, { mode: 0o755 });
  const [launch, descriptors] = ['launch', 'descriptors'].map(
    (name) => new URL(`../../src/launch/${name}.ts`, import.meta.url).href,
  );
  writeFileSync(
    join(folder, 'launch.mjs'),
    `import { noteInherited } from '${descriptors}';
    import { launchClaude } from '${launch}';
    noteInherited();
    const { result } = await launchClaude({ path: '${claude}', args: [], env: process.env, cwd: '${folder}' });
    process.exitCode = (await result).exitCode;`,
  );
  const open = at.map((fd) => `${fd}<${fd}`).join(' ');
  const line = `exec ${open}; exec '${process.execPath}' launch.mjs`;
  const child = spawn('/bin/bash', ['-c', line], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  expect([said.trim().split(' ').map(Number), child.exitCode]).toEqual([at, 0]);
});

/** The descriptors above stderr that a program under `make -j2` would hand on. */
it.runIf(isLinux && existsSync('/usr/bin/make'))("finds the real make's jobserver", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-make-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = new URL('../../src/launch/descriptors.ts', import.meta.url).href;
  const code = `import { noteInherited, stdioOf } from '${module}'; noteInherited(); console.log(JSON.stringify([process.env.MAKEFLAGS, stdioOf()]));`;
  writeFileSync(join(folder, 'tell.mjs'), code);
  writeFileSync(join(folder, 'Makefile'), `all:\n\t+@'${process.execPath}' tell.mjs\n`);
  const child = spawn('/usr/bin/make', ['-s', '-j2'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  const [flags, stdio] = JSON.parse(said) as [string, string[]];
  const named = /--jobserver-auth=(\d+),(\d+)/.exec(flags);
  for (const fd of named?.slice(1) ?? []) expect(stdio[Number(fd)]).toBe('inherit');
});
