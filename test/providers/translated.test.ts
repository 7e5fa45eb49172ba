import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { UpstreamError, UserError, type Failure } from '../../src/errors.ts';
import { createTranslatedSend } from '../../src/providers/translated.ts';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import {
  answerOf,
  ASKED,
  headerOf,
  send,
  sendWith,
  spec,
  sse,
  startUpstream,
  streamOf,
  textOf,
  type Upstream,
} from './translated-upstream.ts';

let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  upstream = undefined;
});

const KINDS: TranslatedKind[] = ['gemini', 'openai', 'openai-compatible'];
const CHAT = sse(
  [{ id: 'x', choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] }],
  'data: [DONE]\n\n',
);

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return (error as UpstreamError).failure;
}

describe('an answer', () => {
  it('is a stream of Anthropic’s events, with the upstream’s limits beside it', async () => {
    upstream = await startUpstream((response) => {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'x-ratelimit-remaining-requests': '41',
        'x-request-id': 'up_1',
        'set-cookie': 'secret=1',
      });
      response.end(CHAT);
    });
    const reply = await send(spec('openai-compatible', upstream.url));
    expect(reply).toMatchObject({ status: 200, model: 'model-x', warnings: [] });
    expect(headerOf(reply, 'content-type')).toContain('text/event-stream');
    expect(headerOf(reply, 'x-ratelimit-remaining-requests')).toBe('41');
    expect(headerOf(reply, 'request-id')).toBe('up_1');
    expect(headerOf(reply, 'set-cookie')).toBeUndefined();
    const text = await textOf(reply);
    expect(text).toMatch(/^event: message_start\ndata: \{/);
    expect(text).toContain('"stop_reason":"end_turn"');
    expect(upstream.requests[0]!.headers['authorization']).toBe('Bearer test-key');
  });

  it('goes to the key’s own header and the user’s own headers', async () => {
    upstream = await startUpstream(
      streamOf(sse([{ candidates: [{ content: { parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] }])),
    );
    await textOf(await send(spec('gemini', upstream.url, { headers: { 'x-mine': '1' } })));
    expect(upstream.requests[0]!.headers).toMatchObject({ 'x-goog-api-key': 'test-key', 'x-mine': '1' });
    expect(upstream.requests[0]!.url).toBe('/v1/models/model-x:streamGenerateContent?alt=sse');
  });

  it('needs no key where the host asks for none', async () => {
    upstream = await startUpstream(streamOf(CHAT));
    await textOf(await send(spec('openai-compatible', upstream.url, { key: async () => undefined })));
    expect(upstream.requests[0]!.headers['authorization']).toBeUndefined();
  });
});

describe('a slow answer', () => {
  it('shows that it lives while the host sends comments only', async () => {
    let finish!: () => void;
    upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write(': OPENROUTER PROCESSING\n\n'), 5);
      finish = () => {
        clearInterval(timer);
        response.end(CHAT);
      };
    });
    const reply = await send(spec('openai-compatible', upstream.url, { pingEveryMs: 10 }));
    const body = reply.body[Symbol.asyncIterator]();
    for (let pings = 0; pings < 3; pings++)
      expect(Buffer.from((await body.next()).value as Uint8Array).toString()).toContain('event: ping');
    finish();
    let text = '';
    for (let next = await body.next(); !next.done; next = await body.next()) text += Buffer.from(next.value).toString();
    expect(text).toContain('message_stop');
  });

  it('is given up at once by whoever leaves while waiting', async () => {
    let closed!: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    upstream = await startUpstream((response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    });
    const reply = await send(spec('openai-compatible', upstream.url));
    const body = reply.body[Symbol.asyncIterator]();
    const waiting = body.next().then(
      () => 'answered',
      () => 'failed',
    );
    await body.return?.();
    await gone;
    expect(await waiting).toBe('failed');
  });
});

