/** What hosts of Anthropic's wire do to calls, texts and blocks, streamed and in one piece. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';

type Block = { type: string; [field: string]: unknown };

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

const head = (stop: string | null) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'glm',
  stop_reason: stop,
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 3 },
});

/** The events of an answer; `deltas` of a block come between its start and its stop. */
function eventsOf(blocks: { block: Block; deltas?: object[]; open?: boolean }[], stop: string): object[] {
  return [
    { type: 'message_start', message: { ...head(null), content: [] } },
    ...blocks.flatMap(({ block, deltas = [], open }, index) => [
      { type: 'content_block_start', index, content_block: block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      ...(open ? [] : [{ type: 'content_block_stop', index }]),
    ]),
    { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ];
}

const frames = (events: object[]) =>
  events.map((event) => `event: ${(event as Block).type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

async function ask(body: string, type: string, tools: MessagesRequest['tools'] = []) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': type }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = createUpstream({});
  closers.push(() => (upstream.close(), server.close()));
  const parsed: MessagesRequest = {
    model: 'claude-opus-5-5',
    max_tokens: 4_000,
    messages: [{ role: 'user', content: 'hi' }],
    tools: [...['Read', 'Bash'].map((name) => ({ name, input_schema: { type: 'object' } })), ...tools],
    stream: type === 'text/event-stream',
  };
  const send = createAdaptedSend(
    {
      id: 'x',
      label: 'X',
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      refusals: createRefusals(),
      auth: 'none',
      key: async () => undefined,
      headers: {},
      tokens: createTokenCounter(),
      modelFor: () => 'glm',
      limitsOf: () => ({ contextWindow: 100_000, maxOutput: 4_000 }),
    },
    upstream,
  );
  const reply = await send({
    method: 'POST',
    path: '/v1/messages',
    rawHeaders: ['Host', 'x'],
    body: [],
    parsed: () => parsed,
    signal: new AbortController().signal,
  });
  let text = '';
  for await (const chunk of reply.body) text += Buffer.from(chunk).toString();
  return { text, warnings: reply.warnings };
}

function readStream(text: string): { content: Block[]; stop: unknown; error: unknown } {
  const content: Block[] = [];
  let stop: unknown;
  let error: unknown;
  for (const frame of text.split('\n\n').filter(Boolean)) {
    const event = JSON.parse(frame.split('\ndata: ')[1]!);
    if (event.type === 'content_block_start') content[event.index] = { ...event.content_block, json: '' };
    const open = content[event.index];
    if (event.delta?.text) open!['text'] = String(open!['text']) + event.delta.text;
    if (event.delta?.partial_json) open!['json'] += event.delta.partial_json;
    if (event.type === 'message_delta') stop = event.delta.stop_reason;
    if (event.type === 'error') error = event.error;
  }
  return { content, stop, error };
}

const told = (content: Block[]) =>
  content.map((block) => {
    if (block.type === 'text') return block['text'];
    return block.type === 'tool_use'
      ? `${String(block['name'])} ${String(block['json'] || JSON.stringify(block['input']))}`
      : block.type;
  });

const use = (input: unknown, change: object = {}): Block => ({
  type: 'tool_use',
  id: 'c1',
  name: 'Bash',
  input,
  ...change,
});
const json = (partial_json: string) => ({ type: 'input_json_delta', partial_json });
const text = (value: string): Block => ({ type: 'text', text: value });
const say = (value: string) => ({ type: 'text_delta', text: value });
const LS = { command: 'ls' };

type Row = [string, { block: Block; deltas?: object[]; open?: boolean }[], string, unknown[], string?];
const rows: Row[] = [
  ['input in the first event', [{ block: use(LS) }], 'tool_use', ['Bash {"command":"ls"}']],
  ['input in the first event as JSON', [{ block: use('{"command":"ls"}') }], 'tool_use', ['Bash {"command":"ls"}']],
  [
    'input in the first event and {} as its delta',
    [{ block: use(LS), deltas: [json('{}')] }],
    'tool_use',
    ['Bash {"command":"ls"}'],
  ],
  ['input in both', [{ block: use(LS), deltas: [json('{"command":"ls"}')] }], 'tool_use', ['Bash {"command":"ls"}']],
  [
    '{} in front of the deltas',
    [{ block: use({}), deltas: [json('{}'), json('{"command":'), json('"ls"}')] }],
    'tool_use',
    ['Bash {"command":"ls"}'],
  ],
  [
    'encoded twice',
    [{ block: use({}), deltas: [json(JSON.stringify('{"command":"ls"}'))] }],
    'tool_use',
    ['Bash {"command":"ls"}'],
  ],
  [
    'no stop of its own',
    [{ block: use({}), deltas: [json('{"command":"ls"}')], open: true }],
    'tool_use',
    ['Bash {"command":"ls"}'],
  ],
  ['no input', [{ block: use({}) }], 'tool_use', ['Bash {}']],
  ['said again under its id', [{ block: use(LS) }, { block: use(LS) }], 'tool_use', ['Bash {"command":"ls"}']],
  [
    'another one under its id',
    [{ block: use(LS) }, { block: use({ command: 'pwd' }) }],
    'tool_use',
    ['Bash {"command":"ls"}', 'Bash {"command":"pwd"}'],
  ],
  ['a namespace', [{ block: use(LS, { name: 'functions.Bash' }) }], 'tool_use', ['Bash {"command":"ls"}']],
  ['another namespace', [{ block: use(LS, { name: 'default_api:Bash' }) }], 'tool_use', ['Bash {"command":"ls"}']],
  [
    'a name that nobody declared',
    [{ block: use(LS, { name: 'run shell' }) }],
    'tool_use',
    ['run_shell {"command":"ls"}'],
  ],
  ['the wrong reason', [{ block: use(LS) }], 'end_turn', ['Bash {"command":"ls"}'], 'tool_use'],
  ['text in the first event', [{ block: text('Hello') }], 'end_turn', ['Hello']],
  ['text in the first event and in deltas', [{ block: text('Hel'), deltas: [say('lo')] }], 'end_turn', ['Hello']],
  [
    'a text of white space',
    [{ block: text(''), deltas: [say('\n')] }, { block: use(LS) }],
    'tool_use',
    ['Bash {"command":"ls"}'],
  ],
  [
    'reasoning in the text',
    [{ block: text(''), deltas: [say('<think>hm</th'), say('ink>\n\nYes.')] }],
    'end_turn',
    ['Yes.'],
  ],
  ['a half character', [{ block: text(''), deltas: [say('cut \ud83d here')] }], 'end_turn', ['cut \uFFFD here']],
  ['a character in two halves', [{ block: text(''), deltas: [say('a\ud83d'), say('\ude00b')] }], 'end_turn', ['a😀b']],
  ['a half character in a call', [{ block: use({ command: '\ud83d' }) }], 'tool_use', ['Bash {"command":"\uFFFD"}']],
  [
    "the host's own tool",
    [
      { block: text(''), deltas: [say('Looking.')] },
      { block: { type: 'server_tool_use', id: 'call_17', name: 'analyze_image', input: {} } },
      { block: { type: 'tool_result', tool_use_id: 'call_17', content: [text('a cat')] } },
      { block: { type: 'web_search_tool_result', tool_use_id: 'call_18', content: [] } },
      { block: { type: 'hologram', shape: 'cube' } },
      { block: text(''), deltas: [say('A cat.')] },
    ],
    'end_turn',
    ['Looking.', 'A cat.'],
  ],
];

describe('an answer of a adapted host', () => {
  it.each(rows)('%s', async (_name, blocks, stop, wanted, reason) => {
    const { text: stream } = await ask(frames(eventsOf(blocks, stop)), 'text/event-stream');
    const streamed = readStream(stream);
    expect(told(streamed.content)).toEqual(wanted);
    expect([streamed.stop, streamed.error]).toEqual([reason ?? stop, undefined]);
    expect(stream).not.toMatch(/\\ud[89a-f]/i);
    // In one piece: what the deltas would have said stands in the block.
    const content = blocks.map(({ block, deltas = [] }) => {
      const pieces = deltas as { text?: string; partial_json?: string }[];
      const parts = pieces.map((delta) => delta.partial_json ?? delta.text ?? '').join('');
      if (block.type === 'text') return { ...block, text: String(block['text']) + parts };
      return parts && parts !== '{}' && block.type === 'tool_use' ? { ...block, input: parts } : block;
    });
    const { text: body } = await ask(JSON.stringify({ ...head(stop), content }), 'application/json');
    const whole = JSON.parse(body);
    expect(told(whole.content)).toEqual(wanted);
    expect(whole.stop_reason).toBe(reason ?? stop);
  });

  it('says what was left out', async () => {
    const own = { type: 'server_tool_use', id: 'call_17', name: 'analyze_image', input: {} };
    const { warnings } = await ask(
      frames(eventsOf([{ block: own }, { block: text('So.') }], 'end_turn')),
      'text/event-stream',
    );
    expect(warnings).toEqual([
      { what: 'block', detail: 'glm sent a server_tool_use block that Claude Code has no use for: it was left out' },
    ]);
  });

  it('keeps the blocks of a server tool that the client asked for, with ids that Claude takes', async () => {
    const call: Block = {
      type: 'server_tool_use',
      id: 'call_1',
      name: 'web_fetch',
      input: { url: 'https://a.example' },
    };
    const fetched: Block = { type: 'web_fetch_tool_result', tool_use_id: 'call_1', content: {} };
    const server = [{ type: 'web_fetch_20250910', name: 'web_fetch' }];
    const { text: body } = await ask(
      JSON.stringify({ ...head('end_turn'), content: [call, fetched, text('Found.')] }),
      'application/json',
      server,
    );
    const { content } = JSON.parse(body);
    expect(content.map((block: Block) => block.type)).toEqual(['server_tool_use', 'web_fetch_tool_result', 'text']);
    expect(content[0].id).toMatch(/^srvtoolu_[a-zA-Z0-9_]+$/);
    expect(content[1].tool_use_id).toBe(content[0].id);
  });

  it('tells the results of a search as text, which only their host can read, and keeps an error', async () => {
    const call = (id: string, query: string): Block => ({
      type: 'server_tool_use',
      id,
      name: 'web_search',
      input: { query },
    });
    const result = (id: string, content: unknown): Block => ({
      type: 'web_search_tool_result',
      tool_use_id: id,
      content,
    });
    const page = { type: 'web_search_result', title: 'A', url: 'https://a.example/(x)', encrypted_content: 'sealed' };
    const error = { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' };
    const content = [call('s1', 'one'), result('s1', [page]), call('s2', 'two'), result('s2', error), text('Found.')];
    const server = [{ type: 'web_search_20250305', name: 'web_search' }];
    const { text: body } = await ask(JSON.stringify({ ...head('end_turn'), content }), 'application/json', server);
    expect(JSON.parse(body).content).toEqual([
      { type: 'server_tool_use', id: expect.stringMatching(/^srvtoolu_/), name: 'web_search', input: { query: 'two' } },
      { type: 'web_search_tool_result', tool_use_id: expect.stringMatching(/^srvtoolu_/), content: error },
      text('Found.'),
      text('Sources (web search by glm for “one”):\n- [A](https://a.example/%28x%29)'),
    ]);
  });

  it('fails over before content, and is an error after it, where the only call is no JSON', async () => {
    const cut = { block: use({}), deltas: [json('{"command":"rm -rf /tm')] };
    await expect(ask(frames(eventsOf([cut], 'tool_use')), 'text/event-stream')).rejects.toThrow('upstream stream');
    const late = await ask(frames(eventsOf([{ block: text('So: ') }, cut], 'tool_use')), 'text/event-stream');
    expect(readStream(late.text)).toMatchObject({ stop: undefined, error: { type: 'api_error' } });
    const capped = await ask(frames(eventsOf([cut], 'max_tokens')), 'text/event-stream');
    expect(told(readStream(capped.text).content)).toEqual([
      '(The output limit was reached in the middle of a tool call.)',
    ]);
    const second = await ask(frames(eventsOf([{ block: use(LS) }, cut], 'tool_use')), 'text/event-stream');
    expect(told(readStream(second.text).content)[1]).toContain('One more call, of Bash, was lost');
  });
});
