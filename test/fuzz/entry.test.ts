import { connect } from 'node:net';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createMemory } from '../../src/codec/carry.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { answer } from '../../src/demo/script.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { buildProviders } from '../../src/providers/build.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { closing } from '../helpers/closing.ts';
import { startHost } from '../helpers/host.ts';
import { ask, claudeAt, CONFIG, startProxy } from '../helpers/proxy.ts';
import { mutate, mutations } from './bytes.ts';
import { cases, tellSeed } from './seeds.ts';

/** Whatever comes in at the port: it is answered or refused, and the next request is served as ever. */

/** Claude is limited, and Gemini is asked in its place, as strict as it is. */
async function open() {
  tellSeed();
  const limit = claudeLimit(Date.now() + 3_600_000);
  const host = await startHost((_, response) => {
    response.writeHead(limit.status, { 'content-type': 'application/json', ...limit.headers });
    response.end(JSON.stringify(limit.body));
  });
  const gemini = closing(await startGemini({ script: () => answer('Gemini here') }));
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const claude = claudeAt(host.url);
  const providers = buildProviders({
    config: { ...CONFIG, order: ['gemini'], providers: { gemini: { baseUrl: `${gemini.url}/v1beta` } } },
    env: { GEMINI_API_KEY: GEMINI_KEY },
    claudeUpstream: host.url,
    dependencies: {
      upstream,
      memory: createMemory(),
      claudeSend: claude.send,
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  return startProxy([claude, ...providers]);
}

/** Sends bytes, says that there are no more, and takes what comes until the other side has closed. */
function send(url: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (got += text));
    socket.on('error', () => {});
    socket.on('close', () => resolve(got));
  });
}

const GOOD = { model: 'claude-opus-5-5', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hello' }] };
const method = fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'CONNECT', 'TRACE', 'get', 'POST /x');
const path = fc.oneof(
  fc.constantFrom('/v1/messages', '/v1/messages/count_tokens', '/', '/ccmux/use', '/ccmux/state', '//', '/%00', '/../'),
  fc.string({ maxLength: 30 }).map((text) => `/${encodeURI(text.replace(/[\ud800-\udfff]/g, ''))}`),
);
const header = fc.tuple(
  fc.constantFrom(
    'host',
    'origin',
    'content-length',
    'transfer-encoding',
    'connection',
    'expect',
    'upgrade',
    'x-api-key',
  ),
  fc.oneof(
    fc.constantFrom('chunked', '0', '-1', '99', '1e9', 'close', '100-continue', 'websocket', 'null', 'evil.example'),
    fc.stringMatching(/^[ -~]{0,40}$/),
  ),
);

test('a request of any shape, with and without the token', async () => {
  const proxy = await open();
  const { host, pathname } = new URL(proxy.url);
  await fc.assert(
    fc.asyncProperty(
      method,
      fc.boolean(),
      path,
      fc.array(header, { maxLength: 5 }),
      fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(GOOD))),
      async (verb, knows, rest, headers, body) => {
        const lines = [['host', host], ...headers].map(([name, value]) => `${name}: ${value}`);
        const head = `${verb} ${knows ? pathname : ''}${rest} HTTP/1.1\r\n${lines.join('\r\n')}\r\nconnection: close\r\n`;
        const got = await send(
          proxy.url,
          Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
        );
        // A CONNECT has no answer: its connection is closed.
        expect(got).toMatch(/^(HTTP\/1\.1 [1-5]\d\d |$)/);
        if (!knows && got !== '') expect(got).toMatch(/^HTTP\/1\.1 (100|404|400|408|413|417|431) /);
      },
    ),
    cases(60),
  );
  await serves(proxy);
});

