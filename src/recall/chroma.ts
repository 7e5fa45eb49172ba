import { fields, isNumber, isString, list, optional } from '../ground/check.ts';
import { askLocal } from '../ground/local-request.ts';
import type { Index } from './index-port.ts';
import { StoreError } from './store-error.ts';
import type { Vectors } from './vectors.ts';

/** For one answer: a machine at work writes some vectors in less. */
const PATIENCE_MS = 10_000;
/** Two thousand ids, and the numbers of some hundred vectors. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Chroma's own default, and the only one that a server has before somebody makes others. */
const DATABASE = '/api/v2/tenants/default_tenant/databases/default_database';

/**
 * A Chroma server on this machine, which the user runs, as an index. It is asked by its HTTP API: the six routes that are
 * needed are a page, the `chromadb` package would be one more thing to install.
 *
 * It gets ids and vectors, and never a word: Chroma's log keeps the documents of a collection after it is deleted.
 */
export function openChroma({ url, vectors }: { url: string; vectors: Vectors }): Index {
  /** By project. */
  const known = new Map<string, string>();

  async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const asked = { method, ...(body && { body }) };
    const limits = { ms: PATIENCE_MS, bytes: MOST_BYTES };
    const answer = await askLocal(`${url}${path}`, asked, limits).catch((cause: unknown) => {
      throw new StoreError('unreachable', { cause });
    });
    if (answer.status < 200 || answer.status > 299) throw new StoreError('status', { status: answer.status });
    try {
      return JSON.parse(answer.body) as unknown;
    } catch (cause) {
      throw new StoreError('unreadable', { cause });
    }
  }

  /** The id of a project's collection, which is made if it is not there. */
  async function collectionOf(project: string): Promise<string> {
    const held = known.get(project);
    if (held !== undefined) return held;
    const name = `${beginningOf(vectors.kind)}${endOf(project)}`;
    const wanted = { name, get_or_create: true };
    const made = checked(isCollection, await ask('POST', `${DATABASE}/collections`, wanted));
    known.set(project, made.id);
    return made.id;
  }

  /** @returns what a route of a project's collection answers; somebody may have deleted the collection meanwhile. */
  async function inCollection(project: string, route: string, body: object): Promise<unknown> {
    const post = async () => {
      const id = encodeURIComponent(await collectionOf(project));
      return ask('POST', `${DATABASE}/collections/${id}/${route}`, body);
    };
    try {
      return await post();
    } catch (error) {
      const isGone = error instanceof StoreError && error.status === 404 && known.delete(project);
      if (!isGone) throw error;
      return post();
    }
  }

  return {
    async ids(project) {
      return checked(isHeld, await inCollection(project, 'get', { include: [] })).ids;
    },
    async add(project, records) {
      if (records.length === 0) return;
      await inCollection(project, 'upsert', {
        ids: records.map(({ id }) => id),
        embeddings: await vectors.of(records.map(({ text }) => text)),
        metadatas: records.map(({ session }) => ({ session })),
      });
    },
    async find({ project, session, prompt }, limit) {
      const { vector, least } = await vectors.ofQuestion(prompt);
      const answer = await inCollection(project, 'query', {
        query_embeddings: [vector],
        n_results: limit,
        where: { session: { $ne: session } },
        include: ['distances'],
      });
      const { ids, distances } = checked(isAnswered, answer);
      return (ids[0] ?? []).filter((_, i) => cosineOf(distances[0]?.[i] ?? Infinity) >= least);
    },
    async remove(project, ids) {
      if (ids.length > 0) await inCollection(project, 'delete', { ids });
    },
    async drop(project) {
      const all = checked(isListed, await ask('GET', `${DATABASE}/collections`));
      const end = project === undefined ? '' : endOf(project);
      for (const { name } of all)
        if (OURS.test(name) && name.endsWith(end)) await ask('DELETE', `${DATABASE}/collections/${name}`);
      known.clear();
    },
    async version() {
      const version = await ask('GET', '/api/v2/version');
      if (typeof version !== 'string') throw new StoreError('unreadable');
      return version;
    },
    close: async () => {},
  };
}

/** Of at most 63 characters, the first and the last a letter or a digit, as a key's last is. */
const OURS = /^ccmux-\w{5,8}-[\w-]{1,40}[\da-f]$/;

function beginningOf(kind: string): string {
  return `ccmux-${kind}-`;
}

/** With the hash, which tells projects of one name apart. */
function endOf(project: string): string {
  return project.slice(-40);
}

/** Of two vectors of length 1, from the square of their distance, which is what a collection measures by default. */
function cosineOf(distance: number): number {
  return 1 - distance / 2;
}

type Collection = { id: string; name: string };
type Held = { ids: string[] };
type Answered = { ids: string[][]; distances: (number | null)[][] };

const hasName = fields({ id: isString, name: isString });
const hasNames = list(hasName);
const hasIds = fields({ ids: list(isString) });
const hasAnswers = fields({ ids: list(list(isString)), distances: list(list(optional(isNumber))) });

const isCollection = (value: unknown): value is Collection => hasName(value);
const isListed = (value: unknown): value is Collection[] => hasNames(value);
const isHeld = (value: unknown): value is Held => hasIds(value);
const isAnswered = (value: unknown): value is Answered => hasAnswers(value);

function checked<T>(is: (value: unknown) => value is T, value: unknown): T {
  if (!is(value)) throw new StoreError('unreadable');
  return value;
}