describe('an error answer', () => {
  const quota = JSON.stringify({
    error: {
      code: 429,
      message: 'You exceeded your current quota. Please retry in 20.04466179s.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '20s' },
      ],
    },
  });

  it.each(KINDS)('of %s comes as it is: status, headers, body', async (kind) => {
    upstream = await startUpstream((response) => {
      response.writeHead(429, {
        'content-type': 'application/json',
        'retry-after': '20',
        'x-ratelimit-reset-requests': '6m0s',
      });
      response.end(quota);
    });
    for (const stream of [true, false]) {
      const reply = await send(spec(kind, upstream.url), { body: { stream } });
      expect(reply.status).toBe(429);
      expect(await textOf(reply)).toBe(quota);
      expect(headerOf(reply, 'retry-after')).toBe('20');
      expect(headerOf(reply, 'x-ratelimit-reset-requests')).toBe('6m0s');
    }
  });

  it('without a body or without JSON comes as well', async () => {
    upstream = await startUpstream((response, _, at) => {
      response.writeHead(at === 0 ? 502 : 503, { 'content-type': 'text/html' });
      response.end(at === 0 ? '' : '<html>');
    });
    const made = spec('openai-compatible', upstream.url);
    expect(await textOf(await send(made))).toBe('');
    const second = await send(made);
    expect([second.status, await textOf(second)]).toEqual([503, '<html>']);
  });
});

describe('no answer', () => {
  it.each(KINDS)('%s: a refused connection', async (kind) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(send(spec(kind, `http://127.0.0.1:${port}/v1`)))).toMatchObject({
      cause: 'network',
      code: 'ECONNREFUSED',
    });
  });

  it.each(KINDS)('%s: a connection that breaks in the middle', async (kind) => {
    upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': waiting\n\n', () => response.destroy());
    });
    const failure = await failureOf(send(spec(kind, upstream.url)).then(textOf));
    expect(failure).toMatchObject({ cause: 'network', code: expect.stringMatching(/./) });
  });

  it.each(KINDS)('%s: no headers in time', async (kind) => {
    upstream = await startUpstream(() => {});
    const sent = send(spec(kind, upstream.url), { signal: AbortSignal.timeout(50) });
    await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it.each(KINDS)('%s: silence after the headers', async (kind) => {
    upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    });
    const sent = send(spec(kind, upstream.url), { signal: AbortSignal.timeout(50) });
    await expect(sent.then(textOf)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('a request that the AI SDK will not send is a fault of translation', async () => {
    const made = spec('openai-compatible', 'http://127.0.0.1:9/v1', {
      limitsOf: () => ({ contextWindow: 1e6, maxOutput: 1e4 }),
    });
    const video = { type: 'base64' as const, media_type: 'model/unheard-of', data: 'aGk=' };
    const failure = await failureOf(
      send(made, { body: { messages: [{ role: 'user', content: [{ type: 'image', source: video }] }] } }),
    );
    expect(failure).toMatchObject({ cause: 'status', status: 400, translated: true });
    expect(failure.body).toContain('UnsupportedFunctionality');
    expect(failure.body).not.toContain('aGk=');
  });
});

describe('a client that hangs up', () => {
  it.each(KINDS)('closes %s at once, before the headers', async (kind) => {
    const control = new AbortController();
    let closed!: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    upstream = await startUpstream((response) => {
      response.on('close', closed);
      control.abort();
    });
    await expect(send(spec(kind, upstream.url), { signal: control.signal })).rejects.not.toBeInstanceOf(UpstreamError);
    await gone;
  });

  it.each(['signal', 'body'])('closes it in the middle of the answer, by its %s', async (way) => {
    const control = new AbortController();
    let closed!: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    upstream = await startUpstream((response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse([{ id: 'x', choices: [{ index: 0, delta: { content: 'half' } }] }]));
    });
    const reply = await send(spec('openai-compatible', upstream.url), { signal: control.signal });
    const read = async (): Promise<void> => {
      for await (const _ of reply.body) {
        if (way === 'body') break;
        control.abort();
      }
    };
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error === undefined).toBe(way === 'body');
    expect(error).not.toBeInstanceOf(UpstreamError);
    await gone;
  });
});

