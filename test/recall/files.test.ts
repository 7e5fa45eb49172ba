import { execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/recall/files.ts';
import { DAMAGES } from '../helpers/damage.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { query, record, testRecall } from '../memory/recall-contract.ts';

const newRoot = () => join(temporaryFolder('ccmux-recall-'), 'memory');
const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const FACT = 'settleTwice loses the lock for 3 ms when reserve resolves early.';
const DAY = 24 * 60 * 60_000;

describe('files', () => {
  testRecall(async () => {
    const root = newRoot();
    return {
      open: async () => openFiles(root),
      holds: async (text) => filesIn(root).some((file) => readFileSync(file, 'utf8').includes(text)),
    };
  });

  it.runIf(process.platform !== 'win32')('are for the user alone, one a session', async () => {
    const root = newRoot();
    await openFiles(root).keep([record('One.'), record('Two.', { session: 'sunday' })]);
    const files = filesIn(root);
    expect(files.toSorted()).toEqual([join(root, 'alpha', 'monday.jsonl'), join(root, 'alpha', 'sunday.jsonl')]);
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const folder of [root, join(root, 'alpha')]) expect(statSync(folder).mode & 0o777).toBe(0o700);
    await openFiles(root).forget({ project: 'alpha' });
    expect(readdirSync(root)).toEqual([]);
  });

  it('are read as far as they are whole, wherever they were torn, and go on behind it', async () => {
    const root = newRoot();
    const records = [record('Eins – zwei 🦊.'), record(FACT)];
    await openFiles(root).keep(records);
    const file = join(root, 'alpha', 'monday.jsonl');
    const bytes = readFileSync(file);
    const later = record('Later.');
    for (let end = 0; end < bytes.length; end += 7) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes.subarray(0, end));
      const store = openFiles(root);
      const whole = await store.list({});
      expect(records.slice(0, whole.length)).toEqual(whole);
      await store.keep([later]);
      expect(await store.list({})).toEqual([...whole, later]);
      // Half a line may hold half of what is to be forgotten.
      await store.forget({ ids: [later.id] });
      const lines = filesIn(root).flatMap((each) => readFileSync(each, 'utf8').split('\n'));
      expect(lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line))).toEqual(whole);
    }
  });

  it.each<[string, string]>([
    ['no JSON', '{"v":1,'],
    ['no record', '[]'],
    ['null', 'null'],
    ['a record of a newer ccmux', JSON.stringify({ ...record(FACT), v: 2 })],
    ['a text that is none', JSON.stringify({ ...record(FACT), text: { toString: 'x' } })],
    ['a source that is none', JSON.stringify({ ...record(FACT), source: 'system' })],
    ['nobody who may be told', JSON.stringify({ ...record(FACT), allowed: 'gemini' })],
    ['an id that is none', JSON.stringify({ ...record(FACT), id: '../../etc' })],
  ])('pass over a line that is %s', async (_, line) => {
    const root = newRoot();
    const store = openFiles(root);
    const known = record('Known.');
    await store.keep([known]);
    appendFileSync(join(root, 'alpha', 'monday.jsonl'), `${line}\n`);
    expect(await store.list({})).toEqual([known]);
    expect(await store.recall(query('settleTwice reserve'), 5)).toEqual([]);
    expect((await store.forget({ project: 'alpha' })).records).toBe(1);
    expect(filesIn(root)).toEqual([]);
  });

  it('believe the folder and not the line in whose project a record is', async () => {
    const root = newRoot();
    await openFiles(root).keep([record(FACT)]);
    const foreign = { ...record('betaSecret is 42.'), project: 'alpha', session: 'sunday' };
    await openFiles(root).keep([record('x', { project: 'beta' })]);
    appendFileSync(join(root, 'beta', 'monday.jsonl'), `${JSON.stringify(foreign)}\n`);
    expect(await openFiles(root).recall(query('What is betaSecret, settleTwice?'), 5)).toMatchObject([{ text: FACT }]);
  });

  it.each(['../evil', 'a/b', '..', '', 'a\0b'])('never write outside of their folder: %j', async (name) => {
    const root = newRoot();
    const store = openFiles(root);
    await expect(store.keep([record('x', { project: name })])).rejects.toThrow();
    await expect(store.keep([record('x', { session: name })])).rejects.toThrow();
    expect(await store.forget({ project: name })).toEqual({ records: 0, left: [] });
    expect(readdirSync(dirname(root))).toEqual([]);
  });

  it('expire by their date, without being read', async () => {
    const root = newRoot();
    const store = openFiles(root);
    await store.keep([record('Old.'), record('New.', { session: 'sunday', project: 'beta' })]);
    const file = join(root, 'alpha', 'monday.jsonl');
    writeFileSync(file, '{"v":2,"of":"tomorrow"}\n');
    utimesSync(file, 1, 1);
    await store.forget({ before: Date.UTC(2026, 0, 1) });
    expect(filesIn(root)).toEqual([join(root, 'beta', 'sunday.jsonl')]);
  });

  it('say what could not be removed', async () => {
    const root = newRoot();
    const store = openFiles(root);
    await store.keep([record('One.')]);
    // Root may remove anything, but a folder is no file.
    mkdirSync(join(root, 'alpha', 'sunday.jsonl'));
    const { records, left } = await store.forget({ project: 'alpha' });
    expect({ records, left }).toEqual({
      records: 1,
      left: [`${join(root, 'alpha', 'sunday.jsonl')} (a folder stands where a file should be)`],
    });
  });

  it.runIf(process.platform !== 'win32')('hold every whole line after kill -9 in the middle', async () => {
    const root = newRoot();
    const script = `
      const { openFiles } = await import(${JSON.stringify(new URL('../../src/recall/files.ts', import.meta.url).href)});
      const store = openFiles(process.argv[1]);
      for (let i = 0; ; i++) {
        const text = i + ' ' + 'word '.repeat(100);
        await store.keep([{ ...JSON.parse(process.argv[2]), id: i.toString(16).padStart(8, '0'), at: i, text }]);
        if (i === 50) console.log('ready');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, root, JSON.stringify(record(''))]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const store = openFiles(root);
    const kept = await store.list({});
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.map(({ at }) => at)).toEqual(kept.map((_, i) => i));
    await store.keep([record('After.')]);
    expect((await store.list({})).at(-1)).toMatchObject({ text: 'After.' });
  });

  it.each(DAMAGES)('are kept, found and pruned beside %s, which is named once', async (_, put, cause) => {
    const root = newRoot();
    await openFiles(root).keep([record(FACT)]);
    const place = join(root, 'alpha', 'broken.jsonl');
    put(place);
    const unread: string[] = [];
    const store = openFiles(root, (trouble) => unread.push(trouble));
    await store.keep([record('After.')]);
    expect(await store.recall(query('Why does settleTwice lose the lock?'), 3)).toMatchObject([{ text: FACT }]);
    expect(await store.list({})).toHaveLength(2);
    await store.prune('alpha', 0);
    expect(unread).toEqual([`${place} cannot be read (${cause})`]);
  });

  it.runIf(process.platform !== 'win32')('reject what has no room, and keep what had', async () => {
    const root = newRoot();
    const script = `
      process.on('SIGXFSZ', () => {});
      const { openFiles } = await import(${JSON.stringify(new URL('../../src/recall/files.ts', import.meta.url).href)});
      const store = openFiles(process.argv[1]);
      let refused = 0;
      for (let i = 0; i < 20; i++)
        await store
          .keep([{ ...JSON.parse(process.argv[2]), id: i.toString(16).padStart(8, '0'), at: i, text: 'word '.repeat(60) }])
          .catch(() => refused++);
      console.log(refused);`;
    const limited = `trap '' XFSZ; ulimit -f 4; exec "$0" --input-type=module -e "$1" "$2" "$3"`;
    const run = promisify(execFile)('sh', ['-c', limited, process.execPath, script, root, JSON.stringify(record(''))]);
    const refused = Number((await run).stdout);
    const store = openFiles(root);
    const kept = await store.list({});
    expect(refused).toBeGreaterThan(0);
    expect(kept.length).toBe(20 - refused);
    await store.keep([record('After.', { at: DAY })]);
    expect((await store.list({})).map(({ text }) => text)).toEqual([...kept.map(({ text }) => text), 'After.']);
  });
});
