import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Chroma's server, as far as its API description of version 1.0.0 says it and that version was seen to answer: routes,
 * required fields, names, dimensions. A field that the description does not know is refused here, and an index never may
 * send a word: a document is refused as well.
 */
export type Chroma = {
  url: string;
  /** Each request's method, path and body. */
  asked: { method: string; path: string; body: any }[];
  collections: Map<string, Collection>;
  /** Answers everything with this from now on; undefined: as usual. */
  answer(with_: Canned | undefined): void;
};

export type Canned = { status?: number; body?: string; silent?: true };

type Collection = { id: string; name: string; dimension: number | null; rows: Map<string, Row> };
type Row = { embedding: number[]; metadata: Record<string, unknown> | null };

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const DATABASE = '/api/v2/tenants/default_tenant/databases/default_database';

/** Gone when the test has finished. */
export async function startChroma(): Promise<Chroma> {
  const asked: Chroma['asked'] = [];
  const collections: Chroma['collections'] = new Map();
  let canned: Canned | undefined;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const send = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' && canned ? body : JSON.stringify(body));
      };
      if (canned?.silent) return;
      if (canned) return send(canned.status ?? 200, canned.body ?? '');
      try {
        const body = method === 'POST' ? parsed(text) : undefined;
        asked.push({ method, path: url, body });
        send(200, answerOf(collections, method, url, body));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        send(error.status, { error: 'ChromaError', message: error.message });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, collections, answer: (with_) => (canned = with_) };
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'Failed to parse the request body as JSON');
  }
}

function answerOf(collections: Chroma['collections'], method: string, path: string, body: any): unknown {
  if (method === 'GET' && path === '/api/v2/version') return '1.0.0';
  if (!path.startsWith(`${DATABASE}/collections`)) throw new Refused(404, '');
  const [one, route, ...more] = path.slice(`${DATABASE}/collections`.length).split('/').slice(1);
  if (more.length > 0) throw new Refused(404, '');
  if (one === undefined) {
    if (method === 'GET') return [...collections.values()].map(shown);
    if (method === 'POST') return shown(made(collections, body));
  }
  if (method === 'DELETE' && route === undefined) {
    const found = [...collections.values()].find(({ name }) => name === one);
    if (!found) throw new Refused(404, `Collection [${one}] does not exists`);
    collections.delete(found.id);
    return {};
  }
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(one ?? '')) throw new Refused(400, 'not a valid UUIDv4');
  const collection = collections.get(one!);
  if (!collection) throw new Refused(404, `Collection [${one}] does not exists.`);
  const routes: Record<string, (collection: Collection, body: any) => unknown> = { upsert, get, query, delete: remove };
  const run = method === 'POST' && route !== undefined && Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (!run) throw new Refused(404, '');
  return run(collection, body);
}

const shown = ({ id, name, dimension }: Collection) => ({
  id,
  name,
  dimension,
  metadata: null,
  configuration_json: { hnsw: { space: 'l2' }, embedding_function: null },
  tenant: 'default_tenant',
  database: 'default_database',
  log_position: 0,
  version: 0,
});

function made(collections: Chroma['collections'], body: any): Collection {
  only(body, { name: isText, get_or_create: isFlag }, ['name']);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,61}[a-zA-Z0-9]$/.test(body.name)) throw new Refused(400, `Validation error: name`);
  const found = [...collections.values()].find(({ name }) => name === body.name);
  if (found && !body.get_or_create) throw new Refused(409, 'Collection already exists');
  const collection = found ?? { id: randomUUID(), name: body.name, dimension: null, rows: new Map() };
  collections.set(collection.id, collection);
  return collection;
}

function upsert(collection: Collection, body: any): object {
  only(body, { ids: isTexts, embeddings: isVectors, metadatas: isList }, ['ids', 'embeddings']);
  const { ids, embeddings, metadatas = [] } = body;
  if (ids.length !== embeddings.length) throw new Refused(400, 'Inconsistent lengths');
  for (const [i, id] of ids.entries()) {
    collection.dimension ??= embeddings[i].length;
    fitting(collection, embeddings[i]);
    collection.rows.set(id, { embedding: embeddings[i], metadata: metadatas[i] ?? null });
  }
  return {};
}

function get(collection: Collection, body: any): object {
  only(body, { include: isInclude }, []);
  return {
    ids: [...collection.rows.keys()],
    embeddings: null,
    metadatas: null,
    documents: null,
    include: body.include,
  };
}

function query(collection: Collection, body: any): object {
  only(body, { query_embeddings: isVectors, n_results: isCount, where: isNot, include: isInclude }, [
    'query_embeddings',
  ]);
  const answers = body.query_embeddings.map((asked: number[]) => {
    if (collection.dimension !== null) fitting(collection, asked);
    return [...collection.rows]
      .filter(([, { metadata }]) =>
        Object.entries(body.where ?? {}).every(([key, rule]: [string, any]) => metadata?.[key] !== rule.$ne),
      )
      .map(([id, { embedding }]) => ({
        id,
        distance: embedding.reduce((sum, one, i) => sum + (one - asked[i]!) ** 2, 0),
      }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, body.n_results ?? 10);
  });
  const of = (key: 'id' | 'distance') => answers.map((rows: any[]) => rows.map((row) => row[key]));
  return {
    ids: of('id'),
    distances: body.include.includes('distances') ? of('distance') : null,
    include: body.include,
  };
}

function remove(collection: Collection, body: any): object {
  only(body, { ids: isTexts }, []);
  if (!body.ids || body.ids.length === 0) throw new Refused(400, 'Either ids or where must be specified');
  for (const id of body.ids) collection.rows.delete(id);
  return {};
}

function fitting({ dimension }: Collection, vector: number[]): void {
  if (vector.length !== dimension)
    throw new Refused(400, `Collection expecting embedding with dimension of ${dimension}, got ${vector.length}`);
}

type Check = (value: any) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isInteger(value) && value >= 0;
const isList: Check = Array.isArray;
const isTexts: Check = (value) => isList(value) && value.every(isText);
const isVectors: Check = (value) =>
  isList(value) && value.every((one: any) => isList(one) && one.every(Number.isFinite));
const INCLUDES = ['distances', 'documents', 'embeddings', 'metadatas', 'uris'];
const isInclude: Check = (value) => isList(value) && value.every((one: any) => INCLUDES.includes(one));
/** The one condition that an index needs. */
const isNot: Check = (value) =>
  Object.values(value).every((rule: any) => Object.keys(rule).join() === '$ne' && isText(rule.$ne));

function only(body: any, checks: Record<string, Check>, required: string[]): void {
  for (const key of Object.keys(body))
    if (!Object.hasOwn(checks, key)) throw new Refused(422, `unknown field \`${key}\``);
  for (const key of required) if (!(key in body)) throw new Refused(422, `missing field \`${key}\``);
  for (const [key, check] of Object.entries(checks))
    if (key in body && !check(body[key])) throw new Refused(422, `invalid \`${key}\``);
}
