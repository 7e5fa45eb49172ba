/** A host that refuses part of a request: it is asked once more without it, and from then on only so. */
import { afterEach, describe, expect, it } from 'vitest';
import { readRefusal, NOTHING_REFUSED } from '../../src/codec/refused.ts';
import { withoutRefused } from '../../src/codec/without.ts';
import { createTranslatedSend } from '../../src/providers/translated.ts';
import { sendWith, spec, sse, startUpstream, textOf, type Upstream } from './translated-upstream.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';

let host: Upstream | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

const tool = (name: string, more: object = {}) => ({
  name,
  description: name,
  input_schema: { type: 'object' },
  ...more,
});
const format = { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } };
const FULL: Partial<MessagesRequest> = {
  system: 'You are careful.',
  temperature: 0.5,
  top_p: 0.9,
  stop_sequences: ['END'],
  thinking: { type: 'adaptive' },
  output_config: { effort: 'high', format },
  tools: [tool('Read', { cache_control: { type: 'ephemeral' } })],
  tool_choice: { type: 'any', disable_parallel_tool_use: true },
};
const request: MessagesRequest = { model: 'claude-opus-5-5', messages: [{ role: 'user', content: 'hi' }], ...FULL };
const refuse = (error: object) => JSON.stringify({ error });

describe('what a refusal means', () => {
  const rows: [string, string, string][] = [
    ['DeepSeek', refuse({ message: 'response_format of type json_schema is not available' }), 'output_format'],
    [
      'Groq',
      refuse({ message: 'This model does not support response format `json_schema`', param: 'response_format' }),
      'output_format',
    ],
    ['a adapted host', refuse({ message: 'output_config.format: Extra inputs are not permitted' }), 'output_format'],
    [
      'OpenAI',
      refuse({
        message: "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
        param: 'parallel_tool_calls',
      }),
      'parallel_tool_calls',
    ],
    [
      'Claude, loop',
      refuse({ message: 'Expected `thinking` or `redacted_thinking`, but found `tool_use`' }),
      'thinking_here',
    ],
    [
      'DeepSeek, loop',
      refuse({ message: 'The `reasoning_content` in the thinking mode must be passed back to the API.' }),
      'thinking_here',
    ],
    ['Groq, effort', refuse({ message: '`reasoning_effort` is not supported with this model' }), 'effort'],
    [
      'Anthropic, effort',
      refuse({ message: "This model does not support effort level 'high'. Supported levels: low." }),
      'effort',
    ],
    [
      'Gemini, level',
      JSON.stringify([{ error: { code: 400, message: 'thinking_level is not supported by this model' } }]),
      'effort',
    ],
    [
      'OpenAI, temperature',
      refuse({
        message: "Unsupported value: 'temperature' does not support 0.5 with this model.",
        param: 'temperature',
      }),
      'sampling',
    ],
    ['xAI', refuse({ message: 'Argument not supported on this model: stop' }), 'stop_sequences'],
    ['Kimi', refuse({ message: "tool_choice 'required' is not allowed here" }), 'tool_choice'],
    [
      'Anthropic, marks',
      refuse({ message: 'system.0.cache_control: Extra inputs are not permitted' }),
      'cache_control',
    ],
    [
      'Anthropic, signature',
      refuse({ message: 'messages.1.content.0: Invalid `signature` in `thinking` block' }),
      'signatures',
    ],
    [
      'OpenAI, encrypted',
      refuse({ code: 'invalid_encrypted_content', message: 'The encrypted content gAAA could not be verified.' }),
      'signatures',
    ],
    [
      'Gemini, signature',
      refuse({ code: 400, message: 'Corrupted thought signature.', status: 'INVALID_ARGUMENT' }),
      'signatures',
    ],
    [
      'Gemini, schema',
      refuse({ message: `Unknown name "x" at 'tools[0].function_declarations[3].parameters'` }),
      'schemas',
    ],
    [
      'Moonshot',
      refuse({ message: 'tools.function.parameters is not a valid moonshot flavored json schema' }),
      'schemas',
    ],
    ['OpenAI, schema', refuse({ message: "Invalid schema for function 'x': array schema missing items" }), 'schemas'],
    ['Mistral, counts', refuse({ message: 'stream_options: Extra inputs are not permitted' }), 'stream_options'],
    [
      'OpenAI, cap',
      refuse({
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      }),
      'max_tokens_field',
    ],
    [
      'OpenRouter',
      refuse({ message: 'Provider returned error', metadata: { raw: 'temperature is not supported' } }),
      'sampling',
    ],
  ];
  it.each(rows)('%s: %s', (_name, said, wish) => {
    const refused = readRefusal(said, request, NOTHING_REFUSED);
    expect([...refused!.wishes]).toEqual([wish]);
    expect(readRefusal(said, request, refused!)?.wishes.has(wish as never) ?? true).toBe(true);
  });

  it.each([
    refuse({ message: 'no such model' }),
    refuse({ message: 'Your credit balance is too low' }),
    '',
    '<html>',
    refuse({ message: 'This model has a maximum context length of 8192 tokens' }),
  ])('%s is another matter', (said) => expect(readRefusal(said, request, NOTHING_REFUSED)).toBeUndefined());

  it('a request without the thing is not blamed for it', () => {
    const plain: MessagesRequest = { model: 'm', messages: [] };
    for (const message of ['response_format', 'parallel_tool_calls', 'reasoning_effort', 'temperature', 'tool_choice'])
      expect(readRefusal(refuse({ message: `${message} is not supported` }), plain, NOTHING_REFUSED)).toBeUndefined();
  });

  it.each([
    "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 140 instead.",
    "'tools' has 140 entries, at most 128 are allowed",
    'Too many tools: maximum number of items is 128',
    'The number of functions exceeds the limit of 128',
    'Max 128 tools are supported.',
    'You may not send more than 128 tools',
    'tools: List should have at most 128 items after validation, not 140',
  ])('%s', (message) => {
    const many = { ...request, tools: Array.from({ length: 140 }, (_, n) => tool(`t${n}`)) };
    expect(readRefusal(refuse({ message, param: 'tools' }), many, NOTHING_REFUSED)?.maxTools).toBe(128);
  });
});