test('changed bytes of a good request', async () => {
  const proxy = await open();
  const { host, pathname } = new URL(proxy.url);
  const body = JSON.stringify(GOOD);
  const good = Buffer.from(
    `POST ${pathname}/v1/messages HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nx-api-key: sk-ant-x\r\n` +
      `anthropic-version: 2023-06-01\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const got = await send(proxy.url, mutate(good, changes));
      expect(got).toMatch(/^(HTTP\/1\.1 [1-5]\d\d |$)/);
    }),
    cases(60),
  );
  await serves(proxy);
});

test('a body that is any JSON, as a conversation', async () => {
  const proxy = await open();
  const block = fc.oneof(
    fc.record(
      {
        type: fc.constantFrom('text', 'image', 'tool_use', 'tool_result', 'thinking', 'document', 'unheard_of'),
        text: fc.jsonValue(),
        source: fc.jsonValue(),
        id: fc.jsonValue(),
        tool_use_id: fc.jsonValue(),
        content: fc.jsonValue(),
        input: fc.jsonValue(),
      },
      { requiredKeys: ['type'] },
    ),
    fc.jsonValue(),
  );
  const message = fc.record({
    role: fc.constantFrom('user', 'assistant', 'system', 'nobody'),
    content: fc.oneof(fc.string(), fc.array(block, { maxLength: 4 }), fc.jsonValue()),
  });
  const body = fc.record(
    {
      model: fc.constant('claude-opus-5-5'),
      messages: fc.oneof(fc.array(message, { maxLength: 4 }), fc.jsonValue()),
      stream: fc.oneof(fc.boolean(), fc.jsonValue()),
      tools: fc.jsonValue(),
      system: fc.jsonValue(),
      max_tokens: fc.jsonValue(),
      tool_choice: fc.jsonValue(),
      thinking: fc.jsonValue(),
      metadata: fc.jsonValue(),
    },
    { requiredKeys: ['model', 'messages'] },
  );
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const response = await ask(proxy.url, JSON.stringify(value));
      const text = await response.text();
      expect(response.status).toBeGreaterThanOrEqual(200);
      if (response.status !== 200) expect(JSON.parse(text)).toMatchObject({ type: 'error' });
    }),
    cases(60),
  );
  await serves(proxy);
});

/** Every field that a request may leave out. Python clients send `null` for what was not set. */
const LEFT_OUT: Record<string, unknown>[] = [
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'metadata',
  'service_tier',
  'safeguards',
  'context_management',
  'container',
].map((name) => ({ [name]: null }));
LEFT_OUT.push(
  {
    tools: [
      { name: 'Read', type: null, description: null, input_schema: {}, defer_loading: null, cache_control: null },
    ],
  },
  { tools: [{ name: 'Read', input_schema: { type: 'object', properties: null, required: null, description: null } }] },
  {
    tools: [{ name: 'Read', input_schema: {} }],
    tool_choice: { type: 'auto', name: null, disable_parallel_tool_use: null },
  },
  { thinking: { type: 'enabled', budget_tokens: null, display: null } },
  { output_config: { effort: null, format: null } },
  { output_config: { format: { type: 'json_schema', schema: null } } },
  { metadata: { user_id: null } },
  { system: [{ type: 'text', text: 'Be kind.', cache_control: null, citations: null }] },
  ...[
    [{ type: 'text', text: 'hello', citations: null, cache_control: null }],
    [
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'A page' },
        title: null,
        context: null,
        citations: null,
      },
      { type: 'text', text: 'hello' },
    ],
  ].map((content) => ({ messages: [{ role: 'user', content }] })),
  {
    tools: [{ name: 'Read', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: null },
          { type: 'text', text: 'so', citations: null },
          { type: 'tool_use', id: 'toolu_1', name: 'Read', input: null, caller: null },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: null, is_error: null }] },
    ],
  },
);

test.each(LEFT_OUT.map((fields) => [JSON.stringify(fields), fields] as const))(
  'nothing where something may be: %s',
  async (_, fields) => {
    const proxy = await open();
    const response = await ask(proxy.url, JSON.stringify({ ...GOOD, ...fields }));
    expect(await response.text()).toContain('Gemini here');
    expect(proxy.of('fault')).toEqual([]);
  },
);

async function serves(proxy: Awaited<ReturnType<typeof open>>): Promise<void> {
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('fault')).toEqual([]);
}
