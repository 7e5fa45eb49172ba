/** Each vendor's own shapes, replayed: written from its documentation and from recorded streams. */
import { afterEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';
import { answerOf, send, spec, sse, startUpstream, streamOf, textOf, type Upstream } from './translated-upstream.ts';

let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  upstream = undefined;
});

const choice = (delta: unknown, finish: string | null = null, rest: object = {}) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish, ...rest }],
});
const toolCall = (fields: object) => choice({ tool_calls: [fields] });
const DONE = 'data: [DONE]\n\n';
const usage = { prompt_tokens: 50, completion_tokens: 5, total_tokens: 55 };
const READ = { type: 'tool_use', name: 'Read', input: { path: 'a' } };

describe('chat hosts', () => {
  const rows: { name: string; stream: string; content: unknown[]; usage?: object }[] = [
    {
      name: 'Groq: a whole call in one delta, usage in x_groq',
      stream: sse(
        [
          choice({ role: 'assistant', reasoning: 'hm', channel: 'analysis' }),
          toolCall({ id: 'fc_1', type: 'function', function: { name: 'Read', arguments: '{"path":"a"}' }, index: 0 }),
          { ...choice({}, 'tool_calls'), x_groq: { id: 'req_1', usage } },
        ],
        DONE,
      ),
      content: [READ],
      usage: { input_tokens: 50, output_tokens: 5 },
    },
    {
      name: 'Mistral: no index, no type, the finish beside the call, thinking as an array',
      stream: sse(
        [
          choice({ role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
          choice({ content: [{ type: 'text', text: 'ok' }] }),
          {
            ...choice(
              { content: '', tool_calls: [{ id: 'D681PevKs', function: { name: 'Read', arguments: '{"path":"a"}' } }] },
              'tool_calls',
            ),
            usage,
          },
        ],
        DONE,
      ),
      content: [{ type: 'text', text: 'ok' }, READ],
    },
    {
      name: 'GLM by way of Mistral: a continuation with an empty name and no id',
      stream: sse(
        [
          toolCall({ index: 0, id: 'c1', function: { name: 'Read', arguments: '' } }),
          toolCall({ index: 0, function: { name: '', arguments: '{"path":"a"}' } }),
          choice({}, 'tool_calls'),
        ],
        DONE,
      ),
      content: [READ],
    },
    {
      name: 'DeepSeek: usage null on every chunk but the last, reasoning_content',
      stream: sse(
        [
          { ...choice({ role: 'assistant', content: null, reasoning_content: 'hm' }), usage: null },
          { ...choice({ content: 'ok' }), usage: null },
          {
            ...choice({ content: '' }, 'stop'),
            usage: { ...usage, prompt_cache_hit_tokens: 10, prompt_tokens_details: { cached_tokens: 10 } },
          },
        ],
        DONE,
      ),
      content: [{ type: 'text', text: 'ok' }],
      usage: { input_tokens: 40, cache_read_input_tokens: 10 },
    },
    {
      name: 'Kimi: usage inside the choice',
      stream: sse([choice({ content: 'ok' }), choice({}, 'stop', { usage })], DONE),
      content: [{ type: 'text', text: 'ok' }],
      usage: { input_tokens: 50 },
    },
    {
      name: 'z.ai: no finish_reason key at first, arguments in pieces',
      stream: sse(
        [
          { id: 'x', choices: [{ index: 0, delta: { role: 'assistant', reasoning_content: 'hm' } }] },
          toolCall({ index: 0, id: 'c1', type: 'function', function: { name: 'Read', arguments: '{"pa' } }),
          toolCall({ index: 0, function: { arguments: 'th":"a"}' } }),
          choice({}, 'tool_calls'),
        ],
        DONE,
      ),
      content: [READ],
    },
    {
      name: 'Qwen: continuations with an empty id, usage in a chunk without choices',
      stream: sse(
        [
          toolCall({ index: 0, id: 'c1', type: 'function', function: { name: 'Read', arguments: '' } }),
          toolCall({ index: 0, id: '', type: 'function', function: { arguments: '{"path":"a"}' } }),
          choice({}, 'tool_calls'),
          { id: 'x', choices: [], usage },
        ],
        DONE,
      ),
      content: [READ],
      usage: { input_tokens: 50 },
    },
    {
      name: 'xAI: a call in one chunk; reasoning counted beside the completion',
      stream: sse(
        [
          choice({ role: 'assistant', reasoning_content: 'hm' }),
          choice({ content: 'ok' }, 'stop'),
          {
            id: 'x',
            choices: [],
            usage: {
              prompt_tokens: 10,
              completion_tokens: 2,
              total_tokens: 352,
              completion_tokens_details: { reasoning_tokens: 340 },
            },
          },
        ],
        DONE,
      ),
      content: [{ type: 'text', text: 'ok' }],
      usage: { output_tokens: 342 },
    },
    {
      name: 'Gemini’s OpenAI wire: calls without an index',
      stream: sse(
        [
          choice({
            tool_calls: [
              {
                id: 'f1',
                type: 'function',
                function: { name: 'Read', arguments: '{"path":"a"}' },
                extra_content: { google: { thought_signature: 'S' } },
              },
            ],
          }),
          choice({ tool_calls: [{ id: 'f2', type: 'function', function: { name: 'Read', arguments: '{}' } }] }, 'stop'),
        ],
        DONE,
      ),
      content: [READ, { ...READ, input: {} }],
    },
    {
      name: 'OpenRouter: comments while it waits, its own names for things',
      stream:
        ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n' +
        sse(
          [
            {
              ...choice({
                role: 'assistant',
                content: '',
                reasoning: 'hm',
                reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }],
              }),
              provider: 'X',
            },
            choice({ content: 'ok' }),
            { ...choice({ role: 'assistant', content: '' }, 'stop'), usage: { ...usage, cost: 0.1 } },
          ],
          DONE,
        ),
      content: [{ type: 'text', text: 'ok' }],
    },
    {
      name: 'Azure: prompt filter results first, without choices; obfuscation',
      stream: sse(
        [
          { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
          { ...choice({ content: 'ok' }), obfuscation: 'abc' },
          choice({}, 'stop'),
        ],
        DONE,
      ),
      content: [{ type: 'text', text: 'ok' }],
    },
    {
      name: 'an index that starts at 1, and arguments of two calls interleaved',
      stream: sse(
        [
          toolCall({ index: 1, id: 'a', type: 'function', function: { name: 'Read', arguments: '{"path"' } }),
          toolCall({ index: 2, id: 'b', type: 'function', function: { name: 'Read', arguments: '{"path"' } }),
          toolCall({ index: 1, function: { arguments: ':"a"}' } }),
          toolCall({ index: 2, function: { arguments: ':"b"}' } }),
          choice({}, 'tool_calls'),
        ],
        DONE,
      ),
      content: [READ, { ...READ, input: { path: 'b' } }],
    },
    {
      name: 'a role of its own, arguments as an object, an index as text',
      stream: sse(
        [
          choice({ role: 'model', content: 'ok' }),
          toolCall({ index: '0', id: 'a', function: { name: 'Read', arguments: { path: 'a' } } }),
          choice({}, 'stop'),
        ],
        DONE,
      ),
      content: [{ type: 'text', text: 'ok' }, READ],
    },
    {
      name: 'keep-alives as data, objects without choices, events that end with one newline, CRLF',
      stream:
        'data: keep-alive\r\n\r\ndata: {"type":"ping"}\r\n\r\nevent: message\r\n' +
        `data: ${JSON.stringify(choice({ content: 'o' }))}\ndata: ${JSON.stringify(choice({ content: 'k' }, 'stop'))}\n\ndata:[DONE]\n\n`,
      content: [{ type: 'text', text: 'ok' }],
    },
    {
      name: 'a whole completion although a stream was asked for',
      stream: JSON.stringify(
        {
          id: 'x',
          choices: [
            {
              index: 0,
              message: {
                role: 'assistant',
                content: 'ok',
                tool_calls: [{ id: 'a', type: 'function', function: { name: 'Read', arguments: '{"path":"a"}' } }],
              },
              finish_reason: 'tool_calls',
            },
          ],
          usage,
        },
        null,
        2,
      ),
      content: [{ type: 'text', text: 'ok' }, READ],
    },
  ];
  it.each(rows)('$name', async ({ stream, content, usage: expected }) => {
    upstream = await startUpstream(streamOf(stream));
    const answer = await answerOf(spec('openai-compatible', upstream.url));
    expect(answer.content).toMatchObject(content);
    expect(answer.content).toHaveLength(content.length);
    expect(answer.stop_reason).toBe(
      content.some((block) => (block as { type: string }).type === 'tool_use') ? 'tool_use' : 'end_turn',
    );
    expect(answer.usage).toMatchObject(expected ?? {});
  });

  it('survives every cut of the bytes, also inside a character', async () => {
    const bytes = Buffer.from(sse([choice({ content: 'Grüße 👋 漢字' }), choice({}, 'stop')], DONE));
    upstream = await startUpstream(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const answer = await answerOf(spec('openai-compatible', upstream.url));
    expect(answer.content).toEqual([{ type: 'text', text: 'Grüße 👋 漢字' }]);
  });

  it('gives OpenRouter its reasoning details back', async () => {
    const details = [{ type: 'reasoning.encrypted', data: 'ENC', id: 'r1', format: 'google-gemini-v1', index: 0 }];
    upstream = await startUpstream(
      streamOf(
        sse(
          [
            choice({ role: 'assistant', content: '', reasoning_details: details }),
            toolCall({ index: 0, id: 'c', type: 'function', function: { name: 'Read', arguments: '{}' } }),
            choice({}, 'tool_calls'),
          ],
          DONE,
        ),
      ),
    );
    const made = spec('openai-compatible', upstream.url, { quirks: { reasoningBack: 'reasoning_details' } });
    const { content } = await answerOf(made);
    await answerOf(made, {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: content[0]!.id, content: 'ok' }] },
      ],
    });
    const messages = upstream.bodies[1]!['messages'] as Record<string, unknown>[];
    expect(messages.find((message) => message['role'] === 'assistant')).toMatchObject({ reasoning_details: details });
  });

  it('sends what the host calls things', async () => {
    upstream = await startUpstream(streamOf(sse([choice({ content: 'ok' }, 'stop')], DONE)));
    await answerOf(
      spec('openai-compatible', upstream.url, {
        quirks: {
          toolIds: 'exactly9',
          maxTokensField: 'max_completion_tokens',
          toolChoiceAny: 'any',
          streamUsage: 'omit',
          effort: 'reasoning_effort',
          effortLevels: ['low', 'high'],
          imageUrlAsString: true,
          extraBody: { tool_stream: true },
        },
      }),
      {
        tool_choice: { type: 'any' },
        output_config: { effort: 'max' },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x' },
              { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            ],
          },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_abc', name: 'Read', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_abc', content: 'ok' }] },
        ],
      },
    );
    const [body] = upstream.bodies;
    expect(body).toMatchObject({
      max_completion_tokens: 32_000,
      tool_choice: 'any',
      reasoning_effort: 'high',
      tool_stream: true,
    });
    expect(body).not.toHaveProperty('max_tokens');
    expect(body!['stream_options']).toBeUndefined();
    const json = JSON.stringify(body);
    expect(json).toContain('"image_url":"https://example.com/a.png"');
    expect(json).toMatch(/"tool_call_id":"[A-Za-z0-9]{9}"/);
  });
});

