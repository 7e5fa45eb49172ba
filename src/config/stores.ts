import { isOnThisMachine } from './embedding.ts';
import { oneOf, type Shape } from './shapes.ts';

/** Where passages of earlier sessions are sought beside the files, which hold them in any case. */
export type MemoryStore = 'files' | 'mem0' | 'chroma';

export const MEMORY_STORE = oneOf<MemoryStore>('store', {
  files: 'the files, searched by words',
  mem0: 'Mem0 as well, which you have installed (memory.mem0)',
  chroma: 'a Chroma server as well, which you run on this machine (memory.chroma)',
});

const A_FOLDER = 'a folder from the root or from your home: ~/mem0';

/** Never a relative one: it would be another folder in each project, and a project could bring it along. */
export const ownFolder: Shape<string> = {
  placeholder: 'folder',
  parse: (text) => (isFolder(text.trim()) ? { ok: true, value: text.trim() } : { ok: false, expected: A_FOLDER }),
  check: (zod) => zod.string({ error: A_FOLDER }).refine(isFolder, { error: A_FOLDER }),
  read: (text) => text,
};

export function isFolder(text: string): boolean {
  return /^(?:\/|~\/|[A-Za-z]:[\\/])/.test(text);
}

const A_SERVER = 'a plain http address on this machine: http://127.0.0.1:8000';

export const localServer: Shape<string> = {
  placeholder: 'address',
  parse: (text) =>
    isOnThisMachine(text.trim()) ? { ok: true, value: text.trim() } : { ok: false, expected: A_SERVER },
  check: (zod) => zod.string({ error: A_SERVER }).refine(isOnThisMachine, { error: A_SERVER }),
  read: (text) => text.replace(/\/+$/, ''),
};