describe('requests of one provider', () => {
  it('are each sent with the key of their time', async () => {
    upstream = await startUpstream(streamOf(CHAT));
    const keys = ['first', 'first', 'second'];
    const described = spec('openai-compatible', upstream.url, { key: async () => keys[upstream!.requests.length] });
    const sender = createTranslatedSend(described);
    for (const _ of keys) await textOf(await sendWith(sender));
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(keys.map((key) => `Bearer ${key}`));
  });

  it('follow one another on one connection', async () => {
    upstream = await startUpstream(streamOf(CHAT));
    const sender = createTranslatedSend(spec('openai-compatible', upstream.url));
    for (let n = 0; n < 3; n++) await textOf(await sendWith(sender));
    expect(new Set(upstream.requests.map(({ socket }) => socket.remotePort)).size).toBe(1);
  });

  it('go by the user’s proxy', async () => {
    upstream = await startUpstream(streamOf(CHAT));
    const client = createUpstream({ HTTP_PROXY: upstream.url });
    onTestFinished(() => client.close());
    for (const name of ['http_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
    vi.stubEnv('HTTP_PROXY', upstream.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const far = spec('openai-compatible', 'http://far.invalid/v1', { relay: client.relay });
    expect(await textOf(await send(far))).toContain('"text":"ok"');
    expect(upstream.requests[0]!.url).toBe('http://far.invalid/v1/chat/completions');
  });

  it('end apart: one that is hung up ends no other', async () => {
    const waiting: (() => void)[] = [];
    upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      waiting.push(() => response.end(CHAT));
    });
    const sender = createTranslatedSend(spec('openai-compatible', upstream.url));
    const leaving = new AbortController();
    const [left, stays] = await Promise.all([sendWith(sender, { signal: leaving.signal }), sendWith(sender)]);
    const answer = textOf(stays);
    leaving.abort();
    await textOf(left).catch(() => {});
    for (const end of waiting) end();
    expect(await answer).toContain('"text":"ok"');
  });
});

describe('count_tokens', () => {
  it('is answered from the estimate, which answers correct, without asking anybody', async () => {
    const long = 'word '.repeat(4_000);
    upstream = await startUpstream(
      streamOf(
        sse([
          { id: 'x', choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] },
          { id: 'x', choices: [], usage: { prompt_tokens: 8_000, completion_tokens: 1, total_tokens: 8_001 } },
        ]),
      ),
    );
    const described = spec('openai-compatible', upstream.url);
    const sender = createTranslatedSend(described);
    const body = { messages: [{ role: 'user' as const, content: long }] };
    const count = async () => {
      const reply = await sendWith(sender, { path: '/v1/messages/count_tokens?beta=true', body });
      return (JSON.parse(await textOf(reply)) as { input_tokens: number }).input_tokens;
    };
    const before = await count();
    expect(upstream.requests).toHaveLength(0);
    expect(before).toBeGreaterThan(3_500);
    expect(before).toBeLessThan(5_500);
    const reply = await sendWith(sender, { body });
    await textOf(reply);
    // What the proxy does with an answer that was counted.
    expect(reply.holds).toMatchObject({ isInputEstimated: false, usage: { inputTokens: 8_000 } });
    described.tokens.learn({ ...ASKED, ...body }, reply.holds!.usage!.inputTokens);
    expect(await count()).toBeGreaterThan(6_000);
  });
});

