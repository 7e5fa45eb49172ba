import Anthropic from '@anthropic-ai/sdk';
import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageEvent } from '../../src/codec/anthropic.ts';
import { createMemory, type Memory } from '../../src/codec/carry.ts';
import { eachOf, toWholeMessage } from '../../src/codec/response.ts';
import { encodeEvents } from '../../src/codec/translate/sse.ts';
import { toMessageEvents, type StreamContext } from '../../src/codec/translate/stream.ts';
import { mintId } from '../../src/codec/tool-ids.ts';
import { createToolNames } from '../../src/codec/tool-names.ts';
import { UpstreamError } from '../../src/errors.ts';

type Part = LanguageModelV4StreamPart;

const USAGE: LanguageModelV4Usage = {
  inputTokens: { total: 100, noCache: 60, cacheRead: 40, cacheWrite: undefined },
  outputTokens: { total: 7, text: 7, reasoning: 0 },
};

const finish = (unified: string, raw = unified): Part =>
  ({ type: 'finish', usage: USAGE, finishReason: { unified, raw } }) as Part;
const text = (...deltas: string[]): Part[] => [
  { type: 'text-start', id: 't' },
  ...deltas.map((delta): Part => ({ type: 'text-delta', id: 't', delta })),
  { type: 'text-end', id: 't' },
];
const call = (id: string, input: string, toolName = 'Read'): Part[] => [
  { type: 'tool-input-start', id, toolName },
  { type: 'tool-input-delta', id, delta: input },
  { type: 'tool-input-end', id },
  { type: 'tool-call', toolCallId: id, toolName, input },
];
const reasoning = (delta: string): Part[] => [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta },
  { type: 'reasoning-end', id: 'r' },
];

async function* from(parts: Part[]): AsyncGenerator<Part> {
  yield* parts;
}

function context(change: Partial<StreamContext> = {}): StreamContext {
  let time = 0;
  return {
    provider: 'other',
    label: 'Other',
    wire: 'openai',
    model: 'model-x',
    names: createToolNames(),
    memory: createMemory(),
    warn: () => {},
    mint: mintId,
    asksForCheck: false,
    now: () => (time += 1_000),
    maxTokens: 32_000,
    estimatedInput: 90,
    whole: false,
    aborted: () => false,
    ...change,
  };
}

async function events(parts: Part[], change?: Partial<StreamContext>): Promise<MessageEvent[]> {
  return collect(eachOf(toMessageEvents(from(parts), context(change))));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function failure(parts: Part[], change?: Partial<StreamContext>) {
  const error = await events(parts, change).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return (error as UpstreamError).failure;
}

/** What the official SDK makes of our bytes, cut into pieces of `size`. */
async function accumulate(list: MessageEvent[], size = 1_000): Promise<Anthropic.Message> {
  const bytes = Buffer.from(encodeEvents(list));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      controller.close();
    },
  });
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.messages.stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] });
  return stream.finalMessage();
}

/** Anthropic's grammar: one open block at a time, numbered from 0, deltas only inside, everything closed. */
function faults(list: MessageEvent[]): string[] {
  const found: string[] = [];
  const spoken = list.filter((event) => event.type !== 'ping');
  if (spoken[0]?.type !== 'message_start') found.push('no start');
  if (spoken.at(-1)?.type !== 'message_stop' || spoken.at(-2)?.type !== 'message_delta') found.push('no end');
  let open: number | undefined;
  let next = 0;
  for (const event of spoken) {
    if (event.type === 'content_block_start') {
      if (open !== undefined || event.index !== next) found.push(`block ${event.index} starts`);
      open = next++;
      const block = event.content_block;
      if (block.type === 'tool_use' && !/^toolu_[A-Za-z0-9_-]{1,58}$/.test(block.id)) found.push(block.id);
    } else if (event.type === 'content_block_delta') {
      if (event.index !== open) found.push(`delta in ${event.index}`);
      if (event.delta.type === 'text_delta' && event.delta.text === '') found.push('empty delta');
    } else if (event.type === 'content_block_stop') {
      if (event.index !== open) found.push(`block ${event.index} stops`);
      open = undefined;
    }
  }
  if (open !== undefined) found.push('open at the end');
  return found;
}

