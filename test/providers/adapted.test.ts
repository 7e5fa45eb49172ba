import { describe, expect, onTestFinished, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, type Step } from '../../src/demo/script.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { UpstreamError } from '../../src/errors.ts';
import { createAdaptedSend, type AdaptedSpec } from '../../src/providers/adapted.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { joinUrl, relayHeaders } from '../../src/providers/connection.ts';
import type { ProviderRequest, Reply } from '../../src/providers/provider.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { closing } from '../helpers/closing.ts';

const HOST = new URL('https://api.example.com:8443/v1/messages');

test('headers keep their order and case; hop-by-hop ones and those that Connection names stay behind', () => {
  const sent = [
    'Host',
    '127.0.0.1:1',
    'X-API-Key',
    'k',
    'Connection',
    'keep-alive, X-Private',
    'X-Private',
    '1',
    'TE',
    'trailers',
    'anthropic-beta',
    'a',
    'Anthropic-Beta',
    'b',
    'Transfer-Encoding',
    'chunked',
    'Accept-Encoding',
    'br',
  ];
  expect(relayHeaders(sent, HOST, 5)).toEqual([
    'Host',
    'api.example.com:8443',
    'X-API-Key',
    'k',
    'anthropic-beta',
    'a',
    'Anthropic-Beta',
    'b',
    'Accept-Encoding',
    'br',
    'Content-Length',
    '5',
  ]);
});

test("headers that are there only because of ccmux stay behind for the user's own upstream", async () => {
  const simulator = closing(await startAnthropic({ script: () => answer('hi') }));
  const rawHeaders = [
    'Host',
    'x',
    'X-API-Key',
    'sk-ant-api03-x',
    'anthropic-version',
    '2023-06-01',
    'X-Hint',
    'main',
    'x-other',
    '1',
  ];
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const sendToClaude = createClaudeSend(
    () => simulator.url,
    upstream,
    () => new Set(['x-hint']),
  );
  const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }] });
  await sendToClaude({
    method: 'POST',
    path: '/v1/messages',
    rawHeaders,
    body: [Buffer.from(body)],
    parsed: () => JSON.parse(body) as MessagesRequest,
    signal: new AbortController().signal,
  });
  const [request] = simulator.requests;
  expect(request!.headers).toMatchObject({ 'x-api-key': 'sk-ant-api03-x', 'x-other': '1' });
  expect(request!.headers).not.toHaveProperty('x-hint');
});

test.each([
  ['https://api.z.ai/api/anthropic', 'https://api.z.ai/api/anthropic/v1/messages?beta=true'],
  ['https://api.z.ai/api/anthropic/', 'https://api.z.ai/api/anthropic/v1/messages?beta=true'],
  ['http://127.0.0.1:80', 'http://127.0.0.1/v1/messages?beta=true'],
])('%s keeps its path', (base, expected) => {
  expect(joinUrl(base, '/v1/messages?beta=true').href).toBe(expected);
});

const send = (more: Partial<AdaptedSpec>, request: Partial<ProviderRequest> = {}) => relayTo(more)(request);

/** One host, to be asked as often as a test likes. */
function relayTo(more: Partial<AdaptedSpec>): (request?: Partial<ProviderRequest>) => Promise<Reply> {
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const parsed = {
    model: 'claude-opus-5-5',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'hello' }],
    stream: true,
  };
  const spec: AdaptedSpec = {
    id: 'host',
    label: 'Host',
    baseUrl: '',
    auth: 'x-api-key',
    key: async () => 'sk-ant-api03-of-the-host',
    headers: {},
    tokens: createTokenCounter(),
    refusals: createRefusals(),
    modelFor: () => 'glm-5.2',
    limitsOf: () => ({ contextWindow: 200_000, maxOutput: 64 }),
    ...more,
  };
  const relay = createAdaptedSend(spec, upstream);
  return (request) =>
    relay({
      method: 'POST',
      path: '/v1/messages?beta=true',
      rawHeaders: [
        'Authorization',
        'Bearer sk-ant-oat01-of-the-user',
        'X-Api-Key',
        'sk-ant-api03-of-the-user',
        'Cookie',
        'a=b',
        'anthropic-version',
        '2023-06-01',
        'anthropic-beta',
        'oauth-2025-04-20,effort-2025-11-24,dangerous-tool-use-2026-09-03',
        'X-Gateway-Secret',
        'of-the-user',
        'X-Claude-Code-Session-Id',
        's',
        'Content-Type',
        'application/json',
        'Accept-Encoding',
        'br',
        'Host',
        'x',
      ],
      body: [Buffer.from(JSON.stringify(parsed))],
      parsed: () => parsed,
      signal: new AbortController().signal,
      ...request,
    });
}

async function textOf(reply: Reply): Promise<string> {
  let text = '';
  for await (const chunk of reply.body) text += Buffer.from(chunk).toString();
  return text;
}

