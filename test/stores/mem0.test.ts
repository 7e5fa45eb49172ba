import { execFileSync, fork } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Mem0Answer, Mem0Request, Numbered } from '../../src/recall/mem0-messages.ts';
import { openFiles } from '../../src/recall/files.ts';
import { openIndexed } from '../../src/recall/indexed.ts';
import { mem0Environment, openMem0 } from '../../src/recall/mem0.ts';
import { StoreError } from '../../src/recall/store-error.ts';
import { createVectors } from '../../src/recall/vectors.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { query, record, testRecall } from '../memory/recall-contract.ts';

/** The real `mem0ai`, in the process that ccmux ships. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist/mem0-process.js');
const FACT = 'settleTwice loses the lock for 3 ms when reserve resolves early.';

const isThere = existsSync(join(ROOT, 'node_modules/mem0ai'));
if (!isThere && process.env['CI'] === 'true') throw new Error('mem0ai is missing: npm ci');

function indexIn(folder: string, installed: string | undefined = ROOT) {
  const index = openMem0({ installed, folder, vectors: createVectors(undefined), program: PROGRAM });
  onTestFinished(index.close);
  return index;
}

function storeIn(root: string) {
  const failed: unknown[] = [];
  const index = indexIn(join(root, '.mem0'));
  const store = openIndexed({ files: openFiles(root), index, label: 'Mem0', failed: (error) => failed.push(error) });
  return { store, index, failed };
}

/** Each file of a folder and of those in it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const holds = (folder: string, text: string) => filesIn(folder).some((file) => readFileSync(file).includes(text));

describe.runIf(isThere)('Mem0', () => {
  describe('as a store', () => {
    testRecall(async () => {
      const root = temporaryFolder('ccmux-mem0-');
      return { open: async () => storeIn(root).store, holds: async (text) => holds(root, text) };
    });
  });

  it('finds what the files do not, and nothing that is only the least unlike', async () => {
    const root = temporaryFolder('ccmux-mem0-');
    const { store, index, failed } = storeIn(root);
    const chatter = Array.from({ length: 30 }, (_, i) => record(`The parser reads line ${i} before the loop goes on.`));
    await store.keep([...chatter, record(FACT), record('Of the same session.', { session: 'tuesday' })]);
    await expect.poll(() => index.ids('alpha')).toHaveLength(32);
    const sought = { project: 'alpha', session: 'tuesday' };
    const text = 'What loses the lock when reserve resolves early?';
    expect(await index.find({ ...sought, prompt: text }, 5)).toEqual([expect.any(String)]);
    expect(await index.find({ ...sought, prompt: 'Which colour has the zebra crossing in Quorvex?' }, 5)).toEqual([]);
    expect(await index.find({ ...sought, project: 'beta', prompt: text }, 5)).toEqual([]);
    expect(failed).toEqual([]);
  });

  describe('trap 1: better-sqlite3 is loaded whatever store is used', () => {
    it.each<[string, ((folder: string) => void) | undefined, string]>([
      ['no folder is named', undefined, 'unset'],
      ['the folder is empty', () => {}, 'missing'],
      ['the module lies in a folder above', (folder: string) => linkInto(join(folder, '..')), 'missing'],
      ['it is there without better-sqlite3', (folder: string) => copyInto(folder), 'incomplete'],
      ['npm did not run the script that fetches its native part', (folder: string) => halfInto(folder), 'incomplete'],
    ])('says it where %s, and the files find', async (_, prepare, why) => {
      const folder = prepare && join(temporaryFolder('ccmux-mem0-'), 'installed');
      if (prepare && folder !== undefined) {
        mkdirSync(folder);
        prepare(folder);
      }
      const root = temporaryFolder('ccmux-mem0-');
      const told: unknown[] = [];
      const index = openMem0({
        installed: folder,
        folder: join(root, '.mem0'),
        vectors: createVectors(undefined),
        program: PROGRAM,
      });
      onTestFinished(index.close);
      await expect(index.version()).rejects.toMatchObject({ why });
      const failed = (error: unknown) => told.push((error as StoreError).why);
      const store = openIndexed({ files: openFiles(root), index, label: 'Mem0', failed });
      await store.keep([record(FACT)]);
      expect(await store.recall(query('Why does settleTwice lose it?'), 5)).toMatchObject([{ text: FACT }]);
      expect(new Set(told)).toEqual(new Set([why]));
    });

    it('loads it from a folder of its own', async () => {
      expect(await indexIn(temporaryFolder('ccmux-mem0-')).version()).toBe('3.3.1');
    });
  });

  describe('trap 2: it calls home', () => {
    it('not once, with the environment that ccmux gives it', async () => {
      const { calls, printed } = await workInProcess({});
      expect({ calls, printed }).toEqual({ calls: [], printed: '' });
    });

    it('where telemetry is on, which shows that the test would see it, and reaches nobody', async () => {
      const { calls, reached } = await workInProcess({ MEM0_TELEMETRY: 'true' });
      expect(new Set(calls)).toEqual(new Set(['us.i.posthog.com', 'raw.githubusercontent.com']));
      expect(reached).toBe(0);
    });
  });

  it('trap 3: writes nothing into the home of the user', async () => {
    const folder = temporaryFolder('ccmux-mem0-');
    const home = temporaryFolder('ccmux-home-');
    const { HOME } = process.env;
    process.env['HOME'] = home;
    onTestFinished(() => void (process.env['HOME'] = HOME));
    await indexIn(folder).add('alpha', [record(FACT)]);
    expect(readdirSync(home)).toEqual([]);
    expect(filesIn(folder).map((file) => file.slice(folder.length + 1))).toContain('alpha.words.db');
  });

  it('keeps what it writes for the user alone', async () => {
    const folder = join(temporaryFolder('ccmux-mem0-'), 'new');
    const index = indexIn(folder);
    await index.add('alpha', [record(FACT)]);
    await index.find({ project: 'alpha', session: 'x', prompt: FACT }, 1);
    for (const file of [folder, ...filesIn(folder)]) expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('trap 4: keeps no word of what was removed, in a history, a free page or a journal', async () => {
    const folder = temporaryFolder('ccmux-mem0-');
    const index = indexIn(folder);
    const some = Array.from({ length: 8 }, (_, i) => record(`Wording${i} is said of the pool, and of nothing else.`));
    await index.add('alpha', some);
    await index.add('beta', [record('Betaword is said in another project.')]);
    expect(holds(folder, 'Wording3')).toBe(true);
    await index.remove('alpha', [some[3]!.id]);
    expect(holds(folder, 'Wording3') || holds(folder, 'wording3')).toBe(false);
    expect(await index.ids('alpha')).toHaveLength(7);
    await index.drop('alpha');
    expect(holds(folder, 'Wording') || holds(folder, 'wording')).toBe(false);
    expect(await index.ids('beta')).toHaveLength(1);
    await index.drop();
    expect(existsSync(folder)).toBe(false);
  });

  it('trap 5: nothing that it prints comes onto the terminal', async () => {
    expect((await workInProcess({ MEM0_TELEMETRY: 'true' })).printed).toContain('Telemetry event capture failed');
    const folder = temporaryFolder('ccmux-mem0-');
    const printed = execFileSync(process.execPath, inlined(WORK, folder), { stdio: 'pipe', encoding: 'utf8' });
    expect(printed).toBe('');
  });

  it('is told where its process dies, and is started again by the next question', async () => {
    const folder = temporaryFolder('ccmux-mem0-');
    const index = indexIn(folder);
    await index.add('alpha', [record(FACT)]);
    for (const pid of processesIn(folder)) process.kill(Number(pid), 'SIGKILL');
    await expect(index.ids('alpha')).rejects.toMatchObject({ why: 'stopped' });
    expect(await index.ids('alpha')).toHaveLength(1);
  });

  it('ends with the session, also with one that is killed', async () => {
    const folder = temporaryFolder('ccmux-mem0-');
    const code = `await index.version(); process.kill(process.pid, 'SIGKILL');`;
    expect(() => execFileSync(process.execPath, inlined(code, folder))).toThrow();
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });
});

const WORK = `
  await index.add('alpha', [{ id: 'a1', session: 's', text: 'A notice would be printed here, on the first run.' }]);
  await index.find({ project: 'alpha', session: 't', prompt: 'what happened yesterday at 10:00?' }, 2000);
  await index.close();`;

/** A process that opens an index as a session does. */
function inlined(code: string, folder: string): string[] {
  const url = (file: string) => JSON.stringify(new URL(`../../src/recall/${file}`, import.meta.url).href);
  const opening = `
    const { openMem0 } = await import(${url('mem0.ts')});
    const { createVectors } = await import(${url('vectors.ts')});
    const [installed, folder, program] = process.argv.slice(1);
    const index = openMem0({ installed, folder, program, vectors: createVectors(undefined) });`;
  return ['--input-type=module', '-e', opening + code, ROOT, folder, PROGRAM];
}