describe('any answer becomes a valid sequence of events', () => {
  /** One call whose arguments arrive in pieces. */
  const pieces = fc
    .record({ input: fc.dictionary(fc.string(), fc.jsonValue()), cuts: fc.array(fc.nat(200), { maxLength: 4 }) })
    .map(({ input, cuts }) => ({ json: JSON.stringify(input), cuts, input }));
  const item = fc.oneof(
    fc.array(fc.string(), { maxLength: 4 }).map((deltas) => ({ kind: 'text' as const, deltas })),
    fc.string().map((delta) => ({ kind: 'reasoning' as const, delta })),
    pieces.map((value) => ({ kind: 'call' as const, ...value })),
  );

  /** Parts of the items; the calls' deltas are dealt out in turn, and their ends come last, as chat hosts do it. */
  function toParts(items: (typeof item extends fc.Arbitrary<infer T> ? T : never)[], endsLast: boolean): Part[] {
    const parts: Part[] = [{ type: 'stream-start', warnings: [] }];
    const late: Part[] = [];
    const deltas: Part[][] = [];
    items.forEach((value, at) => {
      const id = `call_${at % 2}_${at}`;
      if (value.kind === 'text') parts.push(...text(...value.deltas));
      else if (value.kind === 'reasoning') parts.push(...reasoning(value.delta));
      else {
        const marks = [...new Set(value.cuts.map((cut) => Math.min(cut, value.json.length)))].toSorted((a, b) => a - b);
        const chunks = [0, ...marks].map((start, n) => value.json.slice(start, [...marks, value.json.length][n]));
        const [, ...rest] = call(id, '');
        const own = chunks.map((delta): Part => ({ type: 'tool-input-delta', id, delta }));
        const end: Part[] = [rest[1]!, { type: 'tool-call', toolCallId: id, toolName: 'Read', input: value.json }];
        parts.push({ type: 'tool-input-start', id, toolName: 'Read' });
        if (endsLast) {
          deltas.push(own);
          late.push(...end);
        } else parts.push(...own, ...end);
      }
    });
    for (let n = 0; deltas.some((own) => n < own.length); n++)
      for (const own of deltas) if (own[n]) parts.push(own[n]!);
    return [...parts, ...late, finish('stop')];
  }

  it('also to the official accumulator, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 400 }),
        async (items, endsLast, size) => {
          const wanted = items.flatMap((value) => (value.kind === 'call' ? [value.input] : []));
          const words = items
            .map((value) => (value.kind === 'text' ? value.deltas.join('') : ''))
            .filter((value) => value.trim() !== '')
            .join('');
          fc.pre(wanted.length > 0 || words !== '');
          const list = await events(toParts(items, endsLast));
          expect(faults(list)).toEqual([]);
          const message = await accumulate(list, size);
          const calls = message.content.filter((block) => block.type === 'tool_use');
          expect(calls.map((block) => block.input)).toEqual(JSON.parse(JSON.stringify(wanted)));
          expect(new Set(calls.map((block) => block.id)).size).toBe(calls.length);
          expect(message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')).toBe(words);
          expect(message.stop_reason).toBe(wanted.length > 0 ? 'tool_use' : 'end_turn');
          expect(message.usage).toMatchObject({ input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 7 });
          const answer = toMessageEvents(from(toParts(items, endsLast)), context({ whole: true }));
          const whole = await toWholeMessage(eachOf(answer));
          const bare = (content: { type: string }[]) => content.map((block) => ({ ...block, id: '' }));
          expect(bare(whole.content)).toEqual(
            bare(message.content.map((block) => ('citations' in block ? { type: 'text', text: block.text } : block))),
          );
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
  });

  it('without a text of white space, which stays out of the next one too', async () => {
    for (const blank of [' ', '\n\n', '<th']) {
      const list = await events([
        ...text(blank),
        { type: 'tool-input-start', id: 'a', toolName: 'A' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'A', input: '{}' },
        ...text('then'),
        finish('tool-calls'),
      ]);
      const { content } = await accumulate(list);
      const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
      expect(texts).toEqual(blank.trim() === '' ? ['then'] : [blank, 'then']);
    }
  });

  it('in the order in which the blocks began', async () => {
    const list = await events([
      ...text('first'),
      { type: 'tool-input-start', id: 'a', toolName: 'A' },
      { type: 'tool-input-start', id: 'b', toolName: 'B' },
      { type: 'tool-call', toolCallId: 'b', toolName: 'B', input: '{}' },
      ...text('last'),
      { type: 'tool-call', toolCallId: 'a', toolName: 'A', input: '{}' },
      finish('tool-calls'),
    ]);
    const message = await accumulate(list);
    expect(message.content.map((block) => (block.type === 'tool_use' ? block.name : block.type))).toEqual([
      'text',
      'A',
      'B',
      'text',
    ]);
  });
});

describe('calls', () => {
  it.each([
    ['', {}],
    ['null', {}],
    ['```json\n{"a":1}\n```', { a: 1 }],
    ['{"a":1,}', { a: 1 }],
    ['{"a":"line\nbreak"}', { a: 'line\nbreak' }],
    ['{"a":{"b":[1,2]', { a: { b: [1, 2] } }],
    ['{"a":1}}', { a: 1 }],
    ['"{\\"a\\":1}"', { a: 1 }],
  ])('arguments %j are read as %j', async (input, expected) => {
    const message = await accumulate(await events([...call('c', input), finish('stop')]));
    expect(message.content).toMatchObject([{ type: 'tool_use', input: expected }]);
  });

  it.each(['{"a":"half a fi', '{"a":', '[1]', '7', 'not json'])('arguments %j are no answer', async (input) => {
    expect(await failure([...call('c', input), finish('stop')])).toMatchObject({ cause: 'stream', translated: true });
  });

  it('are an error after content when none could be read, and are told of when another could', async () => {
    const broken = await events([...text('so:'), ...call('c', 'not json'), finish('stop')]);
    expect(broken.at(-1)).toMatchObject({ type: 'error' });
    const half = await events([...call('a', '{}'), ...call('c', 'not json'), finish('stop')]);
    expect(faults(half)).toEqual([]);
    expect((await accumulate(half)).content.map((block) => block.type)).toEqual(['tool_use', 'text']);
  });

  it('that the output limit cut off end the answer without them', async () => {
    const parts: Part[] = [
      { type: 'tool-input-start', id: 'c', toolName: 'Write' },
      { type: 'tool-input-delta', id: 'c', delta: '{"content":"half' },
      finish('length'),
    ];
    const message = await accumulate(await events(parts));
    expect(message.stop_reason).toBe('max_tokens');
    expect(message.content).toMatchObject([{ type: 'text' }]);
  });

  it('get the client’s names and are remembered with what was thought before them', async () => {
    const names = createToolNames();
    const long = `mcp__${'x'.repeat(90)}`;
    const sent = names.toProvider(long);
    const memory: Memory = createMemory();
    const list = await events(
      [
        {
          type: 'reasoning-start',
          id: 'r',
          providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: null } },
        },
        { type: 'reasoning-delta', id: 'r', delta: 'hmm' },
        {
          type: 'reasoning-end',
          id: 'r',
          providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'E' } },
        },
        {
          type: 'tool-call',
          toolCallId: 'x',
          toolName: `default_api:${sent}`,
          input: '{}',
          providerMetadata: { google: { thoughtSignature: 'S' } },
        },
        finish('stop'),
      ],
      { names, memory },
    );
    const [block] = (await accumulate(list)).content as Anthropic.ToolUseBlock[];
    expect(block!.name).toBe(long);
    expect(memory.recall(block!.id, { provider: 'other', model: 'model-x' })).toEqual({
      provider: 'other',
      model: 'model-x',
      call: { google: { thoughtSignature: 'S' } },
      thoughts: [{ text: 'hmm', data: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'E' } } }],
    });
  });
});

