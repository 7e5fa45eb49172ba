import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMemoryDemo } from '../../src/cli/demo-memory.ts';
import { runDoctor } from '../../src/cli/doctor.ts';
import { runMemoryExport } from '../../src/cli/memory-export.ts';
import { refuseUnwritable, writeOutput, type OutputFile } from '../../src/cli/output-file.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { fakeIo } from './io.ts';

/** A file that a command is told to write: what keeps it from being written is said before the work. */

const newFolder = () => temporaryFolder('ccmux-output-');
const output = (file: string, over = true): OutputFile => ({ file, over, way: 'ccmux x --html <file>' });

const UNWRITABLE: [string, (folder: string) => string, boolean, string][] = [
  ['a folder that is not there', (folder) => join(folder, 'none', 'x.html'), true, 'its folder is not there'],
  ['a folder', (folder) => folder, true, 'a folder stands where a file should be'],
  ['a file as a folder', below, true, 'a file stands where a folder should be'],
  ['a name that is too long', (folder) => join(folder, 'x'.repeat(300)), true, 'the path is too long'],
  ['a folder for a new file', (folder) => folder, false, 'a folder stands where a file should be'],
  ['a file that must stay', taken, false, 'it is there already'],
];

function below(folder: string): string {
  writeFileSync(join(folder, 'file'), '');
  return join(folder, 'file', 'x.html');
}

function taken(folder: string): string {
  writeFileSync(join(folder, 'mine'), 'mine');
  return join(folder, 'mine');
}

describe('before the work', () => {
  it.each(UNWRITABLE)('refuses %s in one line', (_, place, over, why) => {
    const file = place(newFolder());
    const message = `${file} cannot be written: ${why}. Name another: ccmux x --html <file>`;
    expect(() => refuseUnwritable(output(file, over))).toThrow(message);
    expect(() => writeOutput(output(file, over), 'text')).toThrow(message);
  });

  it('leaves everything as it was', () => {
    const folder = newFolder();
    refuseUnwritable(output(join(folder, 'new')));
    refuseUnwritable(output(join(folder, 'new'), false));
    expect(readdirSync(folder)).toEqual([]);
    refuseUnwritable(output(taken(folder)));
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
  });

  it.runIf(process.platform !== 'win32')('leaves a link and a pipe as they were', () => {
    const folder = newFolder();
    symlinkSync('later', join(folder, 'link'));
    refuseUnwritable(output(join(folder, 'link')));
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(folder, 'later'))).toBe(false);
    // To open it would wait for a reader for ever.
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]);
    refuseUnwritable(output(join(folder, 'pipe')));
  });
});

it.runIf(process.platform !== 'win32')('is for the user alone', () => {
  const file = join(newFolder(), 'x');
  writeOutput(output(file), 'one');
  writeOutput(output(file), 'two');
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

describe('is refused before anything is asked or played', () => {
  const nowhere = (folder: string) => join(folder, 'none', 'x');

  it('ccmux demo --memory --html', async () => {
    await expect(runMemoryDemo(nowhere(newFolder()))).rejects.toThrow(/its folder is not there/);
  });

  it('ccmux doctor --live --bundle', async () => {
    const { io, written } = fakeIo({ HOME: newFolder() }, { columns: 80 });
    const shake = () => Promise.reject(new Error('asked'));
    const terminal = { ...io, stdin: { isTTY: false } } as unknown as Parameters<typeof runDoctor>[1];
    await expect(
      runDoctor({ json: false, live: true, yes: true, bundle: nowhere(newFolder()) }, terminal, shake),
    ).rejects.toThrow(/its folder is not there\. Name another: ccmux doctor --bundle <file>/);
    expect(written.out).toBe('');
  });

  it('ccmux memory export', async () => {
    const home = newFolder();
    mkdirSync(join(home, 'work'));
    const { io } = fakeIo({ HOME: home, PWD: join(home, 'work') }, { columns: 80 });
    // Nothing is kept either: the file comes first.
    await expect(runMemoryExport({ file: nowhere(home) }, io)).rejects.toThrow(/its folder is not there/);
  });
});
