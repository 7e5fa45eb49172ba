import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { startGemini } from '../../src/demo/gemini.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { startOpenaiResponses } from '../simulators/openai-responses.ts';
import { answer } from '../../src/demo/script.ts';
import { UpstreamError } from '../../src/errors.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { read } from '../helpers/chain.ts';
import { switchParts } from '../../src/words/switch.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, CONFIG, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import { answering, providerOn, WIRES, type WireName } from '../helpers/wires.ts';

/** The hand-off note on its way: on every wire, never to Claude, and never in the way of an answer. */

/**
 * Claude, as far as an answer matters: the simulator would refuse thinking that it has not signed itself.
 * @param script what it says to each request; undefined: that its limit is reached.
 */
async function startClaude(script: (string | undefined)[] = []): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = http.createServer(async (request, response) => {
    bodies.push(await text(request));
    const said = script.shift();
    const limit = claudeLimit(Date.now() + 3_600_000);
    if (said === undefined) return void response.writeHead(limit.status, limit.headers).end(JSON.stringify(limit.body));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(answering('adapted', said));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

const MEMORY = CONFIG.memory;

const THOUGHT = 'The window at line 487 is 3 ms wide.';
const tool = (id: string) => ({ type: 'tool_use', id, name: 'Read', input: { file_path: '/a.ts' } });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'const a = 1;' });
/** Two parallel calls of Claude's with their results: a 429 in the middle of a tool loop. */
const LOOP = [
  { role: 'user', content: [{ type: 'text', text: 'Find the race.' }] },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: THOUGHT, signature: 'c2lnbmF0dXJl' },
      { type: 'text', text: 'I look at two files.' },
      tool('toolu_1'),
      tool('toolu_2'),
    ],
  },
  { role: 'user', content: [result('toolu_1'), result('toolu_2')] },
];
const NEXT = [
  ...LOOP,
  { role: 'assistant', content: [{ type: 'text', text: 'It is in settle.' }] },
  { role: 'user', content: [{ type: 'text', text: 'Fix it.' }] },
];

const HOSTS: Record<
  WireName,
  () => Promise<{ simulator: Awaited<ReturnType<typeof startGemini>>; provider: Provider }>
> = {
  async adapted() {
    const simulator = await startAnthropic({ script: say, dialect: 'compatible', keys: ['sk-ant-of-x'] });
    return { simulator, provider: providerOn('adapted', simulator.url, { key: 'sk-ant-of-x' }) };
  },
  async gemini() {
    const simulator = await startGemini({ script: say, key: 'key-of-x' });
    return { simulator, provider: providerOn('gemini', `${simulator.url}/v1beta`, { model: 'gemini-pro-latest' }) };
  },
  async chat() {
    const simulator = await startOpenaiChat({ script: say, key: 'key-of-x' });
    return { simulator, provider: providerOn('chat', `${simulator.url}/v1`) };
  },
  async responses() {
    const simulator = await startOpenaiResponses({ script: say, key: 'key-of-x' });
    return { simulator, provider: providerOn('responses', `${simulator.url}/v1`) };
  },
};
const say = () => answer('X was here.');

/** The conversation as a wire holds it. */
function turnsOf(json: unknown): string[] {
  const { messages, contents, input } = json as Record<'messages' | 'contents' | 'input', unknown[] | undefined>;
  return (messages ?? contents ?? input ?? []).map((turn) =>
    JSON.stringify(turn, (key, value: unknown) => (key === 'cache_control' ? undefined : value)),
  );
}

test.each(WIRES)('%s: what Claude thought reaches the next model, in each turn at the same place', async (wire) => {
  const claude = await startClaude();
  const { simulator, provider } = await HOSTS[wire]();
  closing(simulator);
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  expect(await read(await ask(proxy.url, { messages: LOOP }))).toMatchObject({ text: 'X was here.' });
  expect(await read(await ask(proxy.url, { messages: NEXT }))).toMatchObject({ text: 'X was here.' });
  const [first, second] = simulator.asked().map(({ json }) => json);
  expect(simulator.rejections).toEqual([]);
  expect(JSON.stringify(first)).toContain(THOUGHT);
  expect(JSON.stringify(first)).not.toContain('c2lnbmF0dXJl');
  expect(JSON.stringify(first)).toContain('in place of the Claude model that is named above');
  expect(turnsOf(second).slice(0, turnsOf(first).length)).toEqual(turnsOf(first));
  expect(JSON.stringify(second).match(/<handoff-note/g)).toHaveLength(1);
  expect(proxy.of('memory-note')).toMatchObject([{ provider: 'x', thoughts: 1, passages: 1, of: 1 }]);
  // What the report and the live page show is what was sent.
  expect(JSON.stringify(first)).toContain(JSON.stringify(proxy.of('memory-note')[0]!.text).slice(1, -1));
  expect(proxy.of('provider-switch')).toMatchObject([{ to: 'x', thoughts: 1 }]);
  expect(proxy.of('fault')).toEqual([]);
});

