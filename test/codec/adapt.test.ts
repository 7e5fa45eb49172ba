import { expect, test } from 'vitest';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { createAdaptedCarry, type AdaptedCarry } from '../../src/codec/adapt/carry.ts';
import { toAdaptedRequest } from '../../src/codec/adapt/request.ts';
import { cleanWhole } from './clean-whole.ts';
import { createAdaptedCleaner } from '../../src/codec/adapt/stream.ts';

const target = (memory: AdaptedCarry = createAdaptedCarry()) => ({ model: 'glm-5.2', maxOutput: 32_000, memory });

/** Ids that count up: `toolu_1`, `toolu_2` … */
function cleaning(memory: AdaptedCarry = createAdaptedCarry()) {
  let n = 0;
  return {
    memory,
    model: 'glm-5.2',
    mint: (prefix: string) => `${prefix}${++n}`,
    warn: () => {},
    asksForCheck: false,
    tools: new Set(['Read']),
    serverTools: new Set<string>(),
  };
}

const base: MessagesRequest = {
  model: 'claude-opus-5-5',
  max_tokens: 128_000,
  messages: [{ role: 'user', content: 'hello' }],
};

const adapt = (more: Partial<MessagesRequest>, memory?: AdaptedCarry) =>
  toAdaptedRequest({ ...base, ...more }, target(memory)).request;

test('model and cap are those of the host, the account stays at home', () => {
  const request = adapt({
    metadata: { user_id: 'secret' },
    context_management: { edits: [] },
    output_config: { effort: 'high' },
  });
  expect(request).toEqual({ ...base, model: 'glm-5.2', max_tokens: 32_000, output_config: { effort: 'high' } });
});

test('what the published wire does not have stays at home, at every depth', () => {
  const mark = { type: 'ephemeral' as const };
  const own = { ...mark, ttl: '1h' as const, scope: 'global' as const };
  const more = { of_tomorrow: 1 };
  const request = adapt({
    diagnostics: { previous_message_id: 'msg_1' },
    safeguards: [{ type: 'dangerous_tool_use' }],
    thread: { type: 'create' },
    of_tomorrow: 1,
    system: [{ type: 'text', text: 'Be brief.', cache_control: own }],
    tools: [
      { name: 'Read', input_schema: { type: 'object' }, eager_input_streaming: true, cache_control: own, ...more },
    ],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'go', cache_control: own, ...more }], ...more },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Read', input: more, ...more }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [{ type: 'text', text: 'x', cache_control: own, ...more }],
          },
        ],
      },
    ],
  });
  expect(request).toEqual({
    model: 'glm-5.2',
    max_tokens: 32_000,
    system: [{ type: 'text', text: 'Be brief.', cache_control: mark }],
    tools: [{ name: 'Read', input_schema: { type: 'object' }, cache_control: mark }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'go', cache_control: mark }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Read', input: more }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'x', cache_control: mark }] },
        ],
      },
    ],
  });
});

test('a cap that is lowered is said to be so, but is no loss yet', () => {
  const lowered = toAdaptedRequest(base, target());
  expect(lowered).toMatchObject({ cap: { tokens: 32_000, cause: 'model' }, warnings: [] });
  expect(toAdaptedRequest({ ...base, max_tokens: 32_000 }, target()).cap).toBeUndefined();
});

test('the positional billing header goes, the system prompt stays', () => {
  const system = [
    { type: 'text' as const, text: 'x-anthropic-billing-header: cc_version=2.1.330; cc_entrypoint=cli;' },
    { type: 'text' as const, text: 'You are an agent.', cache_control: { type: 'ephemeral' as const } },
  ];
  expect(adapt({ system }).system).toEqual([system[1]]);
});

test('a system message in the middle becomes a reminder, joined to the user message beside it', () => {
  const { messages } = adapt({
    messages: [
      { role: 'user', content: 'one' },
      { role: 'system', content: 'mind the gap' },
      { role: 'assistant', content: 'two' },
    ],
  });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(messages[0]!.content).toEqual([
    { type: 'text', text: 'one' },
    { type: 'text', text: '<system-reminder>\nmind the gap\n</system-reminder>' },
  ]);
});

