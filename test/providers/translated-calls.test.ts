/** What chat hosts do to calls and texts, in the documented shape or as public reports show it. */
import { afterEach, describe, expect, it } from 'vitest';
import { answerOf, send, spec, sse, startUpstream, streamOf, textOf, type Upstream } from './translated-upstream.ts';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';

let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  upstream = undefined;
});

const DONE = 'data: [DONE]\n\n';
const chunk = (choice: object, rest: object = {}) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, ...choice }],
  ...rest,
});
const delta = (fields: object) => chunk({ delta: fields, finish_reason: null });
const call = (fields: { index?: number; id?: string; name?: string; args?: string | object }) => {
  const { index, id, name, args } = fields;
  const called = { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) };
  return delta({
    tool_calls: [
      { ...(index !== undefined && { index }), ...(id !== undefined && { id }), type: 'function', function: called },
    ],
  });
};
const finish = (reason = 'tool_calls') => chunk({ delta: {}, finish_reason: reason });
const whole = (message: object, reason = 'stop') => chunk({ message, finish_reason: reason });

async function stream(kind: TranslatedKind, chunks: unknown[], end = DONE) {
  upstream = await startUpstream(streamOf(sse(chunks, end)));
  const reply = await send(spec(kind, upstream.url));
  const text = await textOf(reply);
  const whole = await answerOf(spec(kind, upstream.url));
  return { text, whole, warnings: reply.warnings };
}

const said = (content: { type: string; text?: string; name?: string; input?: unknown }[]) =>
  content.map((block) => (block.type === 'text' ? block.text : `${block.name} ${JSON.stringify(block.input)}`));