test.each(WIRES)('%s: where thinking is hidden, the note has facts, and nobody speaks of thoughts', async (wire) => {
  const claude = await startClaude();
  const { simulator, provider } = await HOSTS[wire]();
  closing(simulator);
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  const run = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'npm test' } };
  const failed = { type: 'tool_result', tool_use_id: 'toolu_1', content: '2 failed, 83 passed', is_error: true };
  const messages = [
    LOOP[0],
    { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: 'c2lnbmF0dXJl' }, run] },
    { role: 'user', content: [failed] },
  ];
  await read(await ask(proxy.url, { messages }));
  const [note] = proxy.of('memory-note');
  expect(note).toMatchObject({ thoughts: 0, passages: 0 });
  expect(note!.text).toMatch(/was said and what happened[^]*- tests \(t1\): npm test → 2 failed, 83 passed/);
  const [asked] = simulator.asked();
  expect(JSON.stringify(asked!.json)).toContain(JSON.stringify(note!.text).slice(1, -1));
  const [change] = proxy.of('provider-switch');
  expect(change).not.toHaveProperty('thoughts');
  expect(switchParts(change!, (id) => id, 0).join(' ')).not.toContain('thought');
  expect(simulator.rejections).toEqual([]);
});

describe('Claude', () => {
  const hash = (body: string) => createHash('sha256').update(body).digest('hex');

  it('gets the same bytes with memory on and off, before and after another one answered', async () => {
    const sent: string[][] = [];
    for (const mode of ['session', 'off'] as const) {
      const script = ['I look.', undefined, 'I am back.'];
      const claude = await startClaude(script);
      const memory = { ...MEMORY, mode };
      const config = { memory, attribution: mode === 'session', switchBack: 'immediate' as const };
      const proxy = await startProxy([claudeAt(claude.url), fallback('x', streamed('x answers'))], { config });
      await read(await ask(proxy.url, { messages: LOOP.slice(0, 1) }));
      await read(await ask(proxy.url, { messages: LOOP }));
      proxy.ledger.setCooldowns('claude', []);
      await read(await ask(proxy.url, { messages: NEXT }));
      sent.push(claude.bodies.map(hash));
    }
    expect(sent[0]).toHaveLength(3);
    expect(sent[0]).toEqual(sent[1]);
    expect(sent[0]).toEqual([LOOP.slice(0, 1), LOOP, NEXT].map((messages) => hash(bodyOf(messages))));
  });
});

/** As `ask` sends it. */
function bodyOf(messages: object[]): string {
  const tools = [{ name: 'Read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } }];
  return JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 64, messages, stream: true, tools });
}

/** A fallback that keeps what it was asked. */
function recording(send: Provider['send'] = streamed('x answers'), more: Partial<Provider> = {}) {
  const asked: MessagesRequest[] = [];
  const provider = fallback(
    'x',
    (request) => {
      asked.push(request.parsed());
      return send(request);
    },
    more,
  );
  return { provider, asked };
}

const hasNote = (request: MessagesRequest | undefined) => JSON.stringify(request).includes('<handoff-note');

test('a host that refuses the note is asked once without it, and gets none from then on', async () => {
  const claude = await startClaude();
  const { provider, asked } = recording(async (request) => {
    const reply = await streamed('x answers')(request);
    return hasNote(request.parsed()) ? { ...reply, status: 400 } : reply;
  });
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  expect(await read(await ask(proxy.url, { messages: LOOP }))).toMatchObject({ text: 'x answers' });
  expect(asked.map(hasNote)).toEqual([true, false]);
  expect(proxy.of('fault')).toHaveLength(1);
  expect(proxy.of('provider-switch')[0]).not.toHaveProperty('thoughts');
  await read(await ask(proxy.url, { messages: NEXT }));
  expect(asked.map(hasNote)).toEqual([true, false, false]);
});

