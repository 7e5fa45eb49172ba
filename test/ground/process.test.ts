import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identityOf, livenessOf } from '../../src/ground/process.ts';

describe('livenessOf', () => {
  it('knows this process', () => expect(livenessOf(identityOf())).toBe('alive'));

  it('knows a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const identity = identityOf(child.pid);
    await once(child, 'exit');
    expect(livenessOf(identity)).toBe('gone');
  });

  it.runIf(process.platform === 'linux')('knows one that was killed and whose parent never asked', async () => {
    // The shell becomes a program that knows nothing of the child.
    const parent = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const identity = identityOf(Number(String(line)));
    expect(livenessOf(identity)).toBe('alive');
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim()).toBe('sleep');
    process.kill(identity.pid, 'SIGKILL');
    await expect.poll(() => livenessOf(identity)).toBe('gone');
  });

  it('is not fooled by a number that was given out again', () => {
    expect(livenessOf({ ...identityOf(), started: '1' })).toBe('gone');
  });

  it('does not judge by the numbers of another container', () => {
    expect(livenessOf({ pid: process.pid, started: '1', space: 'elsewhere pid:[1]' })).toBe('unknown');
    expect(livenessOf({ pid: 2 ** 30, space: 'elsewhere pid:[1]' })).toBe('unknown');
  });

  it('goes by the number alone where nothing else was kept, as files of older versions do', () => {
    expect(livenessOf({ pid: process.pid })).toBe('alive');
    expect(livenessOf({ pid: 2 ** 30 })).toBe('gone');
  });
});