describe('a call is run once, with its own arguments', () => {
  const one = { index: 0, id: 'c1', name: 'Read', args: '{"path":"a"}' };
  const rows: [string, object[], string[]][] = [
    ['said again whole, same place', [call(one), call(one)], ['Read {"path":"a"}']],
    ['said again whole, next place', [call(one), call({ ...one, index: 1 })], ['Read {"path":"a"}']],
    ['said again without a place', [call(one), call({ ...one, index: undefined as never })], ['Read {"path":"a"}']],
    [
      'said again in pieces',
      [
        call({ ...one, args: '' }),
        call({ index: 0, args: '{"path":' }),
        call({ index: 0, args: '"a"}' }),
        call({ ...one, index: 1, args: '' }),
        call({ index: 1, args: '{"path":' }),
        call({ index: 1, args: '"a"}' }),
      ],
      ['Read {"path":"a"}'],
    ],
    [
      'said again with its keys in another order',
      [call({ ...one, args: '{"a":1,"b":2}' }), call({ ...one, index: 1, args: '{"b":2,"a":1}' })],
      ['Read {"a":1,"b":2}'],
    ],
    ['said again as an object', [call(one), call({ ...one, index: 1, args: { path: 'a' } })], ['Read {"path":"a"}']],
    [
      'said again in a whole message',
      [
        call(one),
        whole({ tool_calls: [{ id: 'c1', type: 'function', function: { name: 'Read', arguments: '{"path":"a"}' } }] }),
      ],
      ['Read {"path":"a"}'],
    ],
    ['without arguments, said again', [call({ ...one, args: '{}' }), call({ ...one, args: '{}' })], ['Read {}']],
    [
      'two different ones under one id',
      [call(one), call({ ...one, index: 1, args: '{"path":"b"}' })],
      ['Read {"path":"a"}', 'Read {"path":"b"}'],
    ],
    [
      'two different ones under one id and in one place',
      [call(one), call({ ...one, args: '{"path":"b"}' })],
      ['Read {"path":"a"}', 'Read {"path":"b"}'],
    ],
    [
      'two different tools under one id',
      [call(one), call({ ...one, index: 1, name: 'Bash' })],
      ['Read {"path":"a"}', 'Bash {"path":"a"}'],
    ],
    [
      'two of the same without ids',
      [call({ index: 0, name: 'Read', args: '{"path":"a"}' }), call({ index: 1, name: 'Read', args: '{"path":"a"}' })],
      ['Read {"path":"a"}', 'Read {"path":"a"}'],
    ],
    [
      'id and name said with every piece',
      [
        call({ ...one, args: '' }),
        call({ ...one, args: '{"path"' }),
        call({ ...one, args: ':"a"}' }),
        call({ ...one, args: '' }),
      ],
      ['Read {"path":"a"}'],
    ],
    [
      '{} in front, then the pieces',
      [call({ ...one, args: '{}' }), call({ index: 0, args: '{"path":' }), call({ index: 0, args: '"a"}' })],
      ['Read {"path":"a"}'],
    ],
    ['{} in front, then all of it, named again', [call({ ...one, args: '{}' }), call(one)], ['Read {"path":"a"}']],
    [
      'an empty object in front',
      [call({ ...one, args: {} }), call({ index: 0, args: '{"path":"a"}' })],
      ['Read {"path":"a"}'],
    ],
    ['{} and the arguments in one', [call({ ...one, args: '{}{"path":"a"}' })], ['Read {"path":"a"}']],
    ['{} behind', [call(one), call({ index: 0, args: '{}' })], ['Read {"path":"a"}']],
    ['only {}', [call({ ...one, args: '{}' })], ['Read {}']],
    ['no arguments at all', [call({ ...one, args: '' })], ['Read {}']],
    ['encoded twice', [call({ ...one, args: JSON.stringify('{"path":"a"}') })], ['Read {"path":"a"}']],
    [
      'encoded three times',
      [call({ ...one, args: JSON.stringify(JSON.stringify('{"path":"a"}')) })],
      ['Read {"path":"a"}'],
    ],
    ['the namespace in front', [call({ ...one, name: 'functions.Read' })], ['Read {"path":"a"}']],
    ['the namespace and a count', [call({ ...one, name: 'functions.Read:0' })], ['Read {"path":"a"}']],
  ];
  it.each(rows)('%s', async (_name, chunks, calls) => {
    const { whole, text } = await stream('openai-compatible', [...chunks, finish()]);
    expect(said(whole.content)).toEqual(calls);
    expect(text.match(/"type":"tool_use"/g) ?? []).toHaveLength(calls.length);
  });

  it('two different inputs in one call are neither', async () => {
    upstream = await startUpstream(streamOf(sse([call({ ...one, args: '{"path":"a"}{"path":"b"}' }), finish()], DONE)));
    await expect(send(spec('openai-compatible', upstream.url), { body: { stream: false } })).rejects.toThrow();
  });

  it('Responses: a function call that is said again', async () => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'Read', arguments: '{"path":"a"}' };
    const done = (output_index: number, change: object = {}) => [
      { type: 'response.output_item.added', output_index, item: { ...item, ...change, arguments: '' } },
      { type: 'response.output_item.done', output_index, item: { ...item, ...change, status: 'completed' } },
    ];
    const { whole } = await stream(
      'openai',
      [
        ...done(0),
        ...done(1, { id: 'fc_2' }),
        ...done(2, { id: 'fc_3', arguments: '{"path":"b"}' }),
        { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
      ],
      '',
    );
    expect(said(whole.content)).toEqual(['Read {"path":"a"}', 'Read {"path":"b"}']);
  });

  it('Gemini: a call that is said again under its id, and one that is not', async () => {
    const part = (id: string | undefined, path: string) => ({
      functionCall: { ...(id && { id }), name: 'default_api:Read', args: { path } },
    });
    const gemini = (parts: object[], finishReason?: string) => ({ candidates: [{ content: { parts }, finishReason }] });
    const { whole } = await stream(
      'gemini',
      [gemini([part('g1', 'a')]), gemini([part('g1', 'a'), part('g1', 'b'), part(undefined, 'a')], 'STOP')],
      '',
    );
    expect(said(whole.content)).toEqual(['Read {"path":"a"}', 'Read {"path":"b"}', 'Read {"path":"a"}']);
  });
});

