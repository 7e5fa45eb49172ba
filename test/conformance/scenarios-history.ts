import { expect } from 'vitest';
import { askWell, requestOf, type Asked } from './ask.ts';
import { call, say, script, UNTOUCHED, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';
import type { ContentBlock, Message } from '../../src/codec/anthropic.ts';
import type { Step } from '../../src/demo/script.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n').toString('base64');

const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } };

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentBlock[]): Message => ({ role: 'assistant', content });
const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const use = (id: string, name = 'Read', input: unknown = { file_path: '/a' }): ContentBlock => ({
  type: 'tool_use',
  id,
  name,
  input,
});
const result = (tool_use_id: string, content?: string | ContentBlock[], more: object = {}): ContentBlock => ({
  type: 'tool_result',
  tool_use_id,
  ...(content !== undefined && { content }),
  ...more,
});

/** Conversations that somebody else has begun, and what is in them. */
export const HISTORY: Scenario[] = [
  {
    name: 'five-step tool loop',
    async run(host) {
      script(host, ({ facts }) =>
        facts.stepInTurn < 5 ? call({ name: 'Read', input: { file_path: `/${facts.stepInTurn}` } }) : say('Found it.'),
      );
      const messages: Message[] = [user(text('Find the bug.'))];
      let asked = await askWell(host, requestOf({ messages }));
      for (let step = 0; step < 5; step += 1) {
        expect(asked.calls).toMatchObject([{ input: { file_path: `/${step}` } }]);
        messages.push(...answered(asked, `contents of ${step}`));
        asked = await askWell(host, requestOf({ messages }));
      }
      expect(asked.text).toBe('Found it.');
    },
  },
  {
    name: 'thoughts given back',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const thinking = 'The file must be read before anything else.';
      const field = host.row.quirks.reasoningBack ?? 'none';
      const thoughtful: Step =
        field === 'reasoning_details' ? withDetails(thinking) : { ...call({ name: 'Read', input: {} }), thinking };
      script(host, ({ facts }) => (facts.stepInTurn === 0 ? thoughtful : say('Read.')));
      const messages: Message[] = [user(text('Read it.'))];
      const first = await askWell(host, requestOf({ messages }));
      messages.push(...answered(first, 'contents'));
      const { sent } = await askWell(host, requestOf({ messages }));
      const body = sent!.body.toString();
      if (host.wire === 'gemini') {
        expect(body).toContain('"thoughtSignature":"');
        expect(body).not.toContain('skip_thought_signature_validator');
      } else if (host.wire === 'responses') expect(body).toContain('"encrypted_content":"');
      else if (host.wire === 'adapted')
        expect(sent!.json.messages[1].content[0]).toMatchObject({ type: 'thinking', thinking });
      else if (field === 'none') expect(body).not.toContain(thinking);
      else {
        const told = sent!.json.messages.find((message: any) => message.tool_calls)[field];
        expect(told).toEqual(field === 'reasoning_details' ? detailsOf(thinking) : thinking);
      }
      return undefined;
    },
  },
  {
    name: 'a tool that failed',
    async run(host) {
      const messages = [
        user(text('Go.')),
        assistant(use('toolu_1')),
        user(result('toolu_1', 'it exploded', { is_error: true })),
      ];
      await taken(host, messages, 'it exploded');
    },
  },
  {
    name: 'a tool without output',
    async run(host) {
      const messages = [
        user(text('Go.')),
        assistant(use('toolu_1'), use('toolu_2'), use('toolu_3')),
        user(result('toolu_1'), result('toolu_2', ''), result('toolu_3', [])),
      ];
      await taken(host, messages);
    },
  },
  {
    name: 'odd ids, results out of order',
    async run(host) {
      const ids = ['a', 'b', '-_Z'].map((end) => `toolu_01${'Qx7'.repeat(16)}${end}`);
      const messages = [
        user(text('Go.')),
        assistant(text('Both.'), ...ids.map((id) => use(id))),
        user(...ids.toReversed().map((id) => result(id, `result of ${id}`)), text('And now?')),
      ];
      await taken(host, messages, `result of ${ids[0]}`);
    },
  },
  {
    name: 'an image',
    run: (host) => media(host, 'images', [user(text('What is this?'), image)], PNG),
  },
  {
    name: 'a PDF',
    run: (host) => media(host, 'pdfs', [user(text('Read this.'), pdf)], PDF),
  },
  {
    name: 'an image in a tool result',
    async run(host) {
      const messages = [
        user(text('Look.')),
        assistant(use('toolu_1')),
        user(result('toolu_1', [text('A picture:'), image])),
      ];
      return media(host, 'images', messages, PNG);
    },
  },
  {
    name: 'a system note in the middle',
    async run(host) {
      const note: Message = { role: 'system', content: 'Deferred tools: WebFetch' };
      const messages = [user(text('Go.')), note, assistant(text('Yes?')), note, user(text('Go on.'))];
      await taken(host, messages, 'Deferred tools: WebFetch');
    },
  },
  {
    name: 'a tool found by search',
    async run(host) {
      const reference = { type: 'tool_reference', tool_name: 'WebFetch' };
      const messages = [
        user(text('Fetch it.')),
        assistant(use('toolu_1', 'ToolSearch')),
        user(result('toolu_1', [reference])),
      ];
      const tools = ['ToolSearch', 'WebFetch', 'DeferredToolPlaceholder'].map((name) => ({
        name,
        description: 'A tool.',
        input_schema: { type: 'object', properties: {} },
        ...(name !== 'ToolSearch' && host.wire !== 'own' && { defer_loading: true }),
      }));
      script(host, say('Fetched.'));
      const { sent } = await askWell(host, requestOf({ messages, tools }));
      expect(sent!.body.toString()).toContain('WebFetch');
      if (host.wire !== 'own') expect(sent!.facts.toolNames).not.toContain('DeferredToolPlaceholder');
    },
  },
  {
    name: "after Claude's thinking",
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const messages = [
        user(text('Go.')),
        assistant(
          { type: 'thinking', thinking: 'hm', signature: 'SignedByClaude'.repeat(40) },
          { type: 'redacted_thinking', data: 'SealedByClaude'.repeat(40) },
          text('Let me see.'),
          use('toolu_1'),
        ),
        user(result('toolu_1', 'the contents')),
      ];
      const { sent } = await taken(host, messages, 'the contents');
      expect(sent!.body.toString()).not.toMatch(/SignedByClaude|SealedByClaude/);
      return undefined;
    },
  },
  {
    name: 'only thinking in a turn',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const messages = [
        user(text('Go.')),
        assistant({ type: 'thinking', thinking: 'hm', signature: 'x' }),
        user(text('And?')),
      ];
      await taken(host, messages);
      return undefined;
    },
  },
  {
    name: 'blocks of tomorrow',
    async run(host) {
      if (!host.provider.translated) return 'passed on as they are';
      const messages = [
        user(text('Search.')),
        assistant(
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 'srvtoolu_1',
            content: [{ type: 'web_search_result', title: 'A page' }],
          },
          text('Found.'),
        ),
        user({ type: 'hologram', shape: 'cube' }, text('And?')),
      ];
      const { warnings } = await taken(host, messages, 'hologram');
      expect(warnings.length).toBeGreaterThan(0);
      return undefined;
    },
  },
];