describe('a request without it', () => {
  const without = (...wishes: string[]) => withoutRefused(request, { wishes: new Set(wishes) as never }, 'model-x');
  it.each([
    ['parallel_tool_calls', (it: MessagesRequest) => it.tool_choice, { type: 'any' }],
    ['effort', (it: MessagesRequest) => [it.thinking, it.output_config], [undefined, { format }]],
    ['sampling', (it: MessagesRequest) => [it.temperature, it.top_p], [undefined, undefined]],
    ['stop_sequences', (it: MessagesRequest) => it.stop_sequences, undefined],
    ['tool_choice', (it: MessagesRequest) => it.tool_choice, undefined],
    ['schemas', (it: MessagesRequest) => it.tools?.[0]?.input_schema, { type: 'object', properties: {} }],
  ] as [string, (it: MessagesRequest) => unknown, unknown][])('%s', (wish, read, wanted) => {
    const made = without(wish);
    expect(read(made.request)).toEqual(wanted);
    expect(made.warnings.map(({ what }) => what)).toEqual([wish]);
  });

  it('the format is asked for in words', () => {
    const made = without('output_format').request;
    expect(made.output_config).toEqual({ effort: 'high' });
    expect(JSON.stringify(made.system)).toContain('\\"title\\"');
  });

  it('says nothing where nothing was left out', () => {
    const plain: MessagesRequest = { model: 'm', messages: [] };
    const made = withoutRefused(
      plain,
      { wishes: new Set(['effort', 'sampling', 'tool_choice', 'output_format']) },
      'm',
    );
    expect(made).toEqual({ request: plain, warnings: [] });
  });
});

const ANSWERS: Record<'openai-compatible' | 'gemini' | 'openai', string> = {
  'openai-compatible': sse(
    [{ choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] }],
    'data: [DONE]\n\n',
  ),
  gemini: sse([{ candidates: [{ content: { parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] }]),
  openai: sse([
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'i' } },
    { type: 'response.output_text.delta', item_id: 'i', delta: 'ok' },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'message', id: 'i' } },
    { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
  ]),
};

