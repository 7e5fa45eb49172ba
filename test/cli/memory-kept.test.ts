import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMemoryExport, type ExportOptions } from '../../src/cli/memory-export.ts';
import { runMemoryForget, type ForgetOptions } from '../../src/cli/memory-forget.ts';
import { runMemoryList, type Scope } from '../../src/cli/memory-kept.ts';
import { runMemoryShow } from '../../src/cli/memory.ts';
import { openChroma } from '../../src/recall/chroma.ts';
import { openFiles } from '../../src/recall/files.ts';
import { projectKey } from '../../src/recall/project.ts';
import { createVectors } from '../../src/recall/vectors.ts';
import { DAMAGES } from '../helpers/damage.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { record } from '../memory/recall-contract.ts';
import { startChroma } from '../simulators/chroma.ts';
import { fakeIo } from './io.ts';

/** `ccmux memory list`, `show`, `forget` and `export`, over real files. */

const DAY = 24 * 60 * 60_000;
const MONDAY = '20261116-100000-aaaa';
const TUESDAY = '20261117-100000-bbbb';
const ELSEWHERE = '20261118-100000-cccc';
const at = (days: number) => Date.now() - days * DAY;

/** A home in which three sessions of two projects are kept. */
async function home(records = true, env: NodeJS.ProcessEnv = {}) {
  const state = temporaryFolder('ccmux-kept-');
  const cwd = join(temporaryFolder('ccmux-shop-'), 'shop');
  mkdirSync(cwd);
  const { io, written } = fakeIo({ XDG_STATE_HOME: state, HOME: '/home/ada', PWD: cwd, ...env }, { columns: 80 });
  const project = projectKey(cwd);
  const folder = join(state, 'ccmux', 'memory');
  const store = openFiles(folder);
  if (records) {
    await store.keep([
      record('Find out why the payments are settled twice, and do not touch the public interface of it.', {
        project,
        session: MONDAY,
        at: at(40),
        source: 'user',
        by: '',
        id: 'aaaaaaaa00000001',
      }),
      record('The pool loses its lock \u001b[31mfor 3 ms.', {
        project,
        session: MONDAY,
        at: at(40),
        id: 'aaaaaaaa00000002',
      }),
      record('A thought of Tuesday.', {
        project,
        session: TUESDAY,
        at: at(2),
        source: 'thinking',
        id: 'bbbbbbbb00000001',
      }),
      record('Of another project.', {
        project: 'bank-0123456789abcdef',
        session: ELSEWHERE,
        at: at(1),
        id: 'cccccccc00000001',
      }),
    ]);
  }
  const run = async (command: (io_: typeof io) => Promise<number>) => {
    written.out = written.err = '';
    const code = await command(io).catch((error: Error) => error.message);
    return { code, ...written };
  };
  return {
    project,
    folder,
    cwd,
    list: (options: Scope & { json?: boolean } = {}) => run((one) => runMemoryList(options, one)),
    show: (name?: string) => run((one) => runMemoryShow({ note: false, ...(name !== undefined && { name }) }, one)),
    forget: (options: ForgetOptions) => run((one) => runMemoryForget(options, one)),
    export: (options: ExportOptions = {}) => run((one) => runMemoryExport(options, one)),
    left: async () => (await store.list({})).map(({ text }) => text.slice(0, 8)),
  };
}