test("another host gets its own key and nothing of the user's account", async () => {
  const host = closing(await startAnthropic({ script: [answer('from the host', { thinking: 'foreign' })] }));
  const reply = await send({ baseUrl: host.url, headers: { 'x-team': 'mine' } });
  const text = await textOf(reply);
  expect(text).toContain('from the host');
  expect(text).not.toContain('thinking');
  const [request] = host.requests;
  expect(request!.headers).toMatchObject({
    'x-api-key': 'sk-ant-api03-of-the-host',
    'x-team': 'mine',
    'anthropic-beta': 'effort-2025-11-24',
  });
  expect(JSON.stringify(request!.rawHeaders)).not.toMatch(/of-the-user|cookie|session-id|oauth/i);
  expect(request!.json).toMatchObject({ model: 'glm-5.2', max_tokens: 64 });
});

test('a bearer host gets a bearer, and the error of a host arrives as it is', async () => {
  const host = closing(
    await startAnthropic({ script: [{ type: 'error', status: 402, body: { error: 'no credit' } }] }),
  );
  const reply = await send({ baseUrl: host.url, auth: 'bearer' });
  expect(reply.status).toBe(402);
  expect(await textOf(reply)).toBe('{"error":"no credit"}');
  expect(host.requests[0]!.headers['authorization']).toBe('Bearer sk-ant-api03-of-the-host');
});

test('an answer that ends at the cap of the model says so, others do not', async () => {
  const script = [answer('cut', { stopReason: 'max_tokens' }), answer('whole')];
  const host = closing(await startAnthropic({ script }));
  const details: string[][] = [];
  for (let i = 0; i < 2; i++) {
    const reply = await send({ baseUrl: host.url });
    await textOf(reply);
    details.push(reply.warnings.map(({ detail }) => detail));
  }
  expect(details).toEqual([['the answer was cut off at 64 tokens, the most that glm-5.2 can answer with'], []]);
});

describe('a host that rejects cache marks', () => {
  const marked = { type: 'text' as const, text: 'hi', cache_control: { type: 'ephemeral' as const } };
  const input = { cache_control: 'what the tool wants' };
  const body: MessagesRequest = {
    model: 'claude-opus-5-5',
    max_tokens: 64,
    system: [marked],
    tools: [{ name: 'Read', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant' as const, content: [{ type: 'tool_use', id: 't', name: 'Read', input }] },
      { role: 'user' as const, content: [{ type: 'tool_result', tool_use_id: 't', content: [marked] }, marked] },
    ],
    stream: true,
  };
  const bad = (message: string): Step => ({ type: 'error', status: 400, body: { error: { message } } });
  const refusal = bad('system.0.cache_control: extra fields not permitted');

  async function ask(script: Step[], times: number) {
    const host = closing(await startAnthropic({ script }));
    const relay = relayTo({ baseUrl: host.url });
    const replies: Reply[] = [];
    const texts: string[] = [];
    for (let i = 0; i < times; i++) {
      replies.push(await relay({ parsed: () => body }));
      texts.push(await textOf(replies.at(-1)!));
    }
    return { replies, texts, sent: host.requests.map(({ json }) => json as MessagesRequest) };
  }

  test('is asked once more without them, and from then on only so', async () => {
    const { replies, sent } = await ask([refusal, answer('one'), answer('two')], 2);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(replies.map(({ warnings }) => warnings.map(({ what }) => what))).toEqual([['cache_control'], []]);
    expect(sent.map((json) => JSON.stringify(json).includes('"ephemeral"'))).toEqual([true, false, false]);
    const { cache_control: _mark, ...plain } = marked;
    expect(sent[1]).toEqual({
      ...body,
      model: 'glm-5.2',
      system: [plain],
      tools: [{ name: 'Read', input_schema: { type: 'object' } }],
      messages: [
        ...body.messages.slice(0, 2),
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [plain] }, plain] },
      ],
    });
  });

  test('gets them again when they were not what it minded', async () => {
    const { replies, sent, texts } = await ask([refusal, bad('the model is gone'), answer('two')], 2);
    expect(replies.map(({ status }) => status)).toEqual([400, 200]);
    expect(texts[0]).toContain('the model is gone');
    expect(JSON.stringify(sent[2])).toContain('"ephemeral"');
  });

  test('another 400 is relayed as it is', async () => {
    const { replies, sent, texts } = await ask([bad('no such model')], 1);
    expect([replies[0]!.status, texts[0], sent.length]).toEqual([400, '{"error":{"message":"no such model"}}', 1]);
  });
});

test('a host that cannot be reached is a failure with its code', async () => {
  const error = await send({ baseUrl: 'http://127.0.0.1:9' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamError);
  expect((error as UpstreamError).failure).toMatchObject({ cause: 'network', code: 'ECONNREFUSED' });
});

test('a host that says nothing is left when the time is up', async () => {
  const host = closing(await startAnthropic({ script: [{ type: 'hang' }] }));
  const sent = send({ baseUrl: host.url }, { signal: AbortSignal.timeout(50) });
  await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('the tokens of another host are counted here: not every one of them can', async () => {
  const reply = await send({ baseUrl: 'http://127.0.0.1:9' }, { path: '/v1/messages/count_tokens' });
  expect(JSON.parse(await textOf(reply))).toEqual({ input_tokens: expect.any(Number) });
});