/** A host that refuses while `bad` says why. */
async function asking(kind: keyof typeof ANSWERS, bad: (body: any) => object | undefined) {
  host = await startUpstream((response, _request, at) => {
    const error = bad(host!.bodies[at]);
    response.writeHead(error ? 400 : 200, { 'content-type': error ? 'application/json' : 'text/event-stream' });
    response.end(error ? JSON.stringify({ error }) : ANSWERS[kind]);
  });
  const quirks = { effort: 'reasoning_effort' as const, toolIds: 'max40' as const };
  const sender = createTranslatedSend(
    spec(kind, host.url, { quirks, ...(kind === 'openai' && { modelFor: () => 'gpt-5.6-sol' }) }),
  );
  return async (body: Partial<MessagesRequest>) => {
    const before = host!.bodies.length;
    const reply = await sendWith(sender, { body });
    const text = await textOf(reply);
    return { reply, text, sent: host!.bodies.slice(before) as any[] };
  };
}

describe.each([true, false])('a host that refuses, streamed: %s', (stream) => {
  it.each([
    [
      'openai-compatible',
      (body: any) => body.response_format?.type === 'json_schema',
      'response_format of type json_schema is not available',
    ],
    [
      'openai-compatible',
      (body: any) => body.parallel_tool_calls !== undefined,
      "Unsupported parameter: 'parallel_tool_calls'",
    ],
    ['openai-compatible', (body: any) => body.reasoning_effort !== undefined, 'reasoning_effort is not supported'],
    [
      'openai-compatible',
      (body: any) => body.stream_options !== undefined,
      'stream_options: Extra inputs are not permitted',
    ],
    [
      'openai-compatible',
      (body: any) => body.max_tokens !== undefined,
      "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    [
      'openai',
      (body: any) => body.text?.format?.type === 'json_schema',
      "Invalid parameter: 'text.format' json_schema is not supported",
    ],
    ['openai', (body: any) => body.reasoning?.effort !== undefined, 'reasoning.effort is not supported'],
    ['gemini', (body: any) => body.generationConfig?.temperature !== undefined, 'temperature is deprecated'],
  ] as [keyof typeof ANSWERS, (body: any) => boolean, string][])(
    '%s: is asked once more, and then only so (%#)',
    async (kind, has, message) => {
      const ask = await asking(kind, (body) => (has(body) ? { message } : undefined));
      const first = await ask({ ...FULL, stream });
      expect([first.reply.status, first.sent.map(has)]).toEqual([200, [true, false]]);
      expect(first.text).toContain('ok');
      const second = await ask({ ...FULL, stream });
      expect(second.sent.map(has)).toEqual([false]);
    },
  );

  it('to think on in one conversation: asked once more without, and the next one with it', async () => {
    let refusals = 1;
    const ask = await asking('openai-compatible', (body) =>
      body.reasoning_effort && refusals-- > 0 ? { message: '`reasoning_content` must be passed back' } : undefined,
    );
    expect((await ask({ ...FULL, stream })).sent.map((body) => body.reasoning_effort)).toEqual(['high', undefined]);
    expect((await ask({ ...FULL, stream })).sent.map((body) => body.reasoning_effort)).toEqual(['high']);
  });

  it('several things, one after another', async () => {
    const ask = await asking('openai-compatible', (body) =>
      body.response_format
        ? { message: 'response_format' }
        : body.parallel_tool_calls !== undefined
          ? { message: 'parallel_tool_calls' }
          : undefined,
    );
    const { reply, sent } = await ask({ ...FULL, stream });
    expect([reply.status, sent.length]).toEqual([200, 3]);
    expect(reply.warnings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['output_format', 'parallel_tool_calls']),
    );
  });

  it('for ever is not asked for ever, and nothing is learnt of it', async () => {
    const ask = await asking('openai-compatible', () => ({
      message: 'temperature, stop, tool_choice, response_format, effort',
    }));
    const { reply, sent } = await ask({ ...FULL, stream });
    expect([reply.status, sent.length]).toEqual([400, 4]);
    expect((await ask({ ...FULL, stream })).sent[0].response_format).toBeDefined();
  });

  it('more tools than it takes', async () => {
    const ask = await asking('openai-compatible', (body) =>
      body.tools.length > 4
        ? { message: `'tools' has ${body.tools.length} entries, at most 4 are allowed`, param: 'tools' }
        : undefined,
    );
    const tools = ['Read', 'mcp__a__1', 'mcp__a__2', 'Bash', 'mcp__a__3', 'mcp__a__4'].map((name) => tool(name));
    const { reply, sent } = await ask({ tools, stream });
    expect(sent.map((body) => body.tools.map((each: any) => each.function.name))).toEqual([
      tools.map(({ name }) => name),
      ['Read', 'mcp__a__1', 'mcp__a__2', 'Bash'],
    ]);
    expect(reply.warnings).toEqual([
      { what: 'tools', detail: 'model-x takes 4 tools of 6: mcp__a__4, mcp__a__3 left out' },
    ]);
    expect((await ask({ tools, stream })).sent).toHaveLength(1);
  });
});