describe('what the model needs back', () => {
  const results = (content: { type: string; id?: string }[]) => [
    { role: 'user' as const, content: 'hi' },
    { role: 'assistant' as const, content },
    {
      role: 'user' as const,
      content: content
        .filter((block) => block.type === 'tool_use')
        .map((block) => ({ type: 'tool_result', tool_use_id: block.id!, content: 'ok' })),
    },
  ];

  it.each(['gemini-pro-latest', 'gemini-flash-latest', 'gemini-3-pro-preview', 'gemini-4-argon'])(
    '%s: its signature, or the documented sentinel for calls that it did not make',
    async (model) => {
      upstream = await startUpstream(
        streamOf(
          sse([
            {
              candidates: [
                {
                  content: {
                    role: 'model',
                    parts: [
                      { functionCall: { name: 'Read', args: { path: 'a' } }, thoughtSignature: 'SIGNATURE' },
                      { functionCall: { name: 'Read', args: { path: 'b' } } },
                    ],
                  },
                  finishReason: 'STOP',
                },
              ],
            },
          ]),
        ),
      );
      const made = spec('gemini', upstream.url, { modelFor: () => model });
      const { content } = await answerOf(made);
      await answerOf(made, { messages: results(content) });
      const claude = [{ type: 'tool_use', id: 'toolu_claude', name: 'Read', input: { path: 'c' } }];
      const twice = [...claude, { ...claude[0]!, id: 'toolu_claude_2' }];
      const foreign = await send(made, { body: { messages: results(twice) } });
      await textOf(foreign);
      expect(foreign.warnings.filter(({ what }) => what === 'signature')).toHaveLength(1);
      expect(upstream.bodies.slice(1).map(signatures)).toEqual([
        ['SIGNATURE', undefined],
        ['skip_thought_signature_validator', 'skip_thought_signature_validator'],
      ]);
    },
  );

  function signatures(body: Record<string, unknown>): unknown[] {
    const contents = body['contents'] as {
      role: string;
      parts: { functionCall?: object; thoughtSignature?: string }[];
    }[];
    return contents
      .flatMap((content) => content.parts)
      .filter((part) => part.functionCall)
      .map((part) => part.thoughtSignature);
  }

  it('OpenAI: its encrypted reasoning, before the call that it led to', async () => {
    const item = { id: 'rs_1', type: 'reasoning', encrypted_content: 'ENCRYPTED', summary: [] };
    const call = {
      id: 'fc_1',
      type: 'function_call',
      call_id: 'call_1',
      name: 'Read',
      arguments: '{"path":"a"}',
      status: 'completed',
    };
    upstream = await startUpstream(
      streamOf(
        sse([
          { type: 'response.created', response: { id: 'resp_1', created_at: 1, model: 'gpt-6' } },
          { type: 'response.output_item.added', output_index: 0, item: { ...item, encrypted_content: null } },
          { type: 'response.output_item.done', output_index: 0, item },
          {
            type: 'response.output_item.added',
            output_index: 1,
            item: { ...call, arguments: '', status: 'in_progress' },
          },
          { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'fc_1', delta: '{"path":"a"}' },
          { type: 'response.output_item.done', output_index: 1, item: call },
          {
            type: 'response.completed',
            response: {
              usage: {
                input_tokens: 20,
                input_tokens_details: { cached_tokens: 5 },
                output_tokens: 9,
                output_tokens_details: { reasoning_tokens: 4 },
              },
            },
          },
        ]),
      ),
    );
    const made = spec('openai', upstream.url, { modelFor: () => 'gpt-6-sol', quirks: { toolIds: 'max40' } });
    const answer = await answerOf(made, { output_config: { effort: 'high' } });
    expect(answer).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name: 'Read', input: { path: 'a' } }],
      usage: { input_tokens: 15, cache_read_input_tokens: 5, output_tokens: 9 },
    });
    await answerOf(made, { messages: results(answer.content) });
    const [first, second] = upstream.bodies;
    expect(first).toMatchObject({
      store: false,
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'high' },
    });
    expect(first!['reasoning']).not.toHaveProperty('summary');
    const input = second!['input'] as { type?: string; encrypted_content?: string; call_id?: string }[];
    expect(input.map((entry) => entry.type ?? 'message')).toEqual([
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
    ]);
    expect(input[1]!.encrypted_content).toBe('ENCRYPTED');
    expect(input[2]!.call_id).toBe(input[3]!.call_id);
  });
});

describe('a model that thinks without a word', () => {
  it('is waited for: how long is for the proxy to say (limits)', async () => {
    upstream = await startUpstream(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse([{ type: 'response.created', response: { id: 'r', created_at: 1, model: 'model-x' } }]));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const item = { type: 'message', id: 'm', phase: null };
      response.end(
        sse([
          { type: 'response.output_item.added', output_index: 0, item },
          { type: 'response.output_text.delta', item_id: 'm', output_index: 0, delta: 'thought over' },
          { type: 'response.output_item.done', output_index: 0, item },
          { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
        ]),
      );
    });
    const reply = await send(spec('openai', upstream.url));
    expect(await textOf(reply)).toContain('thought over');
  });
});

describe('optional packages', () => {
  it.each([
    ['azure', '@ai-sdk/azure'],
    ['vertex', '@ai-sdk/google-vertex'],
    ['vertex-anthropic', '@ai-sdk/google-vertex'],
    ['bedrock', '@ai-sdk/amazon-bedrock'],
  ] as const)('%s names the command that installs %s', async (kind, name) => {
    const error = await send(spec(kind, 'http://127.0.0.1:9')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`npm install -g ${name}`);
  });
});
