import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { identityOf, livenessOf } from '../../src/ground/process.ts';

describe('livenessOf', () => {
  it('knows this process', () => expect(livenessOf(identityOf())).toBe('alive'));

  it('knows a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const identity = identityOf(child.pid);
    await once(child, 'exit');
    expect(livenessOf(identity)).toBe('gone');
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