describe('what a model signed', () => {
  const call = sse([
    { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1' } },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed_1' },
    },
    {
      type: 'response.output_item.added',
      output_index: 1,
      item: { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'Read', arguments: '' },
    },
    {
      type: 'response.output_item.done',
      output_index: 1,
      item: { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'Read', arguments: '{"path":"a"}' },
    },
    { type: 'response.output_item.added', output_index: 2, item: { type: 'reasoning', id: 'rs_2' } },
    {
      type: 'response.output_item.done',
      output_index: 2,
      item: { type: 'reasoning', id: 'rs_2', encrypted_content: 'sealed_2' },
    },
    {
      type: 'response.output_item.added',
      output_index: 3,
      item: { type: 'function_call', id: 'fc_2', call_id: 'c2', name: 'Read', arguments: '' },
    },
    {
      type: 'response.output_item.done',
      output_index: 3,
      item: { type: 'function_call', id: 'fc_2', call_id: 'c2', name: 'Read', arguments: '{"path":"b"}' },
    },
    { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
  ]);

  async function conversation(answers: (body: any, at: number) => { status: number; body: string }) {
    host = await startUpstream((response, _request, at) => {
      const { status, body } = answers(host!.bodies[at], at);
      response
        .writeHead(status, { 'content-type': status === 200 ? 'text/event-stream' : 'application/json' })
        .end(body);
    });
    const modelFor = (name: string) => (name.includes('haiku') ? 'small' : 'large');
    const sender = createTranslatedSend(spec('openai', host.url, { modelFor }));
    const first = JSON.parse(await textOf(await sendWith(sender, { body: { stream: false } })));
    const messages = [
      { role: 'user' as const, content: 'hi' },
      { role: 'assistant' as const, content: first.content },
      {
        role: 'user' as const,
        content: first.content.map(({ id }: any) => ({ type: 'tool_result', tool_use_id: id, content: 'x' })),
      },
    ];
    return async (model: string) => {
      const reply = await sendWith(sender, { body: { model, messages, stream: false } });
      await textOf(reply);
      return { status: reply.status, input: (host!.bodies.at(-1) as any).input as any[] };
    };
  }

  const ok = () => ({ status: 200, body: call });
  const kinds = (input: any[]) =>
    input.map((item) => item.encrypted_content ?? item.arguments ?? item.type ?? item.role);

  it('goes back to it alone, each item directly before its call', async () => {
    const ask = await conversation(ok);
    expect(kinds((await ask('claude-opus-5-5')).input)).toEqual([
      'user',
      'sealed_1',
      '{"path":"a"}',
      'sealed_2',
      '{"path":"b"}',
      'function_call_output',
      'function_call_output',
    ]);
    expect(JSON.stringify((await ask('claude-haiku-5-5')).input)).not.toMatch(/sealed_1|sealed_2|fc_1|rs_1/);
  });

  it('is left out once it is refused, and not sent again', async () => {
    const refused = {
      status: 400,
      body: refuse({ code: 'invalid_encrypted_content', message: 'The encrypted content could not be verified.' }),
    };
    const ask = await conversation((body) => (JSON.stringify(body.input).includes('sealed_1') ? refused : ok()));
    const { status, input } = await ask('claude-opus-5-5');
    expect([status, JSON.stringify(input).includes('sealed_1')]).toEqual([200, false]);
    const before = host!.bodies.length;
    await ask('claude-opus-5-5');
    expect(host!.bodies.length - before).toBe(1);
  });
});