describe('a text is told once', () => {
  const hello = [delta({ role: 'assistant', content: 'Hello ' }), delta({ content: 'world' })];
  const rows: [string, object[], string][] = [
    [
      'the whole message in place of the last delta',
      [...hello, whole({ role: 'assistant', content: 'Hello world' })],
      'Hello world',
    ],
    [
      'beside an empty delta',
      [...hello, chunk({ delta: { role: 'assistant' }, message: { content: 'Hello world' }, finish_reason: 'stop' })],
      'Hello world',
    ],
    ['as parts', [...hello, whole({ content: [{ type: 'text', text: 'Hello world' }] })], 'Hello world'],
    ['with a rest that was not streamed', [...hello, whole({ content: 'Hello world!' })], 'Hello world!'],
    ['only the whole message', [whole({ role: 'assistant', content: 'Hello world' })], 'Hello world'],
    [
      'reasoning in it',
      [delta({ reasoning: 'hm' }), ...hello, whole({ content: 'Hello world', reasoning: 'hm' })],
      'Hello world',
    ],
  ];
  it.each(rows)('%s', async (_name, chunks, text) => {
    const { whole } = await stream('openai-compatible', chunks);
    expect(said(whole.content)).toEqual([text]);
  });
});

describe('reasoning inside the text', () => {
  it('is left out, and given back with the call', async () => {
    const chunks = [
      delta({ role: 'assistant', content: '<thi' }),
      delta({ content: 'nk>first the file</think>\n\nLet me look.' }),
      call({ index: 0, id: 'c1', name: 'Read', args: '{"path":"a"}' }),
      finish(),
    ];
    upstream = await startUpstream(streamOf(sse(chunks, DONE)));
    const made = spec('openai-compatible', upstream.url, { quirks: { reasoningBack: 'reasoning_content' } });
    const { content } = await answerOf(made);
    expect(said(content)).toEqual(['Let me look.', 'Read {"path":"a"}']);
    const result = { type: 'tool_result', tool_use_id: content[1]!.id!, content: 'x' };
    await answerOf(made, {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content },
        { role: 'user', content: [result] },
      ],
    });
    expect((upstream.bodies[1] as any).messages[1].reasoning_content).toBe('first the file');
  });

  it('a call written as text is warned of', async () => {
    const { warnings } = await stream('openai-compatible', [
      delta({ content: 'So:\n<tool_call>{"name":"Read"}</tool_call>' }),
      finish('stop'),
    ]);
    expect(warnings).toEqual([{ what: 'tool_call', detail: 'model-x wrote a tool call as text, and it was not run' }]);
  });
});

describe('half characters', () => {
  const half = '\ud83d';
  const rows: [string, TranslatedKind, object[]][] = [
    ['chat text', 'openai-compatible', [delta({ content: `cut ${half} here` }), finish('stop')]],
    [
      'chat call',
      'openai-compatible',
      [call({ index: 0, id: 'c', name: 'Read', args: JSON.stringify({ path: half }) }), finish()],
    ],
    [
      'Gemini text',
      'gemini',
      [{ candidates: [{ content: { parts: [{ text: `cut ${half}` }] }, finishReason: 'STOP' }] }],
    ],
    [
      'Gemini call',
      'gemini',
      [
        {
          candidates: [
            { content: { parts: [{ functionCall: { name: 'Read', args: { [half]: half } } }] }, finishReason: 'STOP' },
          ],
        },
      ],
    ],
  ];
  it.each(rows)('%s: none reaches the transcript', async (_name, kind, chunks) => {
    const { text, whole } = await stream(kind, chunks, kind === 'gemini' ? '' : DONE);
    expect(text).toContain('\uFFFD');
    expect(JSON.stringify([text, whole])).not.toMatch(/\\ud83d/i);
  });

  it('a character cut apart between two deltas is whole', async () => {
    const { text } = await stream('openai-compatible', [
      delta({ content: 'a\ud83d' }),
      delta({ content: '\ude00b' }),
      finish('stop'),
    ]);
    expect(text.replaceAll(/[^]*?"text_delta","text":"([^"]*)"[^"]*/g, '$1')).toContain('😀');
  });

  it.each(['openai-compatible', 'gemini', 'openai'] as const)('%s: none is sent', async (kind) => {
    upstream = await startUpstream((response) => void response.writeHead(500).end('{}'));
    await send(spec(kind, upstream.url), { body: { messages: [{ role: 'user', content: `cut ${half} here` }] } });
    const sent = JSON.stringify(upstream.bodies[0]);
    expect(sent).toContain('cut \uFFFD here');
    expect(sent).not.toMatch(/\\ud83d/i);
  });
});

