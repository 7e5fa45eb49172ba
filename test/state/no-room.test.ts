import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const module = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href);

/** On a full disk a file can still be made, and not a byte written into it. */
const WRITERS: [what: string, program: string][] = [
  [
    'the lock',
    `const { withLock } = await import(${module('ground/lock.ts')}); await withLock(folder + '/lock', () => 1);`,
  ],
  [
    'a running session',
    `const { registerRunning } = await import(${module('state/running.ts')});
     registerRunning({ stateDir: folder, session: 'a', pid: 1, controlUrl: 'x', claudeCwd: '/' });`,
  ],
  [
    'a settings file',
    `const { writePrivately } = await import(${module('launch/private-file.ts')});
     if (writePrivately([folder + '/run'], 'x') === undefined) throw 1;`,
  ],
  [
    'the note of a hand-over',
    `const { noteHandover } = await import(${module('launch/handover.ts')});
     noteHandover(folder + '/a.json', { configDir: '/', settings: '{}' }); throw 1;`,
  ],
  [
    'a report',
    `const { saveSummary } = await import(${module('state/store.ts')}); await saveSummary(folder, { session: 'a' });`,
  ],
  [
    'the passages of a session',
    `const { openFiles } = await import(${module('recall/files.ts')});
     await openFiles(folder).keep([{ v: 1, id: '1', project: 'a', session: 'b', at: 1 }]);`,
  ],
  [
    'the client’s record',
    `const { watchClient } = await import(${module('launch/client-record.ts')});
     watchClient('told', folder, { emit() {} })({ 'user-agent': 'claude-cli/2.1.63 (external, cli)' }); throw 1;`,
  ],
];

it.runIf(process.platform !== 'win32').each(WRITERS)(
  'leaves no empty file where there is no room: %s',
  async (_, program) => {
    const folder = await mkdtemp(join(tmpdir(), 'ccmux-no-room-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // The limit stands for the full disk; its signal must not end the process.
    const script = `process.on('SIGXFSZ', () => {}); const folder = process.argv[1]; try { ${program} } catch { process.exit(7); }`;
    const limited = `trap '' XFSZ; ulimit -f 0; exec "$0" --input-type=module -e "$1" "$2"`;
    const run = promisify(execFile)('sh', ['-c', limited, process.execPath, script, folder]);
    await expect(run).rejects.toMatchObject({ code: 7 });
    const left = await readdir(folder, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
  },
);