/** OpenRouter's thoughts: signed details beside the readable text (its page on reasoning tokens). */
const detailsOf = (thinking: string): object[] => [
  { type: 'reasoning.text', text: thinking, signature: 'signed-by-the-model', format: 'anthropic-claude-v1', index: 0 },
];

function withDetails(thinking: string): Step {
  const deltas = [
    { role: 'assistant', content: '', reasoning: thinking, reasoning_details: detailsOf(thinking) },
    { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'Read', arguments: '{}' } }] },
  ];
  const chunk = (delta: object, finish_reason: string | null) =>
    `data: ${JSON.stringify({ id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  return {
    type: 'raw',
    chunks: [...deltas.map((delta) => chunk(delta, null)), chunk({}, 'tool_calls'), 'data: [DONE]\n\n'],
  };
}

/** What the client appends to its transcript after an answer: the blocks as they came, and the results. */
function answered(asked: Asked, output: string): Message[] {
  return [{ role: 'assistant', content: asked.content }, user(...asked.calls.map(({ id }) => result(id, output)))];
}

async function taken(host: Host, messages: Message[], inside?: string): Promise<Asked> {
  script(host, say('Understood.'));
  const asked = await askWell(host, requestOf({ messages, tools: toolsOf(messages) }));
  expect(asked.text).toBe('Understood.');
  if (inside !== undefined) expect(JSON.stringify(asked.sent!.json)).toContain(inside);
  return asked;
}

function toolsOf(messages: Message[]): { name: string; description: string; input_schema: Record<string, unknown> }[] {
  const used = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const names = new Set([
    'Read',
    ...used.flatMap((block) => (block.type === 'tool_use' ? [(block as { name: string }).name] : [])),
  ]);
  return [...names].map((name) => ({ name, description: 'A tool.', input_schema: { type: 'object', properties: {} } }));
}

/** What the provider can take arrives whole; of what it cannot, the model is told that it was there. */
async function media(host: Host, capability: 'images' | 'pdfs', messages: Message[], data: string): Promise<void> {
  if (host.row.capabilities[capability]) {
    await taken(host, messages, data);
    return;
  }
  const { sent, warnings } = await taken(host, messages, 'was here, but it is not shown');
  expect(sent!.body.toString()).not.toContain(data);
  expect(warnings.map(({ what }) => what)).toContain(capability === 'images' ? 'image' : 'pdf');
}
