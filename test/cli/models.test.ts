import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runModels } from '../../src/cli/models.ts';
import { listModels } from '../../src/providers/model-list.ts';
import { scratch } from '../config/scratch.ts';

type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A host that answers only what its documentation names, with the key where it belongs; it keeps what it was asked. */
async function host(answer: (request: IncomingMessage) => Answer | undefined) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const {
      status = 200,
      body,
      headers = {},
    } = answer(request) ?? { status: 404, body: { error: { message: 'no such path' } } };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function models(provider: string, settings: object, { json = true, env = {} } = {}) {
  const room = scratch();
  room.user(JSON.stringify({ providers: { [provider]: settings } }), 'config.json');
  let out = '';
  const terminal = {
    env: { ...room.env, ...env },
    cwd: () => room.project,
    stdout: { write: (text: string) => (out += text) },
  };
  expect(await runModels({ provider, json }, terminal)).toBe(0);
  return out;
}

test('of several keys the first that is not refused is asked', async () => {
  const { url, asked } = await host((request) =>
    request.headers.authorization === 'Bearer good'
      ? { body: { data: [{ id: 'm-1' }] } }
      : { status: 401, body: { error: { message: 'no' } } },
  );
  const own = { kind: 'openai-compatible', baseUrl: url, models: { default: 'm-1' }, apiKey: ['${BAD}', '${GOOD}'] };
  expect(await models('mine', own, { env: { BAD: 'bad', GOOD: 'good' } })).toContain('"m-1"');
  expect(asked).toHaveLength(2);
  await expect(models('mine', own, { env: { BAD: 'bad', GOOD: 'worse' } })).rejects.toThrow(/401 no$/);
});

const KEY = 'k-models-0123456789';
const OWN = { models: { default: 'm-1' }, apiKey: '${KEY}' };
const withKey = { env: { KEY } };
const at = (path: string, header: string, value: string, body: unknown) => (request: IncomingMessage) =>
  request.method === 'GET' && request.url === path && request.headers[header] === value ? { body } : undefined;

describe('each wire is asked at its own path, with the key in its own header', () => {
  test.each([
    [
      'OpenAI',
      'openai',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, { data: [{ id: 'm-1', object: 'model' }] }),
      undefined,
    ],
    [
      'compatible: Groq',
      'openai-compatible',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, { data: [{ id: 'm-1', context_window: 131_072 }] }),
      131_072,
    ],
    [
      'compatible: OpenRouter',
      'openai-compatible',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, { data: [{ id: 'm-1', context_length: 5 }] }),
      5,
    ],
    [
      'compatible: vLLM',
      'openai-compatible',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, { data: [{ id: 'm-1', max_model_len: 6 }] }),
      6,
    ],
    [
      'compatible: Mistral',
      'openai-compatible',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, { data: [{ id: 'm-1', max_context_length: 7 }] }),
      7,
    ],
    [
      'a bare list',
      'openai-compatible',
      '/v1',
      at('/v1/models', 'authorization', `Bearer ${KEY}`, [{ id: 'm-1' }]),
      undefined,
    ],
    [
      'Anthropic',
      'anthropic',
      '',
      at('/v1/models?limit=1000', 'x-api-key', KEY, { data: [{ id: 'm-1', max_input_tokens: 8 }], has_more: false }),
      8,
    ],
    [
      'Gemini',
      'gemini',
      '/v1beta',
      at('/v1beta/models?pageSize=1000', 'x-goog-api-key', KEY, {
        models: [
          { name: 'models/m-1', inputTokenLimit: 9, supportedGenerationMethods: ['generateContent'] },
          { name: 'models/embed', supportedGenerationMethods: ['embedContent'] },
        ],
      }),
      9,
    ],
  ] as const)('%s', async (_, kind, path, answer, contextWindow) => {
    const { url } = await host(answer);
    const { models: listed } = JSON.parse(await models('own', { ...OWN, kind, baseUrl: url + path }, withKey));
    expect(listed).toEqual([
      {
        id: 'm-1',
        ...(contextWindow !== undefined && { contextWindow }),
        usedFor: ['opus', 'sonnet', 'haiku', 'default'],
      },
    ]);
  });

  test("Google's own key header", async () => {
    const { url } = await host(
      at('/v1beta/models?pageSize=1000', 'x-goog-api-key', 'AIzaX', {
        models: [{ name: 'models/gemini-flash-latest' }],
      }),
    );
    const out = await models('gemini', { baseUrl: `${url}/v1beta` }, { env: { GEMINI_API_KEY: 'AIzaX' } });
    expect(JSON.parse(out)).toMatchObject({ models: [{ id: 'gemini-flash-latest', usedFor: ['haiku'] }] });
  });

  test("DeepSeek's list is not on its Anthropic address", async () => {
    const asked: unknown[] = [];
    const fetch = async (url: unknown, init: any) => {
      asked.push([String(url), init.headers.authorization]);
      return new Response(JSON.stringify({ data: [{ id: 'deepseek-flash', context_window: 1_048_576 }] }));
    };
    const env = { DEEPSEEK_API_KEY: 'sk-x' };
    const asking = { config: { providers: {} }, env, fetch: fetch as typeof globalThis.fetch, wordsOf: String };
    expect(await listModels('deepseek', asking)).toEqual({
      host: 'api.deepseek.com',
      models: [{ id: 'deepseek-flash', contextWindow: 1_048_576 }],
    });
    expect(asked).toEqual([['https://api.deepseek.com/models', 'Bearer sk-x']]);
  });
});