function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

function linkInto(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/mem0ai'), join(folder, 'node_modules/mem0ai'));
}

/** A module of that name whose import needs what is not there, as the real one does. */
function copyInto(folder: string): void {
  const own = join(folder, 'node_modules/mem0ai');
  mkdirSync(join(own, 'dist/oss'), { recursive: true });
  const { exports, version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/mem0ai/package.json'), 'utf8'));
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'mem0ai', version, exports }));
  const code = readFileSync(join(ROOT, 'node_modules/mem0ai/dist/oss/index.js'), 'utf8');
  writeFileSync(join(own, 'dist/oss/index.js'), code);
  for (const needed of ['axios', 'openai', 'uuid', 'zod', 'compromise']) stub(folder, needed);
}

function halfInto(folder: string): void {
  copyInto(folder);
  const own = join(folder, 'node_modules/better-sqlite3');
  cpSync(join(ROOT, 'node_modules/better-sqlite3'), own, {
    recursive: true,
    filter: (path) => !/better-sqlite3\/(?:build|deps|prebuilds|src)/.test(path),
  });
}

function stub(folder: string, name: string): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place);
  const any = 'const any = new Proxy(function () {}, { get: () => any, apply: () => any, construct: () => any });';
  writeFileSync(join(place, 'index.js'), `${any} module.exports = any;`);
}

