import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mem0Answer, Mem0Entry, Mem0Request, Numbered } from './mem0-messages.ts';
import { closeNetwork } from './no-network.ts';

/**
 * Mem0 in a process of its own: `node mem0-process.js <module> <folder> <kind>`. It ends with the one that started it.
 * Each project has a database of its own, so none is searched through, or rewritten, for another one.
 */
const [module = '', folder = '', kind = ''] = process.argv.slice(2);

closeNetwork();
// Databases are made with the rights that the process gives.
process.umask(0o077);
process.on('disconnect', () => process.exit());

/** The part of `mem0ai/oss` that is used. */
type Mem0 = {
  add(text: string, options: object): Promise<unknown>;
  search(text: string, options: object): Promise<{ results: Found[] }>;
  getAll(options: object): Promise<{ results: Found[] }>;
  delete(id: string): Promise<unknown>;
};
type Found = { id: string; metadata?: { record?: string } };
type Mem0Class = new (config: object) => Mem0;
type Database = { exec(sql: string): void; close(): void };

/** More than a project ever has. */
const ALL = 1_000_000;

const opened = new Map<string, { memory: Mem0; vectors: Map<string, readonly number[]> }>();
const load = loadMem0();
// Whoever asks is told.
load.catch(() => {});

async function loadMem0(): Promise<Mem0Class> {
  const { Memory } = (await import(pathToFileURL(module).href)) as { Memory: Mem0Class };
  // Its native part is loaded with the first database: Mem0 itself would only print that it is not there.
  openDatabase(':memory:').close();
  return Memory;
}

/** @param dimension of the vectors that are added or sought; others need none, and 0 would have it asked for. */
async function open(project: string, dimension = 1) {
  const key = `${project} ${dimension}`;
  const known = opened.get(key);
  if (known) return known;
  const Memory = await load;
  /** By text, for the call that is under way. */
  const vectors = new Map<string, readonly number[]>();
  const model = {
    embedQuery: async (text: string) => vectors.get(text),
    // The names in a question, looked up among names that are only kept with `infer`.
    embedDocuments: async (texts: readonly string[]) => texts.map(() => Array.from({ length: dimension }, () => 0)),
  };
  const memory = new Memory({
    embedder: { provider: 'langchain', config: { model } },
    llm: { provider: 'langchain', config: { model: { invoke: () => Promise.reject(new Error('no model')) } } },
    vectorStore: { provider: 'memory', config: { collectionName: 'ccmux', dimension, dbPath: databaseOf(project) } },
    // It would keep the words of what was deleted.
    disableHistory: true,
  });
  const entry = { memory, vectors };
  opened.set(key, entry);
  return entry;
}

function databaseOf(project: string): string {
  return join(folder, `${project}.${kind}.db`);
}

async function add(project: string, entries: readonly Mem0Entry[]): Promise<void> {
  const [first] = entries;
  if (!first) return;
  const { memory, vectors } = await open(project, first.vector.length);
  const known = new Set((await allOf(memory, project)).map(({ metadata }) => metadata?.record));
  for (const { id, session, text, vector } of entries) {
    if (known.has(id)) continue;
    vectors.set(text, vector);
    await memory.add(text, { userId: project, infer: false, metadata: { record: id, session } });
    vectors.clear();
  }
}

async function find(request: Extract<Mem0Request, { do: 'find' }>): Promise<string[]> {
  const { project, session, text, vector, least, limit } = request;
  const { memory, vectors } = await open(project, vector.length);
  vectors.set(text, vector);
  const filters = { user_id: project, session: { ne: session } };
  const { results } = await memory.search(text, { filters, topK: limit, threshold: least });
  vectors.clear();
  return recordsOf(results);
}

/** A deleted row stays in the file until it is written anew. */
async function remove(project: string, ids: readonly string[]): Promise<void> {
  const { memory } = await open(project);
  const meant = new Set(ids);
  const all = await allOf(memory, project);
  for (const { id, metadata } of all) if (meant.has(metadata?.record ?? '')) await memory.delete(id);
  const database = openDatabase(databaseOf(project));
  try {
    database.exec('VACUUM');
  } finally {
    database.close();
  }
}

/** By the module that Mem0 brings its rows to the disk with. */
function openDatabase(file: string): Database {
  const Sqlite = createRequire(module)('better-sqlite3') as new (file: string) => Database;
  return new Sqlite(file);
}

async function allOf(memory: Mem0, project: string): Promise<Found[]> {
  return (await memory.getAll({ filters: { user_id: project }, topK: ALL })).results;
}

function recordsOf(found: readonly Found[]): string[] {
  return found.flatMap(({ metadata }) => metadata?.record ?? []);
}

async function answer(request: Mem0Request): Promise<readonly string[]> {
  switch (request.do) {
    case 'load':
      await load;
      return [];
    case 'ids':
      return recordsOf(await allOf((await open(request.project)).memory, request.project));
    case 'add':
      await add(request.project, request.entries);
      return [];
    case 'find':
      return find(request);
    case 'remove':
      await remove(request.project, request.ids);
      return [];
  }
}

/** One after the other: a call's vectors are there for that call alone. */
let last: Promise<void> = Promise.resolve();
process.on('message', (request: Numbered<Mem0Request>) => {
  last = last.then(async () => {
    const { number } = request;
    const told: Mem0Answer = await answer(request).then(
      (ids) => ({ ids }),
      (error: unknown) => ({ failed: error instanceof Error ? `${nameOf(error)}${error.message}` : String(error) }),
    );
    process.send?.({ number, ...told });
  });
});

/** `ERR_MODULE_NOT_FOUND: …` */
function nameOf(error: NodeJS.ErrnoException): string {
  return error.code === undefined ? '' : `${error.code}: `;
}
