import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openChroma } from '../../src/recall/chroma.ts';
import { openFiles } from '../../src/recall/files.ts';
import { openIndexed } from '../../src/recall/indexed.ts';
import { createVectors } from '../../src/recall/vectors.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { query, record, testRecall } from '../memory/recall-contract.ts';
import { startChroma } from '../simulators/chroma.ts';

const FACT = 'settleTwice loses the lock for 3 ms when reserve resolves early.';
const SOUGHT = { project: 'alpha', session: 'tuesday', prompt: 'What loses the lock when reserve resolves early?' };
const vectors = createVectors(undefined);

describe('Chroma as a store', () => {
  testRecall(async () => {
    const root = temporaryFolder('ccmux-chroma-');
    const { url, collections, asked } = await startChroma();
    let isOver = false;
    onTestFinished(() => void (isOver = true));
    return {
      async open() {
        const index = openChroma({ url, vectors });
        const failed = (error: unknown) => {
          if (!isOver) throw error;
        };
        return openIndexed({ files: openFiles(root), index, label: 'Chroma', failed });
      },
      async holds(text) {
        // Its log keeps what is gone: no request may have words.
        if (JSON.stringify(asked).includes(text)) return true;
        const records = await openFiles(root).list({});
        const held = [...collections.values()].reduce((count, { rows }) => count + rows.size, 0);
        if (held > records.length) return true;
        return records.some((one) => one.text === text);
      },
    };
  });
});

async function filled() {
  const chroma = await startChroma();
  const index = openChroma({ url: chroma.url, vectors });
  const chatter = Array.from({ length: 30 }, (_, i) => record(`The parser reads line ${i} before the loop goes on.`));
  const fact = record(FACT);
  await index.add('alpha', [...chatter, fact, record(FACT, { session: 'tuesday' })]);
  return { chroma, index, fact };
}

it('finds what is like the question in another session of the project, and nothing that is only the least unlike', async () => {
  const { index, fact } = await filled();
  expect(await index.find(SOUGHT, 5)).toEqual([fact.id]);
  expect(await index.find({ ...SOUGHT, prompt: 'Which colour has the zebra crossing in Quorvex?' }, 5)).toEqual([]);
  expect(await index.find({ ...SOUGHT, project: 'beta' }, 5)).toEqual([]);
});

it('gives it no word, whatever is kept, sought and removed', async () => {
  const { chroma, index, fact } = await filled();
  await index.find(SOUGHT, 5);
  await index.remove('alpha', [fact.id]);
  expect(await index.ids('alpha')).toHaveLength(31);
  expect(JSON.stringify(chroma.asked)).not.toMatch(/settle|parser|reserve/i);
});

it('removes its own collections, and leaves those of others', async () => {
  const { chroma, index } = await filled();
  const others = ['ccmux', 'ccmux-notes-of-mine', 'xccmux-words-alpha', 'ccmux-words-alphabet'];
  for (const [i, name] of others.entries())
    chroma.collections.set(`${i}`, { id: `${i}`, name, dimension: null, rows: new Map() });
  await index.add('beta', [record('Of another project.', { project: 'beta' })]);
  await index.drop('alpha');
  const names = () => [...chroma.collections.values()].map(({ name }) => name);
  expect(names().toSorted()).toEqual([...others, 'ccmux-words-beta'].toSorted());
  await index.drop();
  expect(names()).not.toContain('ccmux-words-beta');
  expect(await index.ids('alpha')).toEqual([]);
});

it('makes a collection again that somebody has deleted', async () => {
  const { chroma, index } = await filled();
  chroma.collections.clear();
  expect(await index.find(SOUGHT, 5)).toEqual([]);
  await index.add('alpha', [record(FACT)]);
  expect(await index.ids('alpha')).toHaveLength(1);
});

it.each([
  ['a project with a long name', `${'x'.repeat(32)}-0123456789abcdef`],
  ['a project whose name begins with a dot', '-config-0123456789abcdef'],
])('names the collection of %s as Chroma demands', async (_, project) => {
  const { url } = await startChroma();
  for (const embedding of [
    undefined,
    { model: 'nomic', embed: async (texts: readonly string[]) => texts.map(() => [1, 0]) },
  ]) {
    const index = openChroma({ url, vectors: createVectors(embedding) });
    await index.add(project, [record(FACT, { project })]);
    expect(await index.ids(project)).toHaveLength(1);
    await index.drop(project);
    expect(await index.ids(project)).toEqual([]);
  }
});

describe('a server that cannot be used', () => {
  it.each([
    ['an older version', { status: 404, body: '{"detail":"Not Found"}' }, { why: 'status', status: 404 }],
    ['one that refuses the version', { status: 410, body: '{}' }, { why: 'status', status: 410 }],
    ['one that sends elsewhere', { status: 302, body: '' }, { why: 'status', status: 302 }],
    ['another program', { status: 200, body: '<html>' }, { why: 'unreadable' }],
    ['another JSON', { status: 200, body: '{}' }, { why: 'unreadable' }],
    ['one that lists something else', { status: 200, body: '{"id":1,"ids":"all"}' }, { why: 'unreadable' }],
  ])('%s is told, and the files find', async (_, canned, told) => {
    const chroma = await startChroma();
    chroma.answer(canned);
    const failed: unknown[] = [];
    const index = openChroma({ url: chroma.url, vectors });
    await expect(index.version()).rejects.toMatchObject(told);
    const files = openFiles(temporaryFolder('ccmux-chroma-'));
    const store = openIndexed({ files, index, label: 'Chroma', failed: (error) => failed.push(error) });
    await store.keep([record(FACT)]);
    expect(await store.recall(query('Why does settleTwice lose it?'), 5)).toMatchObject([{ text: FACT }]);
    for (const error of failed) expect(error).toMatchObject(told);
    expect(failed.length).toBeGreaterThan(0);
  });

  it('is told where nobody listens', async () => {
    const index = openChroma({ url: 'http://127.0.0.1:9', vectors });
    await expect(index.version()).rejects.toMatchObject({ why: 'unreachable' });
  });

  it('is told where it hangs up', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const index = openChroma({ url: `http://127.0.0.1:${port}`, vectors });
    await expect(index.ids('alpha')).rejects.toMatchObject({ why: 'unreachable' });
    server.close();
  });
});