test('what Claude Code leaves of a reminder that it has compacted says nothing', () => {
  const left = { role: 'system' as const, content: [], output_config: { effort: 'medium' } };
  const { messages } = adapt({
    messages: [
      { role: 'user', content: 'one' },
      left,
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
      left,
    ],
  });
  expect(messages.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'one'],
    ['assistant', 'two'],
    ['user', 'three'],
  ]);
});

test('a reminder between a call and its result comes after the result', () => {
  const call = { type: 'tool_use', id: 't', name: 'Read', input: {} };
  const [first, second] = [
    { type: 'tool_result', tool_use_id: 't', content: 'one' },
    { type: 'tool_result', tool_use_id: 'u', content: 'two' },
  ];
  const { messages } = adapt({
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [call, { ...call, id: 'u' }] },
      { role: 'system', content: 'mind the gap' },
      { role: 'user', content: [first, { type: 'text', text: 'and' }, second] },
    ],
  });
  expect(messages[2]!.content).toEqual([
    first,
    second,
    { type: 'text', text: '<system-reminder>\nmind the gap\n</system-reminder>' },
    { type: 'text', text: 'and' },
  ]);
});

test('tool search is spelt out', () => {
  const request = adapt({
    tools: [
      { name: 'DeferredToolPlaceholder', defer_loading: true, input_schema: {} },
      { name: 'WebFetch', defer_loading: true, input_schema: { type: 'object' } },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'WebFetch' }] },
        ],
      },
    ],
  });
  expect(request.tools).toEqual([{ name: 'WebFetch', input_schema: { type: 'object' } }]);
  expect(JSON.stringify(request.messages)).toContain('The tool WebFetch is now available.');
});

test("Claude's thinking does not leave; a message that held nothing else leaves with it", () => {
  const { messages } = adapt({
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'of Claude' }] },
      { role: 'user', content: 'on' },
      {
        role: 'assistant',
        content: [
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'done' },
        ],
      },
    ],
  });
  expect(messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'go' },
        { type: 'text', text: 'on' },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'done' }] },
  ]);
});

test('a thinking budget fits under the lowered cap, or thinking is left out and said to be', () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 60_000 };
  expect(adapt({ thinking }).thinking).toEqual({ type: 'enabled', budget_tokens: 32_000 - 1024 });
  const small = toAdaptedRequest({ ...base, thinking }, { ...target(), maxOutput: 1_500 });
  expect(small.request.thinking).toBeUndefined();
  expect(small.warnings.map(({ what }) => what)).toEqual(['thinking']);
});

test("a host's thinking is left out of the stream, kept by tool id, and given back to it", () => {
  const memory = createAdaptedCarry();
  const clean = createAdaptedCleaner(cleaning(memory));
  const events = [
    { type: 'message_start' },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'let me ' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'see' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'of the host' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'call:1/äh', name: 'Read', input: {} },
    },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{}' } },
    { type: 'content_block_stop', index: 1 },
    { type: 'message_stop' },
  ];
  expect(events.flatMap(clean)).toEqual([
    events[0],
    {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} },
    },
    { ...events[7], index: 0 },
    { ...events[8], index: 0 },
    events[9],
  ]);
  const { messages } = adapt(
    { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] }] },
    memory,
  );
  expect(messages[0]!.content).toEqual([
    { type: 'thinking', thinking: 'let me see', signature: 'of the host' },
    { type: 'tool_use', id: 'call:1/äh', name: 'Read', input: {} },
  ]);
});

test('the same holds for an answer that is not streamed', async () => {
  const memory = createAdaptedCarry();
  const message = await cleanWhole(
    {
      id: 'msg',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'tool_use', id: 'a', name: 'Read', input: {} },
      ],
    },
    cleaning(memory),
  );
  expect(message.content).toEqual([{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }]);
  expect(memory.recall('toolu_1')).toEqual({
    hostId: 'a',
    model: 'glm-5.2',
    thinking: [{ type: 'thinking', thinking: 'hm', signature: 's' }],
  });
});