describe('list', () => {
  it('has a line for each session of this project', async () => {
    const { list, project } = await home();
    const { out, code } = await list();
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^${project} · 2 sessions · 3 passages\n  aaaa  .+ 2 passages  Find out why the pay.*…\n  bbbb  .+ 1 passage  A thought of Tuesday\\.\n\nRead one`,
      ),
    );
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names every project, or one by its key', async () => {
    const { list } = await home();
    expect((await list({ all: true })).out).toMatch(/shop-[^]*bank-0123456789abcdef · 1 session · 1 passage\n {2}cccc/);
    expect((await list({ project: 'bank-0123456789abcdef' })).out).toMatch(/^bank-0123456789abcdef/);
    expect(JSON.parse((await list({ all: true, json: true })).out)).toMatchObject([
      { passages: 2 },
      { passages: 1 },
      { project: 'bank-0123456789abcdef' },
    ]);
  });

  it.each<[string, Scope, RegExp]>([
    ['of this project', {}, /^Nothing is kept .*ccmux memory on --project\n$/],
    ['at all', { all: true }, /in any project\.\n$/],
    ['of a project that is none', { project: 'nobody' }, /of a project nobody\. See: ccmux memory list --all/],
  ])('says that nothing is kept %s', async (_, options, expected) => {
    expect(await (await home(false)).list(options)).toEqual({ code: 0, out: expect.stringMatching(expected), err: '' });
  });
});

describe('show', () => {
  it.each(['aaaa', '20261116', MONDAY])('prints what is kept of session %s', async (name) => {
    const { out, code } = await (await home()).show(name);
    expect(code).toBe(0);
    expect(out).toContain('Kept of session aaaa for later ones: 2 passages\n\naaaaaaaa  message 1, you: Find out why');
    expect(out).toContain('aaaaaaaa  message 1, claude: The pool loses its lock for 3 ms.');
    for (const line of out.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints one passage', async () => {
    expect((await (await home()).show('bbbbbbbb')).out).toBe(
      'bbbbbbbb  message 1, claude (thinking): A thought of Tuesday.\n',
    );
  });

  it.each([
    ['aaaaaaaa', '"aaaaaaaa" is more than one passage: aaaaaaaa00000001, aaaaaaaa00000002'],
    ['2026', expect.stringMatching(/^"2026" is more than one session: 20261116-100000-aaaa, /)],
    ['nothing', expect.stringMatching(/^there is no session "nothing"/)],
  ])('says in one line that %s is no name', async (name, message) => {
    expect((await (await home()).show(name)).code).toEqual(message);
  });
});

describe('forget', () => {
  it.each<[string, ForgetOptions, string[]]>([
    ['a session', { what: 'aaaa' }, ['A though', 'Of anoth']],
    ['a passage', { what: 'aaaaaaaa00000002' }, ['Find out', 'A though', 'Of anoth']],
    ['this project', { project: true }, ['Of anoth']],
    ['another project', { project: 'bank-0123456789abcdef' }, ['Find out', 'The pool', 'A though']],
    ['what is old', { before: '30d' }, ['A though', 'Of anoth']],
    ['what is old in this project', { project: true, before: '2d' }, ['Of anoth']],
    ['everything', { all: true }, []],
  ])('removes %s', async (_, options, rest) => {
    const { forget, left } = await home();
    const { code, out, err } = await forget(options);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Forgotten: \d passages?\. Notes that were sent stay in the reports/);
    expect(await left()).toEqual(rest);
  });

  it.each<[string, ForgetOptions, string]>([
    ['nothing', {}, 'say what to forget'],
    ['two things', { what: 'aaaa', all: true }, 'say what to forget'],
    ['all projects and one', { project: true, all: true }, '--all is every project'],
    ['all and what is old', { before: '30d', all: true }, '--before 30d speaks of every project already'],
    ['a name that is empty', { what: '' }, 'nothing is kept under the name ""'],
    ['an unknown name', { what: 'nobody' }, 'nothing is kept under the name "nobody"'],
    ['a day that is none', { before: 'soon' }, '--before: expected a moment such as 7d'],
    ['a day to come', { before: '2999-01-01' }, '--before 2999-01-01 is in the future'],
    ['another folder', { what: '../..' }, 'nothing is kept under the name'],
  ])('says in one line that it cannot forget %s', async (_, options, message) => {
    const { forget, left } = await home();
    const { code } = await forget(options);
    expect(code).toMatch(new RegExp(`^${message.replaceAll('.', '\\.')}`));
    expect(String(code)).not.toContain('\n');
    expect(await left()).toHaveLength(4);
  });

  it('says what it could not remove, and what it could', async () => {
    const { forget, project, folder } = await home();
    // Root may remove any file, but a folder is none.
    const place = join(folder, project, `${MONDAY}x.jsonl`);
    mkdirSync(place);
    expect(await forget({ project })).toEqual({
      code: 1,
      out: expect.stringMatching(/^Forgotten: 3 passages/),
      err: `ccmux: not removed: ${place} (a folder stands where a file should be)\n`,
    });
    rmdirSync(place);
    expect(await forget({ project })).toEqual({ code: 0, out: 'Nothing of that was kept.\n', err: '' });
  });
});

describe.each(DAMAGES)('beside %s', (_, put, cause) => {
  it('names it in one line, and goes on with the rest', async () => {
    const { folder, project, list, show, forget, export: write, left } = await home();
    const place = join(folder, project, '20261119-100000-dddd.jsonl');
    put(place);
    const err = `ccmux: ${place} cannot be read (${cause}). It is left out.\n`;
    expect(await list()).toEqual({ code: 0, err, out: expect.stringContaining('2 sessions · 3 passages') });
    expect(await show('bbbb')).toMatchObject({ code: 0, err, out: expect.stringContaining('A thought of Tuesday') });
    expect(await write({ all: true })).toMatchObject({ code: 1, err, out: expect.stringContaining('Of another') });
    expect(await forget({ what: 'bbbb' })).toMatchObject({ code: 0, err, out: expect.stringMatching(/^Forgotten: 1/) });
    await forget({ before: '30d' });
    expect(await left()).toEqual(['Of anoth']);
  });

  it('says that nothing else is kept', async () => {
    const { folder, project, list, export: write } = await home(false);
    mkdirSync(join(folder, project), { recursive: true });
    put(join(folder, project, `${MONDAY}.jsonl`));
    expect(await list()).toMatchObject({ code: 0, out: 'Nothing else is kept here.\n' });
    expect((await write()).code).toBe('Nothing else is kept here.');
  });
});

it('forgets all of a file that cannot be read', async () => {
  const { folder, project, forget } = await home();
  const [, put] = DAMAGES.find(([name]) => name === 'more than fits')!;
  put(join(folder, project, '20261119-100000-dddd.jsonl'));
  expect(await forget({ all: true })).toMatchObject({ code: 0, err: '' });
  expect(existsSync(join(folder, project))).toBe(false);
});

it.runIf(process.platform !== 'win32')('goes on beside the folder of a project that cannot be read', async () => {
  const { folder, list, forget } = await home();
  const place = join(folder, 'another-0123456789abcdef');
  symlinkSync('another-0123456789abcdef', place);
  expect(await list({ all: true })).toEqual({
    code: 0,
    err: `ccmux: ${place} cannot be read (its links lead in a circle). It is left out.\n`,
    out: expect.stringContaining('Of another project.'),
  });
  // Whether it holds passages nobody knows.
  expect(await forget({ all: true })).toEqual({
    code: 1,
    err: `ccmux: not removed: ${place} (its links lead in a circle)\n`,
    out: expect.stringMatching(/^Forgotten: 4 passages/),
  });
});

it('says in one line that the folder cannot be read', async () => {
  const { folder, list, show, forget, export: write } = await home(false);
  mkdirSync(dirname(folder), { recursive: true });
  symlinkSync(folder, folder);
  for (const run of [() => list(), () => show('aaaa'), () => forget({ all: true }), () => write()]) {
    const { code } = await run();
    expect(code).toMatch(/^\S+ cannot be read \(its links lead in a circle\)\. See: ccmux doctor$/);
    expect(code).toContain(folder);
  }
});

describe('export', () => {
  it('prints Markdown, or JSON', async () => {
    const { export: write, project } = await home();
    expect((await write()).out).toMatch(
      new RegExp(
        `^## ${project}, session ${MONDAY}\n\nKept .+\n\n- you \\(message 1\\): Find out .+\n- claude, answer \\(message 1\\): The pool loses its lock for 3 ms\\.\n\n## `,
      ),
    );
    expect(JSON.parse((await write({ json: true, all: true })).out)).toHaveLength(4);
  });

  it.runIf(process.platform !== 'win32')('writes a file for the user alone, and over none', async () => {
    const { export: write, cwd } = await home();
    const file = join(cwd, 'kept.json');
    expect((await write({ file })).out).toBe(`Written: ${file} (3 passages)\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(3);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await write({ file })).code).toBe(
      `${file} cannot be written: it is there already. Name another: ccmux memory export <file>`,
    );
    expect((await write({ file: join(cwd, 'none', 'x.md') })).code).toMatch(/x\.md cannot be written/);
    writeFileSync(join(cwd, 'plain'), '');
    expect((await write({ file: join(cwd, 'plain', 'x') })).code).toMatch(/a file stands where a folder should be/);
  });

  it('says that there is nothing, and that it is one of two forms', async () => {
    expect((await (await home(false)).export()).code).toMatch(/^Nothing is kept of earlier sessions/);
    expect((await (await home()).export({ md: true, json: true })).code).toBe('an export is either --md or --json');
  });
});

describe('with a Chroma server', () => {
  const settings = (url: string) => ({ CCMUX_MEMORY_STORE: 'chroma', CCMUX_MEMORY_CHROMA: url });

  it('forgets there as well', async () => {
    const { url, collections } = await startChroma();
    const { forget, project } = await home(true, settings(url));
    const index = openChroma({ url, vectors: createVectors(undefined) });
    await index.add(project, [record('A thought of Tuesday.', { id: 'bbbbbbbb00000001' }), record('Else.')]);
    expect(await forget({ what: 'bbbb' })).toMatchObject({ code: 0, err: '' });
    expect(await index.ids(project)).toHaveLength(1);
    await forget({ all: true });
    expect(collections.size).toBe(0);
  });

  it('says what it could not remove there, and removes the rest', async () => {
    const { forget, left, list } = await home(true, settings('http://127.0.0.1:9'));
    const { code, out, err } = await forget({ project: true });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'ccmux: not removed: Chroma at http://127.0.0.1:9 (does not answer)\n',
    });
    expect(out).toMatch(/^Forgotten: 3 passages\./);
    expect(await left()).toEqual(['Of anoth']);
    expect((await list({ all: true })).code).toBe(0);
  });
});

it('removes what Mem0 held, where the user has gone over to another store', async () => {
  const { folder, forget } = await home();
  mkdirSync(join(folder, '.mem0'));
  writeFileSync(join(folder, '.mem0', 'shop.words.db'), 'The pool loses its lock');
  await forget({ what: 'aaaa' });
  expect(existsSync(join(folder, '.mem0'))).toBe(false);
});