test('all pages are read, by either way of turning them', async () => {
  const { url, asked } = await host(({ url: path = '' }) => {
    if (path === '/v1/models?limit=1000') return { body: { data: [{ id: 'm-1' }], has_more: true, last_id: 'm-1' } };
    if (path === '/v1/models?limit=1000&after_id=m-1')
      return { body: { data: [{ id: 'm-2' }], has_more: false, last_id: 'm-2' } };
    if (path === '/g/models?pageSize=1000') return { body: { models: [{ name: 'models/m-1' }], nextPageToken: 't/2' } };
    if (path === '/g/models?pageSize=1000&pageToken=t%2F2') return { body: { models: [{ name: 'models/m-2' }] } };
    return undefined;
  });
  for (const own of [
    { kind: 'anthropic', baseUrl: url },
    { kind: 'gemini', baseUrl: `${url}/g` },
  ]) {
    const { models: listed } = JSON.parse(await models('own', { ...OWN, ...own }, withKey));
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(['m-1', 'm-2']);
  }
  expect(asked.length).toBe(4);
});

test('a host that has pages without end is left after some', async () => {
  const { url, asked } = await host(() => ({ body: { data: [{ id: 'm-1' }], has_more: true, last_id: 'm-1' } }));
  await models('own', { ...OWN, kind: 'anthropic', baseUrl: url }, withKey);
  expect(asked.length).toBe(20);
});

test('the list for a person: what is asked for first, and what is missing', async () => {
  const { url } = await host(() => ({
    body: {
      data: [
        { id: 'b' },
        { id: 'a', context_length: 200_000 },
        { id: 'z\u001B[2K' },
        { id: 'm-1', context_length: 131_072 },
      ],
    },
  }));
  const own = { ...OWN, kind: 'openai-compatible', baseUrl: `${url}/v1`, models: { default: 'm-1', opus: 'm-9' } };
  const out = await models('own', own, { ...withKey, json: false });
  expect(out.split('\n').map((line) => line.replace(/127\S+/, 'HOST').replaceAll(/ {2,}/g, '  '))).toEqual([
    '4 models at HOST ✓: what ccmux asks for',
    '',
    '✓ m-1  128k  sonnet, haiku, default',
    '  a  200k',
    '  b',
    '  z?[2K',
    '',
    '! m-9 (opus) is not in the list',
    '  Choose another: ccmux config set providers.own.models.opus <model>',
    '',
  ]);
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

describe('no list', () => {
  const own = (url: string, more = {}) => ({ ...OWN, kind: 'openai-compatible', baseUrl: `${url}/v1`, ...more });

  test.each([
    [
      'a key that is refused',
      { status: 401, body: { error: { message: `Incorrect key ${KEY}` } } },
      /401 Incorrect key \[redacted\]$/,
    ],
    ['another path', undefined, /does not list its models at http:\/\/127\S+\/v1\/models: 404 no such path$/],
    ['a page', { body: '<html>hello</html>' }, /but with no list of models\.$/],
    ['another shape', { body: { data: 'none' } }, /lists no models/],
  ])('%s', async (_, answer, message) => {
    const { url } = await host(() => answer);
    const error = (await models('own', own(url), withKey).catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ name: 'UserError', exitCode: 1, message: expect.stringMatching(message) });
    expect(error.message).not.toContain(KEY);
  });

  test('a redirect takes the key nowhere', async () => {
    const thief = await host(() => ({ body: { data: [{ id: 'm-1' }] } }));
    const { url } = await host(() => ({ status: 302, body: '', headers: { location: `${thief.url}/v1/models` } }));
    await expect(models('own', own(url), withKey)).rejects.toThrow(/302$/);
    expect(thief.asked).toEqual([]);
  });

  test('nobody there', async () => {
    await expect(models('own', own('http://127.0.0.1:9'), withKey)).rejects.toThrow(/no connection \(ECONNREFUSED\)/);
  });

  test.each([
    ['claude', {}, /Claude Code lists its models: \/model/],
    ['groq', {}, /Groq cannot be asked for its models without GROQ_API_KEY/],
    ['groc', undefined, /"groc" is not a provider\. Did you mean groq\?/],
    ['bedrock', {}, /Bedrock lists what you may ask in its own console/],
    ['azure', {}, /in its own console/],
  ])('%s', async (provider, settings, message) => {
    const room = scratch();
    if (settings) room.user(JSON.stringify({ providers: { [provider]: settings } }), 'config.json');
    const terminal = { env: room.env, cwd: () => room.project, stdout: { write: () => {} } };
    await expect(runModels({ provider, json: false }, terminal)).rejects.toThrow(message);
  });
});

test.each([
  [
    'gemini',
    { baseUrl: '/v1beta' },
    { models: [{ name: 'models/gemini-pro-latest' }] },
    /It has a web search of its own, at \$0\.014 each \(webSearch: off\)\./,
  ],
  ['groq', { baseUrl: '/v1' }, { data: [{ id: 'm-1' }] }, undefined],
] as const)('says whether %s can search the web', async (id, { baseUrl }, body, told) => {
  const { url } = await host(() => ({ body }));
  const text = await models(id, { baseUrl: url + baseUrl, apiKey: '${KEY}' }, { json: false, ...withKey });
  if (told) expect(text).toMatch(told);
  else expect(text).not.toContain('web search');
});