test('a small window is filled by the conversation, and the note is left out', async () => {
  const claude = await startClaude();
  const { provider, asked } = recording(undefined, { limitsOf: () => ({ contextWindow: 400, maxOutput: 64 }) });
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  expect(await read(await ask(proxy.url, { messages: LOOP }))).toMatchObject({ text: 'x answers' });
  expect(asked.map(hasNote)).toEqual([false]);
  expect(proxy.of('translation-warn')).toMatchObject([{ warnings: [{ what: 'handoff-note' }] }]);
});

test('a fault in the memory costs no answer', async () => {
  const claude = await startClaude();
  const { provider, asked } = recording();
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  proxy.context.handOff.prepare = () => {
    throw new RangeError('a mistake');
  };
  expect(await read(await ask(proxy.url, { messages: LOOP }))).toMatchObject({ text: 'x answers' });
  expect(asked).toHaveLength(1);
  expect(proxy.of('fault')).toMatchObject([{ message: 'RangeError: a mistake' }]);
});

test('titles and other requests beside the conversation get no note', async () => {
  const claude = await startClaude();
  const { provider, asked } = recording();
  const proxy = await startProxy([claudeAt(claude.url), provider]);
  const headers = { 'x-claude-code-request-class': 'auxiliary' };
  await read(await ask(proxy.url, { messages: LOOP }));
  await read(await askWith(proxy.url, headers, { messages: NEXT }));
  expect(asked.map(hasNote)).toEqual([true, false]);
  expect(asked[1]).not.toHaveProperty('system');
});

function askWith(url: string, headers: Record<string, string>, body: object): Promise<Response> {
  return ask(url, body, {
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'sk-ant-api03-simulated',
      'x-claude-code-session-id': 'session-of-the-test',
      ...headers,
    },
  });
}

test('the words of a note stay out of the journal where no previews are kept', async () => {
  const claude = await startClaude();
  const { provider } = recording();
  const config = { report: { previews: false } };
  const proxy = await startProxy([claudeAt(claude.url), provider], { config });
  await read(await ask(proxy.url, { messages: LOOP }));
  expect(JSON.stringify(proxy.events)).not.toContain('The window at line');
  expect(proxy.of('memory-note')).toHaveLength(1);
});

test('a provider that fails passes the note on to the next one', async () => {
  const claude = await startClaude();
  const failing = fallback('z', async () => {
    throw new UpstreamError({
      wire: 'openai',
      headers: {},
      body: '',
      translated: true,
      cause: 'network',
      code: 'ECONNREFUSED',
    });
  });
  const { provider, asked } = recording();
  const proxy = await startProxy([claudeAt(claude.url), failing, provider]);
  await read(await ask(proxy.url, { messages: LOOP }));
  expect(hasNote(asked[0])).toBe(true);
});

test.each(['session', 'off'] as const)('what others did is told once Claude is back, with memory: %s', async (mode) => {
  let time = Date.now();
  const claude = await startClaude([undefined, 'It is fixed.', 'As I said.']);
  const { provider } = recording();
  const config = { memory: { ...MEMORY, mode } };
  const proxy = await startProxy([claudeAt(claude.url), provider], { config, now: () => time });
  await read(await ask(proxy.url, { messages: LOOP }));
  const edit = { type: 'tool_use', id: 'toolu_x', name: 'Edit', input: { file_path: '/w/settle.ts' } };
  const run = { type: 'tool_use', id: 'toolu_y', name: 'Bash', input: { command: 'npm test' } };
  const failed = { type: 'tool_result', tool_use_id: 'toolu_y', content: '2 failed, 83 passed', is_error: true };
  const after = [
    ...LOOP,
    { role: 'assistant', content: [edit, run] },
    { role: 'user', content: [result('toolu_x'), failed] },
    { role: 'assistant', content: [{ type: 'text', text: 'Two tests fail.' }] },
    { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
  ];
  time += 2 * 3_600_000;
  await read(await ask(proxy.url, { messages: after }));
  await read(await ask(proxy.url, { messages: [...after.slice(0, -1), { role: 'user', content: 'Once more?' }] }));
  expect(proxy.of('review-offer')).toMatchObject([
    { providers: ['x'], turns: 1, files: ['/w/settle.ts'], tests: { failed: true, failing: 2 } },
  ]);
  expect(claude.bodies.at(-1)).not.toContain('Review what');
  const types = proxy.events.map(({ type }) => type);
  expect(types.indexOf('review-offer')).toBeLessThan(types.lastIndexOf('exchange-end'));
});
