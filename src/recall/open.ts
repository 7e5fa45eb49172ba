import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf } from '../events.ts';
import { homeFolder } from '../ground/places.ts';
import type { Recall } from '../memory/recall.ts';
import { storeName } from '../words/store.ts';
import { openFiles } from './files.ts';
import type { Index } from './index-port.ts';
import { StoreError } from './store-error.ts';
import type { Embedding, Vectors } from './vectors.ts';

/** The user's settings. */
export type StoreSettings = { store: 'files' | 'mem0' | 'chroma'; mem0?: string; chroma: string };

export type StoreFail = Omit<EventOf<'memory-store-fail'>, 'type' | 'at'>;

/**
 * The store that the user has chosen.
 * @param input.folder where the files are.
 * @param input.embedding who makes vectors; undefined: they are made of words.
 * @param input.ahead the project of a session: what its first question needs is loaded at once, and else when it is used.
 * @param input.failed told each time when what stands beside the files cannot be used.
 * @param input.unread told once of each file that cannot be read.
 */
export async function openStore(input: {
  folder: string;
  settings: StoreSettings;
  embedding: Embedding | undefined;
  ahead?: string;
  failed: (fail: StoreFail) => void;
  unread: (trouble: string) => void;
}): Promise<Recall> {
  const { folder, settings, ahead, failed, unread } = input;
  const files = openFiles(folder, unread);
  if (settings.store !== 'mem0' && existsSync(databasesIn(folder))) return withoutMem0(files, folder);
  const chosen = await openIndex(input);
  if (!chosen) return files;
  const { openIndexed } = await import('./indexed.ts');
  const { index, store } = chosen;
  return openIndexed({ files, index, ahead, label: storeName(store), failed: (error) => failed(failOf(store, error)) });
}

type Chosen = { index: Index; vectors: Vectors; store: Pick<StoreFail, 'store' | 'place'> };

/** What stands beside the files. */
export async function openIndex({
  folder,
  settings,
  embedding,
}: Pick<Parameters<typeof openStore>[0], 'folder' | 'settings' | 'embedding'>): Promise<Chosen | undefined> {
  const { store, mem0, chroma } = settings;
  if (store === 'files') return undefined;
  const { createVectors } = await import('./vectors.ts');
  const vectors = createVectors(embedding);
  if (store === 'chroma') {
    const { openChroma } = await import('./chroma.ts');
    return { store: { store, place: chroma }, vectors, index: openChroma({ url: chroma, vectors }) };
  }
  const { openMem0 } = await import('./mem0.ts');
  const installed = mem0?.replace(/^~(?=[\\/])/, homeFolder());
  return {
    store: { store, ...(mem0 !== undefined && { place: mem0 }) },
    vectors,
    index: openMem0({ installed, folder: databasesIn(folder), vectors }),
  };
}

export function failOf(store: Chosen['store'], error: unknown): StoreFail {
  if (!(error instanceof StoreError)) return { ...store, why: 'unreadable' };
  const { why, status } = error;
  return { ...store, why, ...(status !== undefined && { status }) };
}

/** No name of a project begins so. */
function databasesIn(folder: string): string {
  return join(folder, '.mem0');
}

/** The user has gone over to another store. What Mem0 held is in the files as well: all of it goes with the first word. */
function withoutMem0(files: Recall, folder: string): Recall {
  return {
    ...files,
    async forget(what) {
      const { removeDatabases } = await import('./mem0.ts');
      await removeDatabases(databasesIn(folder));
      return files.forget(what);
    },
  };
}
