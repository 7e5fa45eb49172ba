import { isRecord } from '../ground/check.ts';

const http = process.getBuiltinModule('node:http');

/** The catalogue's rows of programs that serve models on the user's own machine. */
export type LocalId = 'ollama' | 'lmstudio' | 'vllm' | 'llamacpp';

/** One model, as its server describes it. */
export type LocalModel = {
  id: string;
  /** The window that the server gives it, in tokens. */
  contextWindow?: number;
  /** What the model could take if its server were told so. */
  mostContext?: number;
  images?: boolean;
  /** Absent where the server does not say. */
  tools?: boolean;
};

export type LocalServer = {
  id: LocalId;
  label: string;
  /** `http://127.0.0.1:11434` */
  baseUrl: string;
  models: LocalModel[];
};

/** Where each program listens unless it is told otherwise. */
export type LocalPorts = { ollama: number; lmstudio: number; openai: readonly number[] };

/** vLLM and llama.cpp list their models at the same path, so either may be on either port. */
const PORTS: LocalPorts = { ollama: 11_434, lmstudio: 1234, openai: [8000, 8080] };

/** Milliseconds, for all requests to one server. One that is there answers within a few. */
const PATIENCE_MS = 1500;
const MOST_BYTES = 4 * 1024 * 1024;
/** Ollama is asked about each model, and some people keep many: of the others only the name is known. */
const MOST_ASKED = 24;

/**
 * The model servers that run on this machine, with their models. Only 127.0.0.1 is asked, in parallel, and only for
 * lists and descriptions: nothing loads a model, nothing is sent to one, and no key goes along.
 */
export async function findLocalServers(env: NodeJS.ProcessEnv, ports = PORTS): Promise<LocalServer[]> {
  const places: [port: number, read: (ask: Ask) => Promise<Found | undefined>][] = [
    [ollamaPort(env) ?? ports.ollama, readOllama],
    [ports.lmstudio, readLmStudio],
    ...ports.openai.map((port) => [port, readOpenai] as [number, typeof readOpenai]),
  ];
  const found = await Promise.all(
    places.map(async ([port, read]): Promise<LocalServer[]> => {
      const server = await read(askerOf(port)).catch(() => undefined);
      return server === undefined || server.models.length === 0
        ? []
        : [{ ...server, baseUrl: `http://127.0.0.1:${port}` }];
    }),
  );
  return found.flat();
}

type Found = Omit<LocalServer, 'baseUrl'>;

/** @returns the parsed answer; undefined for anything else than a 200 with JSON. */
type Ask = (path: string, body?: object) => Promise<unknown>;

/** `OLLAMA_HOST` is where Ollama listens, and where its own client asks. Another machine is left alone. */
function ollamaPort({ OLLAMA_HOST: host = '' }: NodeJS.ProcessEnv): number | undefined {
  const url = URL.parse(host.includes('://') ? host : `http://${host}`);
  const isHere = url !== null && /^(127(\.\d+){3}|localhost|0\.0\.0\.0|\[::1?\])$/.test(url.hostname);
  return isHere && url.port !== '' ? Number(url.port) : undefined;
}

// docs.ollama.com/api/tags, /api/ps, /api-reference/show-model-details
async function readOllama(ask: Ask): Promise<Found | undefined> {
  const [listed, running] = await Promise.all([ask('/api/tags'), ask('/api/ps')]);
  const names = recordsIn(listed, 'models').flatMap(({ name }) => (isName(name) ? [name] : []));
  const windows = new Map(recordsIn(running, 'models').map((one) => [one['name'], one['context_length']]));
  const models = await Promise.all(
    names.map(async (id, at): Promise<LocalModel | undefined> => {
      if (at >= MOST_ASKED) return modelOf(id, { window: windows.get(id) });
      const shown = await ask('/api/show', { model: id });
      const { capabilities, model_info: facts, parameters } = isRecord(shown) ? shown : {};
      const can = Array.isArray(capabilities) ? (capabilities as unknown[]) : undefined;
      if (can && !can.includes('completion')) return undefined;
      const most = isRecord(facts) ? facts[`${String(facts['general.architecture'])}.context_length`] : undefined;
      const set = /^num_ctx\s+(\d+)/m.exec(typeof parameters === 'string' ? parameters : '')?.[1];
      return modelOf(id, { window: windows.get(id) ?? Number(set), most, can });
    }),
  );
  return { id: 'ollama', label: 'Ollama', models: models.filter((one) => one !== undefined) };
}

