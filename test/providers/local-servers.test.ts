import { describe, expect, it } from 'vitest';
import { findLocalServers } from '../../src/providers/local-servers.ts';
import { LM_STUDIO, llamaCpp, ollama, startLocal, VLLM } from '../simulators/local-servers.ts';

/** Nobody listens there. */
const NOBODY = 1;
const NOWHERE = { ollama: NOBODY, lmstudio: NOBODY, openai: [] };
const CODER = { capabilities: ['completion', 'tools'], most: 262_144 };

describe('the servers that run here, by what each documents', () => {
  it('Ollama: the window of a loaded model, of a setting, or the most that the model takes', async () => {
    const { port, requests } = await startLocal(
      ollama(
        {
          'qwen3-coder:latest': CODER,
          'gemma3:27b': {
            capabilities: ['completion', 'vision'],
            most: 131_072,
            parameters: 'num_ctx   40960\nstop "x"',
          },
          'llama3.2:3b': CODER,
          'nomic-embed-text:latest': { capabilities: ['embedding'], most: 2048 },
        },
        { 'qwen3-coder:latest': 65_536 },
      ),
    );
    expect(await findLocalServers({}, { ...NOWHERE, ollama: port })).toEqual([
      {
        id: 'ollama',
        label: 'Ollama',
        baseUrl: `http://127.0.0.1:${port}`,
        models: [
          { id: 'qwen3-coder:latest', contextWindow: 65_536, mostContext: 262_144, images: false, tools: true },
          { id: 'gemma3:27b', contextWindow: 40_960, mostContext: 131_072, images: true, tools: false },
          { id: 'llama3.2:3b', mostContext: 262_144, images: false, tools: true },
        ],
      },
    ]);
    // Descriptions only: nothing loads a model, and nothing is sent to one.
    expect(requests.toSorted()).toEqual([
      'GET /api/ps',
      'GET /api/tags',
      'POST /api/show {"model":"gemma3:27b"}',
      'POST /api/show {"model":"llama3.2:3b"}',
      'POST /api/show {"model":"nomic-embed-text:latest"}',
      'POST /api/show {"model":"qwen3-coder:latest"}',
    ]);
  });

  it('Ollama with many models: all are named, the first are described', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`model-${at}:7b`, CODER]));
    const { port, requests } = await startLocal(ollama(many, { 'model-39:7b': 65_536 }));
    const [server] = await findLocalServers({}, { ...NOWHERE, ollama: port });
    expect(server?.models.map(({ id }) => id)).toEqual(Object.keys(many));
    expect(server?.models.filter(({ tools }) => tools)).toHaveLength(24);
    expect(server?.models.at(-1)).toEqual({ id: 'model-39:7b', contextWindow: 65_536 });
    expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(24);
  });

  it('LM Studio, vLLM and llama.cpp, all at once', async () => {
    const [lmstudio, vllm, llama] = [
      await startLocal(LM_STUDIO),
      await startLocal(VLLM),
      await startLocal(llamaCpp(32_768)),
    ];
    const ports = { ...NOWHERE, lmstudio: lmstudio.port, openai: [vllm.port, llama.port] };
    expect(await findLocalServers({}, ports)).toMatchObject([
      {
        id: 'lmstudio',
        models: [
          { id: 'openai/gpt-oss-20b', contextWindow: 65_536, mostContext: 131_072, tools: true },
          { id: 'qwen2-vl-7b-instruct', mostContext: 32_768, images: true },
        ],
      },
      { id: 'vllm', models: [{ id: 'openai/gpt-oss-120b', contextWindow: 131_072 }] },
      {
        id: 'llamacpp',
        models: [{ id: 'Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf', contextWindow: 32_768, mostContext: 262_144 }],
      },
    ]);
    expect([lmstudio, vllm, llama].map(({ requests }) => requests)).toEqual([
      ['GET /api/v0/models'],
      ['GET /v1/models'],
      ['GET /v1/models', 'GET /props'],
    ]);
  });

  it('llama.cpp and vLLM are told apart wherever they listen', async () => {
    const [first, second] = [await startLocal(llamaCpp(65_536)), await startLocal(VLLM)];
    const found = await findLocalServers({}, { ...NOWHERE, openai: [first.port, second.port] });
    expect(found.map(({ id }) => id)).toEqual(['llamacpp', 'vllm']);
  });
});

describe('whatever else listens there is left alone', () => {
  it.each<[string, Parameters<typeof startLocal>[0]]>([
    ['a web server', (_, response) => void response.end('<html>')],
    ['an error', (_, response) => void response.writeHead(500).end('{}')],
    ['a redirect', (_, response) => void response.writeHead(302, { location: 'http://192.0.2.1/' }).end()],
    ['another list', { 'GET /v1/models': { data: [{ id: 'gpt-7', owned_by: 'openai' }] } }],
    ['a list of something else', { 'GET /v1/models': { data: [null, 3, { id: 7, owned_by: 'vllm' }] } }],
    ['a server without models', { 'GET /v1/models': { data: [] } }],
    [
      'a name that would draw in the terminal',
      { 'GET /v1/models': { data: [{ id: 'x\u001B[2J', owned_by: 'vllm' }] } },
    ],
    ['an answer without an end', (_, response) => void response.writeHead(200).write('{"data":[')],
    ['an endless answer', (_, response) => void setInterval(() => response.write('x'.repeat(1e6)), 1).unref()],
    ['a hang-up', (_, response) => void response.destroy()],
  ])('%s', async (_, answers) => {
    const stranger = await startLocal(answers);
    const began = Date.now();
    const { port } = stranger;
    expect(await findLocalServers({}, { ollama: port, lmstudio: port, openai: [port] })).toEqual([]);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(stranger.requests.length).toBeLessThanOrEqual(4);
    for (const request of stranger.requests) expect(request).toMatch(/^GET /);
  });

  it('no key and no proxy is used', async () => {
    const vllm = await startLocal(VLLM);
    const env = { HTTP_PROXY: 'http://127.0.0.1:9', OPENAI_API_KEY: 'sk-secret', OLLAMA_API_KEY: 'secret' };
    expect(await findLocalServers(env, { ...NOWHERE, openai: [vllm.port] })).toHaveLength(1);
    expect(JSON.stringify(vllm.headers)).not.toContain('secret');
    expect(Object.keys(vllm.headers[0]!).toSorted()).toEqual(['accept', 'connection', 'host']);
  });
});

it.each([
  ['127.0.0.1:PORT', true],
  ['http://localhost:PORT', true],
  ['0.0.0.0:PORT', true],
  [':PORT', false],
  ['192.0.2.7:PORT', false],
  ['https://ollama.example', false],
])('OLLAMA_HOST says where Ollama listens, if that is here: %s', async (host, isFound) => {
  const { port, requests } = await startLocal(ollama({ 'qwen3-coder:latest': CODER }));
  const found = await findLocalServers({ OLLAMA_HOST: host.replace('PORT', String(port)) }, NOWHERE);
  expect(found.map(({ baseUrl }) => baseUrl)).toEqual(isFound ? [`http://127.0.0.1:${port}`] : []);
  expect(requests.length > 0).toBe(isFound);
});
