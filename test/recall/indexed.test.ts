import { expect, it } from 'vitest';
import type { Selection } from '../../src/memory/recall.ts';
import { openFiles } from '../../src/recall/files.ts';
import type { Index } from '../../src/recall/index-port.ts';
import { openIndexed } from '../../src/recall/indexed.ts';
import { StoreError } from '../../src/recall/store-error.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { query, record } from '../memory/recall-contract.ts';

const NOW = record('').at;
const OLD = NOW - 31 * 24 * 60 * 60_000;

/** An index that finds what it is told to find. */
function indexInRam(finds: readonly string[] = []) {
  const held = new Map<string, Set<string>>();
  const of = (project: string) => held.get(project) ?? held.set(project, new Set()).get(project)!;
  const index: Index = {
    ids: async (project) => [...of(project)],
    add: async (project, records) => records.forEach(({ id }) => of(project).add(id)),
    find: async (_, limit) => finds.slice(0, limit),
    remove: async (project, ids) => ids.forEach((id) => of(project).delete(id)),
    drop: async (project) => void (project === undefined ? held.clear() : held.delete(project)),
    version: async () => '1',
    close: async () => {},
  };
  return { index, held, of };
}

function storeWith(index: Index) {
  const failed: unknown[] = [];
  const files = openFiles(temporaryFolder('ccmux-indexed-'));
  const store = openIndexed({ files, index, label: 'the index', failed: (error) => failed.push(error) });
  return { store, files, failed };
}

const away = (why: 'unreachable' | 'slow' = 'unreachable') => Promise.reject(new StoreError(why));
const never = () => new Promise<never>(() => {});
const FACT = record('settleTwice loses the lock for 3 ms when reserve resolves early.');
const MEANT = record('Nothing shared with what is asked, and yet it is what was meant.');

it('puts what shares words first, and what only the index found behind it', async () => {
  const { index } = indexInRam([MEANT.id, FACT.id]);
  const { store } = storeWith(index);
  await store.keep([FACT, MEANT]);
  const asked = query('Why does settleTwice lose it?');
  expect(await store.recall(asked, 5)).toEqual([FACT, MEANT]);
  expect(await store.recall(asked, 1)).toEqual([FACT]);
});

it.each([
  ['that is in no file: somebody else has put it there', { id: 'ffffffffffffffff' }, false],
  ['that has expired', { at: OLD }, true],
  ['of the session that asks', { session: 'tuesday' }, true],
  ['that was not allowed to this provider', { allowed: ['openai'] }, true],
  ['of another project', { project: 'beta' }, true],
])('gives back nothing that the index finds %s', async (_, more, isKept) => {
  const one = { ...MEANT, ...more };
  const { store } = storeWith(indexInRam([one.id]).index);
  if (isKept) await store.keep([one]);
  expect(await store.recall(query('What was meant?'), 5)).toEqual([]);
});

it.each<[string, Partial<Index>, string]>([
  ['that is away', { find: () => away() }, 'unreachable'],
  ['that never answers', { find: never }, 'slow'],
  ['that throws', { find: () => Promise.reject(new TypeError('x')) }, 'undefined'],
])('finds by words what it finds without an index, beside one %s', async (_, broken, why) => {
  const { store, failed } = storeWith({ ...indexInRam().index, ...broken });
  await store.keep([FACT, MEANT]);
  const began = performance.now();
  expect(await store.recall(query('Why does settleTwice lose it?'), 5)).toEqual([FACT]);
  // A note waits for 300 ms.
  expect(performance.now() - began).toBeLessThan(290);
  expect(failed.map((error) => String((error as StoreError).why))).toEqual([why]);
});

it('keeps at once, and does not wait for the index', async () => {
  const { store, files } = storeWith({ ...indexInRam().index, add: never, ids: never });
  await store.keep([FACT]);
  await store.prune('alpha', OLD);
  await store.keep([MEANT]);
  expect(await files.list({})).toHaveLength(2);
  await store.close();
});

it('makes the index like the files, whatever has happened to either', async () => {
  const { index, of } = indexInRam();
  const { store, files } = storeWith(index);
  await files.keep([FACT, MEANT]);
  of('alpha').add('0123456789abcdef');
  await store.prune('alpha', OLD);
  await expect.poll(() => [...of('alpha')].toSorted()).toEqual([FACT.id, MEANT.id].toSorted());
});

it.each<[string, Selection, string[]]>([
  ['a record', { ids: [FACT.id] }, [MEANT.id]],
  ['a session', { session: 'monday' }, []],
  ['a project', { project: 'alpha' }, []],
  ['what is old', { before: OLD }, [FACT.id, MEANT.id]],
  ['everything', {}, []],
])('removes %s from the index as well', async (_, what, left) => {
  const { index, of } = indexInRam();
  const { store } = storeWith(index);
  await store.keep([FACT, MEANT]);
  await store.forget(what);
  expect([...of('alpha')].toSorted()).toEqual(left.toSorted());
});

it('says what the index could not remove, and removes it from the files all the same', async () => {
  const { store, files } = storeWith({ ...indexInRam().index, remove: () => away(), drop: () => away() });
  await store.keep([FACT]);
  const forgotten = await store.forget({ ids: [FACT.id] });
  expect(forgotten).toEqual({ records: 1, left: ['the index (does not answer)'] });
  expect(await files.list({})).toEqual([]);
});

it('asks the index for nothing where nothing is meant', async () => {
  const { store } = storeWith({ ...indexInRam().index, remove: () => away(), drop: () => away() });
  expect(await store.forget({ ids: [] })).toEqual({ records: 0, left: [] });
});

it.each([
  ['the beginning of a pasted log', `why does it fail? ${'x'.repeat(100_000)}`, [2_000]],
  ['whole characters', `${'x'.repeat(1_999)}🦊`, [2_000]],
  ['nothing where nothing is asked', ' \n ', []],
])('seeks by %s', async (_, prompt, lengths) => {
  const sought: string[] = [];
  const find: Index['find'] = async (what) => (sought.push(what.prompt), []);
  const { store } = storeWith({ ...indexInRam().index, find });
  await store.recall(query(prompt), 5);
  expect(sought.map(({ length }) => length)).toEqual(lengths);
  expect(sought.every((text) => text.isWellFormed())).toBe(true);
});