// lmstudio.ai/docs/developer/rest/endpoints
async function readLmStudio(ask: Ask): Promise<Found | undefined> {
  const models = recordsIn(await ask('/api/v0/models'), 'data').flatMap((one): LocalModel[] => {
    const { id, type, capabilities: can, loaded_context_length: window, max_context_length: most } = one;
    if (!isName(id) || type === 'embeddings') return [];
    const model = modelOf(id, { window, most });
    return [
      {
        ...model,
        ...(type === 'vlm' && { images: true }),
        ...(Array.isArray(can) && { tools: can.includes('tool_use') }),
      },
    ];
  });
  return { id: 'lmstudio', label: 'LM Studio', models };
}

/** Many programs listen on these ports: `owned_by` tells vLLM and llama.cpp from them. */
async function readOpenai(ask: Ask): Promise<Found | undefined> {
  const listed = recordsIn(await ask('/v1/models'), 'data').flatMap(({ id, owned_by: owner, ...facts }) =>
    isName(id) ? [{ id, owner, facts }] : [],
  );
  // docs.vllm.ai, ModelCard
  if (listed.some(({ owner }) => owner === 'vllm')) {
    const models = listed.map(({ id, facts }) => modelOf(id, { window: facts['max_model_len'] }));
    return { id: 'vllm', label: 'vLLM', models };
  }
  if (!listed.some(({ owner }) => owner === 'llamacpp')) return undefined;
  // llama.cpp, tools/server/README.md. A router of several models has no properties before it has loaded one.
  const properties = await ask('/props');
  const { default_generation_settings: settings, modalities } = isRecord(properties) ? properties : {};
  const window = isRecord(settings) ? settings['n_ctx'] : undefined;
  const sees = isRecord(modalities) && modalities['vision'] === true;
  const models = listed.map(({ id, facts: { meta } }) => ({
    ...modelOf(id, { window, most: isRecord(meta) ? meta['n_ctx_train'] : undefined }),
    ...(sees && { images: true }),
  }));
  return { id: 'llamacpp', label: 'llama.cpp', models };
}

function modelOf(
  id: string,
  { window, most, can }: { window?: unknown; most?: unknown; can?: readonly unknown[] | undefined },
): LocalModel {
  return {
    id,
    ...(isCount(window) && { contextWindow: window }),
    ...(isCount(most) && { mostContext: most }),
    ...(can && { images: can.includes('vision'), tools: can.includes('tools') }),
  };
}

/** A name goes into the terminal and into the configuration: no control characters. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 200 && !/\p{C}/u.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function recordsIn(body: unknown, field: 'data' | 'models'): Record<string, unknown>[] {
  const list = isRecord(body) ? body[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** Asks one port of this machine; the requests share one time limit. */
function askerOf(port: number): Ask {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return async (path, body) => {
    const text = await exchange(port, path, body, signal).catch(() => undefined);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  };
}

/** `node:http` with no agent of its own asks the port itself, whatever proxy is set, and follows no redirect. */
function exchange(port: number, path: string, body: object | undefined, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
    const method = body ? 'POST' : 'GET';
    const asking = http.request({ host: '127.0.0.1', port, path, method, headers, signal, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MOST_BYTES) asking.destroy(new Error('too long an answer'));
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${path}: ${answer.statusCode}`));
      });
    });
    asking.on('error', reject);
    asking.end(body && JSON.stringify(body));
  });
}
