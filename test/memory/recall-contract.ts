import { expect, it } from 'vitest';
import { MOST_RECORDS, type MemoryRecord, type Query, type Recall } from '../../src/memory/recall.ts';

/** A place where a store keeps its records. */
export type Place = {
  /** Opens it once more, as another process would. */
  open(): Promise<Recall>;
  /** Whether the words are anywhere in what the store keeps, if the test can look. */
  holds?(text: string): Promise<boolean>;
};

const DAY = 24 * 60 * 60_000;
const NOW = Date.UTC(2026, 10, 22);
let made = 0;

/** A record of the project `alpha`. */
export function record(text: string, more: Partial<MemoryRecord> = {}): MemoryRecord {
  made++;
  return {
    v: 1,
    id: made.toString(16).padStart(16, '0'),
    at: NOW + made,
    project: 'alpha',
    session: 'monday',
    turn: 1,
    source: 'answer',
    by: 'claude',
    allowed: ['gemini', 'claude'],
    text,
    ...more,
  };
}

/** What a later session of `alpha` asks for Gemini. */
export function query(prompt: string, more: Partial<Query> = {}): Query {
  const question = { prompt, surroundings: '' };
  return { project: 'alpha', session: 'tuesday', provider: 'gemini', since: NOW - 30 * DAY, question, ...more };
}

/** What every store must do. @param place a new, empty one. */
export function testRecall(place: () => Promise<Place>): void {
  const filled = async (...records: MemoryRecord[]) => {
    const at = await place();
    const store = await at.open();
    await store.keep(records);
    return { at, store, records };
  };
  const texts = (records: readonly MemoryRecord[]) => records.map(({ text }) => text);
  /** Enough of other things that a name among them is rare. */
  const chatter = () =>
    Array.from({ length: 30 }, (_, i) => record(`The parser reads line ${i} before the loop goes on to branch ${i}.`));
  const FACT = 'settleTwice loses the lock for 3 ms when reserve resolves early.';

  it('gives back what it keeps, word for word, the oldest first', async () => {
    const said = ['"quoted" \\ and\na new line', 'ÄÖÜ 漢字 🦊'].map((text) => record(text));
    const { at, store } = await filled();
    await store.keep(said.slice(1));
    await store.keep(said.slice(0, 1));
    await store.keep([]);
    expect(await store.list({ project: 'alpha' })).toEqual(said);
    expect(await (await at.open()).list({})).toEqual(said);
  });

  it('keeps the same record once in a project', async () => {
    const { at, store, records } = await filled(record('Once.'));
    await store.keep([...records, { ...records[0]!, session: 'tuesday' }, { ...records[0]!, project: 'beta' }]);
    await (await at.open()).keep(records);
    expect((await store.list({})).map(({ project }) => project)).toEqual(['alpha', 'beta']);
  });

  it('recalls what shares a name with the question, the best first', async () => {
    const near = record('The lock is taken by settleTwice as well.');
    const { store } = await filled(...chatter(), near, record(FACT));
    const found = texts(await store.recall(query('Why does settleTwice lose the lock when reserve resolves?'), 2));
    expect(found[0]).toBe(FACT);
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it('recalls nothing where nothing fits', async () => {
    const { store } = await filled(...chatter(), record(FACT));
    expect(await store.recall(query('Which colour has the zebra crossing in Quorvex?'), 5)).toEqual([]);
  });

  it.each<[string, Partial<MemoryRecord>, Partial<Query>]>([
    ['of another project', { project: 'beta' }, {}],
    ['of the session that asks', { session: 'tuesday' }, {}],
    ['that has expired', { at: NOW - 31 * DAY }, {}],
    ['that was not allowed to this provider', { allowed: ['openai'] }, {}],
    ['for a provider whose name only begins alike', { allowed: ['gemini-two'] }, {}],
  ])('recalls no record %s', async (_, record_, query_) => {
    const { store } = await filled(...chatter(), record(FACT, record_));
    expect(texts(await store.recall(query('settleTwice reserve lock', query_), 5))).not.toContain(FACT);
  });

  it('recalls for each provider that a session named', async () => {
    const { store } = await filled(...chatter(), record(FACT, { allowed: ['a', 'b.c', 'd"e'] }));
    for (const provider of ['a', 'b.c', 'd"e'])
      expect(texts(await store.recall(query('settleTwice reserve lock', { provider }), 5))).toContain(FACT);
  });

  it.each<[string, Parameters<Recall['forget']>[0], string[]]>([
    ['one record', { ids: ['ffffffffffffffff'] }, ['one']],
    ['a session', { session: 'sunday' }, ['other session']],
    ['a project', { project: 'alpha' }, ['one', 'old', 'other session']],
    ['what is old', { before: NOW - 10 * DAY }, ['old']],
    ['what is old in another project', { project: 'beta', before: NOW - 10 * DAY }, []],
    ['everything', {}, ['one', 'old', 'other session', 'other project']],
    ['nothing, where nothing is meant', { ids: [] }, []],
  ])('forgets %s, and no word of it is left', async (_, what, gone) => {
    const all = [
      record('one', { id: 'ffffffffffffffff' }),
      record('old', { at: NOW - 20 * DAY }),
      record('other session', { session: 'sunday' }),
      record('other project', { project: 'beta' }),
    ];
    const left = texts(all).filter((text) => !gone.includes(text));
    const { at, store } = await filled(...all);
    const reader = await at.open();
    await reader.list({});
    const forgotten = await store.forget(what);
    expect(forgotten).toEqual({ records: gone.length, left: [] });
    expect(texts(await store.list({})).toSorted()).toEqual(left.toSorted());
    expect(texts(await reader.list({})).toSorted()).toEqual(left.toSorted());
    for (const { text } of all) expect((await at.holds?.(text)) ?? left.includes(text)).toBe(left.includes(text));
  });

  it('takes what was forgotten once more', async () => {
    const { store, records } = await filled(record(FACT));
    await store.forget({});
    await store.keep(records);
    expect(texts(await store.list({}))).toEqual([FACT]);
  });

  it('prunes what has expired, and what is too much, the oldest first', async () => {
    const many = Array.from({ length: MOST_RECORDS + 5 }, (_, i) => record(`Passage ${i}.`, { at: NOW + i }));
    const { store } = await filled(record('Old.', { at: NOW - 31 * DAY }), record('Beta.', { project: 'beta', at: 1 }));
    await store.keep(many);
    await store.prune('alpha', NOW - 30 * DAY);
    const left = texts(await store.list({ project: 'alpha' }));
    expect(left.length).toBeLessThanOrEqual(MOST_RECORDS);
    expect(left.length).toBeGreaterThan(MOST_RECORDS / 2);
    expect(left).not.toContain('Old.');
    expect(left.at(-1)).toBe(`Passage ${MOST_RECORDS + 4}.`);
    expect(texts(await store.list({ project: 'beta' }))).toEqual(['Beta.']);
  });

  it('keeps what two write at the same time', async () => {
    const at = await place();
    const stores = await Promise.all([at.open(), at.open()]);
    const written = stores.map((_, i) =>
      Array.from({ length: 20 }, (_, n) => record(`Said ${n} by ${i}.`, { session: `s${i}` })),
    );
    await Promise.all(
      stores.flatMap((store, i) => [store.keep(written[i]!.slice(0, 10)), store.keep(written[i]!.slice(10))]),
    );
    expect(texts(await stores[0].list({})).toSorted()).toEqual(texts(written.flat()).toSorted());
    await Promise.all(stores.map((store) => store.close()));
  });
}
