import { UserError } from '../errors.ts';
import { adaptedAuth, reach } from './build.ts';
import type { Auth, CatalogRow } from './catalog-row.ts';
import type { ResolvedKey } from './keys.ts';
import type { Config } from '../config/schema.ts';
import type { ProviderKind } from './provider.ts';

type Asking = {
  config: Pick<Config, 'providers'>;
  env: NodeJS.ProcessEnv;
  fetch: typeof globalThis.fetch;
  /** The host's own words in the body of an error. */
  wordsOf(body: string): string;
};

/** One model as its host tells of it. */
export type HostModel = {
  id: string;
  /** Tokens, where the host tells. */
  contextWindow?: number;
};

/** Milliseconds, for a whole list. */
const PATIENCE_MS = 20_000;

/** A host that has more pages than that is a loop. */
const MOST_PAGES = 20;

/** Where each wire lists its models; a cloud lists what could be deployed there, not what its user may ask. */
const PATHS: Record<ProviderKind, string | undefined> = {
  anthropic: '/v1/models?limit=1000', // platform.claude.com/docs/en/api/models-list
  gemini: '/models?pageSize=1000', // ai.google.dev/api/models
  openai: '/models', // platform.openai.com/docs/api-reference/models/list
  'openai-compatible': '/models',
  azure: undefined,
  vertex: undefined,
  'vertex-anthropic': undefined,
  bedrock: undefined,
};

/**
 * Asks a provider for its models, with the first of its keys that is not refused. This costs nothing; no redirect is
 * followed, because the key would go along.
 * @throws UserError that says why there is no list.
 */
export async function listModels(id: string, asking: Asking): Promise<{ host: string; models: HostModel[] }> {
  const { row, keys, first, headersWith } = listOf(id, asking);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const models: HostModel[] = [];
  let headers = await headersWith(keys[0]);
  let reply = await get(new URL(first), { headers, signal }, row.label, asking);
  for (const key of keys.slice(1)) {
    if (!REFUSED.has(reply.status)) break;
    headers = await headersWith(key);
    reply = await get(new URL(first), { headers, signal }, row.label, asking);
  }
  for (let page = 1; ; page++) {
    const body = bodyOf(reply, row.label, asking);
    models.push(...modelsIn(body));
    const next = nextPage(body, first);
    if (next === undefined || page === MOST_PAGES) break;
    reply = await get(new URL(next), { headers, signal }, row.label, asking);
  }
  if (models.length === 0) throw new UserError(`${row.label} lists no models. What it has is said at: ${row.source}`);
  return { host: new URL(first).host, models };
}

/** Statuses that another key may not get. */
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/**
 * Where a provider lists its models, and how it is asked with each of its keys.
 * @throws UserError where it has no list, or something is missing.
 */
function listOf(id: string, { config, env }: Pick<Asking, 'config' | 'env'>) {
  const { row, settings, place, keys, missing } = reach(id, config, env);
  const path = PATHS[row.kind];
  if (path === undefined)
    throw new UserError(`${row.label} lists what you may ask in its own console. See: ${row.source}`);
  const lacksKey = keys.length === 0 ? [row.keyVariables.join(' or ') || 'a key'] : [];
  const needs = [...missing, ...place.missing, ...lacksKey];
  if (needs.length > 0)
    throw new UserError(`${row.label} cannot be asked for its models without ${needs.join(' and ')}.`);
  const isElsewhere = row.modelList !== undefined && settings?.baseUrl === undefined;
  const auth = isElsewhere ? 'bearer' : authOf(row, keys[0]);
  return {
    row,
    keys,
    first: isElsewhere ? row.modelList! : place.baseUrl.replace(/\/+$/, '') + path,
    headersWith: async (key: ResolvedKey | undefined) => ({
      ...authHeaders(auth, await key?.get()),
      ...(row.kind === 'anthropic' && VERSION),
      ...settings?.headers,
    }),
  };
}

const VERSION = { 'anthropic-version': '2023-06-01' };

/** A provider of the user's own has no row that says where its wire has the key. */
function authOf({ kind, auth }: CatalogRow, key: ResolvedKey | undefined): Auth {
  if (kind === 'gemini') return 'x-goog-api-key';
  return kind === 'anthropic' ? adaptedAuth(auth, key) : auth;
}

function authHeaders(auth: Auth, key: string | undefined): Record<string, string> {
  if (key === undefined || auth === 'none') return {};
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}

type Got = { url: URL; status: number; text: string };

async function get(
  url: URL,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal },
  label: string,
  { fetch }: Pick<Asking, 'fetch'>,
): Promise<Got> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json', ...headers }, signal });
    return { url, status: response.status, text: await response.text() };
  } catch (error) {
    const { code } = Object((error as Error).cause ?? error) as { code?: string };
    const why = signal.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : `no connection (${code ?? 'unknown'})`;
    throw new UserError(`${label}: ${why} at ${url.host}.`, { cause: error });
  }
}

function bodyOf({ url, status, text }: Got, label: string, { wordsOf }: Pick<Asking, 'wordsOf'>): unknown {
  if (status !== 200) {
    const said = status >= 400 ? wordsOf(text).replaceAll(/\s+/g, ' ').slice(0, 140) : '';
    throw new UserError(
      `${label} does not list its models at ${url.origin}${url.pathname}: ${status} ${said}`.trimEnd(),
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError(`${label} answers at ${url.origin}${url.pathname}, but with no list of models.`);
  }
}

/** The fields in which hosts tell of a model; every other one is passed over. */
type Told = { id?: unknown; name?: unknown; supportedGenerationMethods?: unknown } & Record<string, unknown>;

/** Anthropic, OpenRouter and others, Groq and DeepSeek, vLLM, Mistral and LM Studio, Gemini. */
const WINDOWS = [
  'max_input_tokens',
  'context_length',
  'context_window',
  'max_model_len',
  'max_context_length',
  'inputTokenLimit',
];

/** `data` on Anthropic's and OpenAI's wires, `models` on Gemini's; some hosts answer with the bare list. */
function modelsIn(body: unknown): HostModel[] {
  const { data, models } = Object(body) as { data?: unknown; models?: unknown };
  const list = [body, data, models].find(Array.isArray) ?? [];
  return (list as unknown[]).flatMap((one) => {
    const told = Object(one) as Told;
    const id = typeof told.id === 'string' ? told.id : String(told.name ?? '').replace(/^models\//, '');
    const methods = told.supportedGenerationMethods;
    if (id === '' || (Array.isArray(methods) && !methods.includes('generateContent'))) return [];
    const window = WINDOWS.map((name) => told[name]).find((count) => Number.isSafeInteger(count) && Number(count) > 0);
    return [{ id, ...(window !== undefined && { contextWindow: Number(window) }) }];
  });
}

function nextPage(body: unknown, first: string): string | undefined {
  const { has_more: more, last_id: last, nextPageToken: token } = Object(body) as Record<string, unknown>;
  const url = new URL(first);
  if (typeof token === 'string' && token !== '') url.searchParams.set('pageToken', token);
  else if (more === true && typeof last === 'string') url.searchParams.set('after_id', last);
  else return undefined;
  return url.href;
}