describe('reasoning', () => {
  it('shows as pings, not more often than every five seconds, and never as a block', async () => {
    const many = Array.from({ length: 30 }, (): Part => ({ type: 'reasoning-delta', id: 'r', delta: 'x' }));
    const list = await events([{ type: 'reasoning-start', id: 'r' }, ...many, ...text('done'), finish('stop')]);
    const before = list.slice(
      0,
      list.findIndex((event) => event.type === 'message_start'),
    );
    expect(before.every((event) => event.type === 'ping')).toBe(true);
    expect(before.length).toBeGreaterThan(2);
    expect(before.length).toBeLessThan(12);
    expect(JSON.stringify(list)).not.toContain('thinking');
  });
});

describe('stop reasons', () => {
  it.each([
    ['stop', [], 'end_turn'],
    ['length', [], 'max_tokens'],
    ['stop', call('c', '{}'), 'tool_use'],
    ['tool-calls', call('c', '{}'), 'tool_use'],
    ['tool-calls', [], 'end_turn'],
    ['length', call('c', '{}'), 'max_tokens'],
  ] as [string, Part[], string][])('%s with %j: %s', async (unified, calls, expected) => {
    const message = await accumulate(await events([...text('x'), ...calls, finish(unified)]));
    expect(message.stop_reason).toBe(expected);
  });
});