describe('fields that nobody reads', () => {
  const odd = (rest: object) => [
    chunk({ delta: { content: 'ok' }, finish_reason: null }, rest),
    chunk({ delta: {}, finish_reason: 'stop' }, rest),
  ];
  const responses = (rest: object, end: object = {}) => [
    { type: 'response.created', response: { id: 7, created_at: 'now', model: null } },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'msg_1', phase: 'musing' } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: 'ok', ...rest },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'message', id: 'msg_1', content: 7 } },
    {
      type: 'response.completed',
      response: { id: 7, usage: { input_tokens: 12, output_tokens: 3 }, service_tier: 7, ...end },
    },
  ];
  const gemini = (rest: object, candidate: object = {}) => [
    {
      candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP', ...candidate }],
      ...rest,
    },
  ];
  const rows: [string, TranslatedKind, object[]][] = [
    ...[
      { created: '1730000000' },
      { id: 7 },
      { model: { name: 'm' } },
      { usage: { prompt_tokens: '12', completion_tokens: '3', total_tokens: '15' } },
      {
        usage: { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: [], cost_details: { upstream: null } },
      },
      { system_fingerprint: 1, service_tier: {}, object: 5 },
    ].map((rest): [string, TranslatedKind, object[]] => [
      `chat ${JSON.stringify(rest)}`,
      'openai-compatible',
      odd(rest),
    ]),
    [
      'chat choice',
      'openai-compatible',
      [
        chunk({
          index: '0',
          delta: { content: 'ok', role: 7, annotations: 1, refusal: {}, reasoning: {} },
          logprobs: 'x',
          finish_reason: 0,
        }),
        finish('stop'),
      ],
    ],
    ...[
      { responseId: 5 },
      { modelVersion: {}, createTime: 3 },
      {
        usageMetadata: {
          promptTokenCount: '12',
          candidatesTokenCount: 3,
          promptTokensDetails: [{ tokenCount: 'x' }],
          trafficType: 4,
        },
      },
      { promptFeedback: { safetyRatings: [{ category: 1 }] } },
    ].map((rest): [string, TranslatedKind, object[]] => [`Gemini ${JSON.stringify(rest)}`, 'gemini', gemini(rest)]),
    ...[
      { groundingMetadata: { groundingChunks: [{ web: { uri: null } }, {}] } },
      { safetyRatings: 'none', citationMetadata: 1, avgLogprobs: 'x', index: '0' },
      { urlContextMetadata: { urlMetadata: [{}] } },
    ].map((candidate): [string, TranslatedKind, object[]] => [
      `Gemini ${JSON.stringify(candidate)}`,
      'gemini',
      gemini({}, candidate),
    ]),
    ['Responses logprobs', 'openai', responses({ logprobs: [{ token: 1 }], sequence_number: 'x' })],
    [
      'Responses usage',
      'openai',
      responses({}, { usage: { input_tokens: '12', output_tokens: 3, input_tokens_details: 7 } }),
    ],
    ['Responses details', 'openai', responses({}, { reasoning: 'x', incomplete_details: 5 })],
  ];
  it.each(rows)('%s', async (_name, kind, chunks) => {
    const { whole, text } = await stream(kind, chunks, kind === 'openai-compatible' ? DONE : '');
    expect(whole.content).toEqual([{ type: 'text', text: 'ok' }]);
    expect(text).not.toContain('event: error');
  });
});