/** The process itself: whom it wants to reach, whom it reached, and what it prints. */
async function workInProcess(more: NodeJS.ProcessEnv) {
  const folder = temporaryFolder('ccmux-mem0-');
  const log = join(folder, 'calls.txt');
  const hook = join(folder, 'hook.mjs');
  writeFileSync(hook, hookInto(log));
  const entry = join(ROOT, 'node_modules/mem0ai/dist/oss/index.js');
  const child = fork(PROGRAM, [entry, folder, 'words'], {
    env: { ...mem0Environment(folder), ...more },
    execArgv: ['--import', hook],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (printed += String(text)));
  const [vector] = await createVectors(undefined).of([FACT]);
  const requests: Mem0Request[] = [
    { do: 'add', project: 'alpha', entries: [{ id: 'a1', session: 's', text: FACT, vector: vector! }] },
    { do: 'find', project: 'alpha', session: 't', text: FACT, vector: vector!, least: 0, limit: 2_000 },
    { do: 'remove', project: 'alpha', ids: ['a1'] },
  ];
  const answers: Mem0Answer[] = [];
  const all = new Promise<void>((resolve) => {
    child.on('message', (answer: Mem0Answer) => answers.push(answer) === requests.length && resolve());
  });
  requests.forEach((request, number) => child.send({ ...request, number } satisfies Numbered<Mem0Request>));
  await all;
  child.kill('SIGKILL');
  expect(answers).toMatchObject([{ ids: [] }, { ids: ['a1'] }, { ids: [] }]);
  const noted = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  const calls = noted.filter((line) => line !== 'reached');
  return { calls, reached: noted.length - calls.length, printed };
}

/** Notes each call before ccmux refuses it, and each that it would let pass. */
function hookInto(log: string): string {
  return `
    import { appendFileSync } from 'node:fs';
    import net from 'node:net';
    const note = (what) => appendFileSync(${JSON.stringify(log)}, what + '\\n');
    const { connect } = net.Socket.prototype;
    net.Socket.prototype.connect = function (...given) { note('reached'); return connect.apply(this, given); };
    let own;
    Object.defineProperty(globalThis, 'fetch', {
      get: () => (url, options) => { note(new URL(url).host); return own(url, options); },
      set: (given) => void (own = given),
    });`;
}
