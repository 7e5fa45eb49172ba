import { UserError } from '../errors.ts';
import { reach } from './build.ts';
import { listAddress } from './list-address.ts';
import type { Config } from '../config/schema.ts';

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

/**
 * Asks a provider for its models, with the first of its keys that is not refused. This costs nothing; no redirect is
 * followed, because the key would go along.
 * @throws UserError that says why there is no list.
 */
export async function listModels(id: string, asking: Asking): Promise<{ host: string; models: HostModel[] }> {
  const { row, keys, url: first, headersWith } = listOf(id, asking);
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

/** @throws UserError where it has no list, or something is missing. */
function listOf(id: string, { config, env }: Pick<Asking, 'config' | 'env'>) {
  const reached = reach(id, config, env);
  const { row, place, keys, missing } = reached;
  const list = listAddress(reached);
  if (list === undefined)
    throw new UserError(`${row.label} lists what you may ask in its own console. See: ${row.source}`);
  const lacksKey = keys.length === 0 ? [row.keyVariables.join(' or ') || 'a key'] : [];
  const needs = [...missing, ...place.missing, ...lacksKey];
  if (needs.length > 0)
    throw new UserError(`${row.label} cannot be asked for its models without ${needs.join(' and ')}.`);
  return { row, keys, ...list };
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