describe('errors inside a 200', () => {
  const rows: { name: string; kind: TranslatedKind; stream: string; status?: number; body: string }[] = [
    {
      name: 'OpenRouter: in a chunk that holds choices as well',
      kind: 'openai-compatible',
      stream: sse(
        [{ ...choice({ content: '' }, 'error'), error: { code: 502, message: 'Provider disconnected unexpectedly' } }],
        DONE,
      ),
      status: 502,
      body: 'Provider disconnected unexpectedly',
    },
    {
      name: 'Groq: an event of its own',
      kind: 'openai-compatible',
      stream:
        'event: error\ndata: {"error":{"message":"Failed to call a function.","code":"tool_use_failed","status_code":400}}\n\n',
      status: 400,
      body: 'tool_use_failed',
    },
    {
      name: 'a JSON body in place of the stream',
      kind: 'openai-compatible',
      stream: JSON.stringify({ error: { message: 'quota exceeded', code: 429 } }, null, 2),
      status: 429,
      body: 'quota exceeded',
    },
    {
      name: 'Gemini: pretty-printed JSON without data:',
      kind: 'gemini',
      stream: JSON.stringify(
        { error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } },
        null,
        2,
      ),
      status: 503,
      body: 'UNAVAILABLE',
    },
    {
      name: 'Gemini: the same in an array',
      kind: 'gemini',
      stream: `[${JSON.stringify({ error: { code: 429, message: 'Resource has been exhausted (e.g. check quota).', status: 'RESOURCE_EXHAUSTED' } }, null, 2)}\n]`,
      status: 429,
      body: 'RESOURCE_EXHAUSTED',
    },
    {
      name: 'Responses: facts at the top',
      kind: 'openai',
      stream: sse([{ type: 'error', code: 'server_error', message: 'It broke', param: null, sequence_number: 1 }]),
      body: 'It broke',
    },
    {
      name: 'Responses: facts below error',
      kind: 'openai',
      stream: sse([
        {
          type: 'error',
          sequence_number: 1,
          error: {
            type: 'insufficient_quota',
            code: 'insufficient_quota',
            message: 'You exceeded your current quota',
            param: null,
          },
        },
      ]),
      body: 'insufficient_quota',
    },
    {
      name: 'Responses: response.failed',
      kind: 'openai',
      stream: sse([
        {
          type: 'response.failed',
          sequence_number: 3,
          response: {
            id: 'r',
            error: { code: 'rate_limit_exceeded', message: 'Rate limit reached' },
            incomplete_details: null,
          },
        },
      ]),
      body: 'rate_limit_exceeded',
    },
    { name: 'an early end', kind: 'openai-compatible', stream: sse([choice({ role: 'assistant' })]), body: '' },
    { name: 'Gemini’s early end', kind: 'gemini', stream: '', body: '' },
    { name: 'broken JSON', kind: 'openai-compatible', stream: 'data: {"choices":[{"del\n\n', body: 'malformed_stream' },
    { name: 'a page of HTML', kind: 'openai-compatible', stream: '<html><body>Bad gateway</body></html>', body: '' },
    {
      name: 'Gemini: MALFORMED_FUNCTION_CALL',
      kind: 'gemini',
      stream: sse([{ candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', index: 0 }] }]),
      body: 'MALFORMED_FUNCTION_CALL',
    },
    {
      name: 'Gemini: an empty STOP',
      kind: 'gemini',
      stream: sse([
        { candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }] },
      ]),
      body: 'STOP',
    },
    {
      name: 'Gemini: the prompt was blocked',
      kind: 'gemini',
      stream: sse([{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 9 } }]),
      body: 'PROHIBITED_CONTENT',
    },
    {
      name: 'Gemini: safety',
      kind: 'gemini',
      stream: sse([{ candidates: [{ finishReason: 'SAFETY', index: 0 }] }]),
      body: 'SAFETY',
    },
  ];
  it.each(rows)('$name', async ({ kind, stream, status, body }) => {
    upstream = await startUpstream(streamOf(stream));
    const error = await send(spec(kind, upstream.url))
      .then(textOf)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamError);
    const { failure } = error as UpstreamError;
    expect(failure).toMatchObject({ translated: true, wire: kind === 'gemini' ? 'gemini' : 'openai' });
    expect(failure.cause).toMatch(/^(stream|status|network)$/);
    expect(failure).toMatchObject(status ? { status } : {});
    expect(failure.body).toContain(body);
    expect(() => JSON.parse(failure.body || '{}')).not.toThrow();
  });

  it.each([
    [
      'gemini',
      sse([{ candidates: [{ content: { role: 'model', parts: [{ text: 'half' }] } }] }]) +
        '{\n  "error": {\n    "code": 503,\n    "message": "overloaded",\n    "status": "UNAVAILABLE"\n  }\n}\n',
      'overloaded_error',
    ],
    [
      'openai-compatible',
      sse([choice({ content: 'half' }), { error: { message: 'slow down', code: 429 } }]),
      'rate_limit_error',
    ],
    ['openai-compatible', sse([choice({ content: 'half' })]), 'api_error'],
  ] as const)('%s, after content: an error event at the end', async (kind, stream, type) => {
    upstream = await startUpstream(streamOf(stream));
    const text = await textOf(await send(spec(kind, upstream.url)));
    expect(text).toContain('"text":"half"');
    expect(text.trim().split('\n').at(-1)).toContain(`"type":"${type}"`);
    expect(text).not.toContain('message_stop');
  });
});