describe('an answer with nothing in it', () => {
  it.each(['stop', 'other', 'content-filter', 'error', 'interrupted', 'length'])('%s fails over', async (unified) => {
    expect(await failure([...reasoning('hm'), finish(unified, 'RAW')])).toMatchObject({ cause: 'stream' });
  });
  it('is what a probe for one token asked for', async () => {
    const list = await events([finish('length')], { maxTokens: 1 });
    expect(faults(list)).toEqual([]);
    expect(await accumulate(list)).toMatchObject({ stop_reason: 'max_tokens', content: [] });
  });
});

describe('a cap below what the client asked for', () => {
  const lowered = { tokens: 4_096, cause: 'model' as const };
  it.each([
    ['at its end', 'length', lowered, ['the answer was cut off at 4096 tokens, the most that model-x can answer with']],
    [
      'at the end of the window',
      'length',
      { ...lowered, cause: 'window' as const },
      ['the answer was cut off at 4096 tokens, all the room left in the window of model-x'],
    ],
    ['that was not reached', 'stop', lowered, []],
    ['that the client asked for itself', 'length', undefined, []],
  ])('%s', async (_name, end, cap, expected) => {
    const said: string[] = [];
    await events([...text('x'), finish(end)], { cap, warn: (_what, detail) => said.push(detail) });
    expect(said).toEqual(expected);
  });
});

describe('errors', () => {
  const openRouter: Part = { type: 'error', error: { message: 'Provider disconnected', code: 502 } };

  it('before content are thrown with what the upstream said', async () => {
    expect(await failure([openRouter])).toMatchObject({
      cause: 'stream',
      status: 502,
      body: '{"error":{"message":"Provider disconnected","code":502}}',
    });
  });

  it('after content are an error event, and the end', async () => {
    const list = await events([
      ...text('half'),
      { type: 'error', error: { message: 'overloaded', statusCode: 503, data: { code: 503, message: 'busy' } } },
      finish('stop'),
    ]);
    expect(list.at(-1)).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } });
  });

  it('after content are thrown when the answer goes out in one piece', async () => {
    expect(await failure([...text('half'), openRouter], { whole: true })).toMatchObject({ status: 502 });
  });

  it('that broke the connection carry Node’s code', async () => {
    async function* cut(): AsyncGenerator<Part> {
      yield { type: 'stream-start', warnings: [] };
      throw Object.assign(new Error('terminated'), {
        cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }),
      });
    }
    const error = await collect(toMessageEvents(cut(), context())).catch((thrown: unknown) => thrown);
    expect((error as UpstreamError).failure).toMatchObject({ cause: 'network', code: 'UND_ERR_SOCKET' });
  });

  it('of a client that hung up stay what they are', async () => {
    const abort = new DOMException('gone', 'AbortError');
    async function* gone(): AsyncGenerator<Part> {
      yield* text('half');
      throw abort;
    }
    const error = await collect(toMessageEvents(gone(), context({ aborted: () => true }))).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBe(abort);
  });
});

describe('warnings of the AI SDK', () => {
  it('are kept without what they quote', async () => {
    const said: string[] = [];
    const warnings = [
      { type: 'other' as const, message: 'Skipping reasoning part: {"text":"secret {x}"}.' },
      { type: 'unsupported' as const, feature: 'topK' },
    ];
    await events([{ type: 'stream-start', warnings }, ...text('x'), finish('stop')], {
      warn: (what, detail) => said.push(`${what}: ${detail}`),
    });
    expect(said).toEqual(['other: Skipping reasoning part', 'topK: topK is not supported by model-x']);
  });
});

describe('usage', () => {
  const usage = (raw: Record<string, number>, total?: number): Part => ({
    type: 'finish',
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: total ?? 10, noCache: total ?? 10, cacheRead: 0, cacheWrite: undefined },
      outputTokens: { total: total === undefined ? 2 : 0, text: 0, reasoning: 0 },
      raw,
    },
  });

  it('counts xAI’s reasoning, which only the total holds', async () => {
    const raw = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 352 };
    const message = await accumulate(await events([...text('x'), usage(raw)]));
    expect(message.usage.output_tokens).toBe(342);
  });

  it('is estimated where none is reported, and reported as such', async () => {
    const told: boolean[] = [];
    const list = await events([...text('x'.repeat(40)), usage({}, 0)], {
      onUsage: (reported) => told.push(reported),
    });
    expect((await accumulate(list)).usage).toMatchObject({ input_tokens: 90, output_tokens: 10 });
    expect(told).toEqual([false]);
  });
});