test('a host that repeats its ids: none is repeated to the client, nor within a request to the host', async () => {
  const memory = createAdaptedCarry();
  const clean = cleaning(memory);
  const wholes = ['call_1', 'call_2', 'call_1'].map((id) =>
    cleanWhole({ content: [{ type: 'tool_use', id, name: 'Read', input: {} }] }, clean),
  );
  const answers = (await Promise.all(wholes)).map(({ content }) => content);
  const ids = answers.map(([call]) => (call as { id: string }).id);
  expect(ids).toEqual(['toolu_1', 'toolu_2', 'toolu_3']);
  const foreign = { type: 'tool_use', id: 'toolu_of_claude', name: 'Read', input: {} };
  const { messages } = adapt(
    {
      messages: [...answers, [foreign]].flatMap((content) => [
        { role: 'assistant' as const, content },
        {
          role: 'user' as const,
          content: content.map((call) => ({ type: 'tool_result', tool_use_id: (call as { id: string }).id })),
        },
      ]),
    },
    memory,
  );
  const sent = messages.map(({ content }) => (content as { id?: string; tool_use_id?: string }[])[0]!);
  const wanted = ['call_1', 'call_2', 'toolu_3', 'toolu_of_claude'];
  expect(sent.map(({ id, tool_use_id }) => id ?? tool_use_id)).toEqual(wanted.flatMap((id) => [id, id]));
});

test('the calls that are longest unused are forgotten first', () => {
  const memory = createAdaptedCarry(2);
  for (const id of ['a', 'b', 'c']) {
    memory.remember(id, { hostId: `host-${id}`, model: 'm', thinking: [] });
    memory.recall('a');
  }
  expect(['a', 'b', 'c'].map((id) => memory.recall(id)?.hostId)).toEqual(['host-a', undefined, 'host-c']);
});

test("server tools are Anthropic's own: what they did is told as text", () => {
  const { request, warnings } = toAdaptedRequest(
    {
      ...base,
      max_tokens: 10,
      messages: [
        { role: 'user', content: 'look it up' },
        {
          role: 'assistant',
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'ccmux' } },
            {
              type: 'web_search_tool_result',
              tool_use_id: 'srvtoolu_1',
              content: [{ type: 'web_search_result', encrypted_content: 'x', title: 'A page' }],
            },
            { type: 'text', text: 'Found.' },
          ],
        },
      ],
    },
    target(),
  );
  const [first, second, third] = request.messages[1]!.content as { type: string; text: string }[];
  expect([first!.type, second!.type, third!.text]).toEqual(['text', 'text', 'Found.']);
  expect(first!.text).toContain('"query":"ccmux"');
  expect(second!.text).toContain('A page');
  expect(second!.text).not.toContain('encrypted_content');
  expect(warnings.map(({ what }) => what)).toEqual(['block', 'block']);
});

test('counts of a host that are none are not passed on, and those that the client needs are there', async () => {
  const clean = createAdaptedCleaner(cleaning());
  const start = {
    type: 'message_start',
    message: { id: 'm', usage: { input_tokens: '5', cache_read_input_tokens: -1 } },
  };
  expect(clean(start)).toMatchObject([{ message: { id: 'm', usage: { input_tokens: 0, output_tokens: 0 } } }]);
  expect(JSON.stringify(clean(start))).not.toContain('cache_read');
  // The beginning named the input: the end must not take it back.
  const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: -4 } };
  expect(clean(end)).toEqual([{ ...end, usage: { output_tokens: 0 } }]);
  expect(clean({ type: 'message_delta', delta: {} })).toMatchObject([{ usage: { output_tokens: 0 } }]);
  expect(await cleanWhole({ content: [], usage: { input_tokens: 7, output_tokens: '1' } }, cleaning())).toMatchObject({
    content: [],
    usage: { input_tokens: 7, output_tokens: 0 },
  });
});
