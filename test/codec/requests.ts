import * as fc from 'fast-check';
import type { ContentBlock, Message, MessagesRequest } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { NO_QUIRKS, type Quirks } from '../../src/codec/quirks.ts';
import type { Dialect, Target } from '../../src/codec/target.ts';
import { PRIOR } from '../../src/codec/tokens.ts';

/** One white pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
export const PDF = Buffer.from('%PDF-1.4\n%%EOF').toString('base64');

export const ALL = { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true };

const OPTIONS_NAMES: Record<Dialect, string> = {
  gemini: 'google',
  responses: 'openai',
  chat: 'openaiCompatible',
  anthropic: 'anthropic',
  bedrock: 'bedrock',
};

export function target(
  dialect: Dialect,
  change: Partial<Omit<Target, 'quirks'>> & { quirks?: Partial<Quirks> } = {},
): Target {
  return {
    provider: 'other',
    dialect,
    optionsName: OPTIONS_NAMES[dialect],
    model: 'model-x',
    capabilities: ALL,
    limits: { contextWindow: 1_000_000, maxOutput: 65_536 },
    memory: createMemory(),
    ratio: PRIOR,
    ...change,
    quirks: { ...NO_QUIRKS, ...change.quirks },
  };
}

const id = fc.oneof(
  fc.stringMatching(/^toolu_[A-Za-z0-9]{6}$/),
  fc.stringMatching(/^[A-Za-z0-9_-]{41,64}$/),
  // Few on purpose, so that they collide.
  fc.constantFrom('a', 'b', 'call_1'),
);
const text = fc.oneof(fc.string(), fc.constantFrom('', '  ', 'Grüße 👋', '\u0000', '{"a":1}'));
const name = fc.oneof(
  fc.constantFrom('Read', 'Bash', 'mcp__server.with.dots__tool'),
  fc.stringMatching(/^[A-Za-z0-9_-]{65,128}$/),
  fc.stringMatching(/^[0-9][A-Za-z0-9_-]{0,20}$/),
);
const source = fc.oneof(
  fc.constant({ type: 'base64' as const, media_type: 'image/png', data: PNG }),
  fc.constant({ type: 'base64' as const, media_type: 'image/gif', data: PNG }),
  fc.constantFrom({ type: 'url' as const, url: 'https://example.com/a.png' }, { type: 'url' as const, url: 'nowhere' }),
  fc.constant({ type: 'file' as const, file_id: 'file_1' }),
);
const textBlock = text.map((value): ContentBlock => ({ type: 'text', text: value }));
const imageBlock = source.map((value): ContentBlock => ({ type: 'image', source: value }));
const documentBlock = fc
  .oneof(
    fc.constant({ type: 'base64' as const, media_type: 'application/pdf', data: PDF }),
    fc.constant({ type: 'base64' as const, media_type: 'text/plain', data: 'aGk=' }),
    text.map((data) => ({ type: 'text' as const, media_type: 'text/plain', data })),
    fc.array(fc.oneof(textBlock, imageBlock)).map((content) => ({ type: 'content' as const, content })),
    fc.constant({ type: 'url' as const, url: 'https://example.com/a.pdf' }),
  )
  .chain((value) =>
    fc.option(fc.string(), { nil: null }).map((title): ContentBlock => ({ type: 'document', source: value, title })),
  );
const resultContent = fc.oneof(
  fc.constant(undefined),
  text,
  fc.array(
    fc.oneof(textBlock, imageBlock, documentBlock, fc.constant({ type: 'tool_reference', tool_name: 'WebFetch' })),
    { maxLength: 3 },
  ),
);
const resultBlock = fc
  .record({ tool_use_id: id, content: resultContent, is_error: fc.boolean() })
  .map((value): ContentBlock => ({
    type: 'tool_result',
    tool_use_id: value.tool_use_id,
    is_error: value.is_error,
    ...(value.content !== undefined && { content: value.content }),
  }));
const callBlock = fc
  .record({ id, name, input: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(null, 'x', [])) })
  .map((value): ContentBlock => ({ type: 'tool_use', ...value }));
const oddBlock = fc.constantFrom<ContentBlock>(
  { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
  { type: 'redacted_thinking', data: 'xxxx' },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result', url: 'u' }] },
  { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
  { type: 'something_new', payload: { a: 1 } },
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    role: fc.constant('user' as const),
    content: fc.oneof(
      text,
      fc.array(fc.oneof(textBlock, imageBlock, documentBlock, resultBlock, oddBlock), { maxLength: 5 }),
    ),
  }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.oneof(text, fc.array(fc.oneof(textBlock, callBlock, callBlock, oddBlock), { maxLength: 5 })),
  }),
  fc.record({ role: fc.constant('system' as const), content: fc.oneof(text, fc.array(textBlock, { maxLength: 2 })) }),
);
const tool = fc.oneof(
  fc.record({
    name,
    description: text,
    input_schema: fc.constantFrom<Record<string, unknown>>(
      { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: { a: { type: 'array' } } },
      { type: 'object' },
      { type: 'object', properties: { n: { type: 'integer', exclusiveMinimum: 0 }, m: { const: 1 } } },
    ),
    defer_loading: fc.boolean(),
  }),
  fc.constant({ type: 'web_search_20250305', name: 'web_search' }),
  fc.constant({ name: 'DeferredToolPlaceholder', defer_loading: true, input_schema: {} }),
);

/** Any request, in any order of blocks: more than Anthropic would take. */
export const anyRequest = fc.record(
  {
    model: fc.constant('claude-opus-5-5'),
    messages: fc.array(message, { minLength: 1, maxLength: 8 }),
    system: fc.oneof(
      text,
      fc.constant([
        { type: 'text' as const, text: 'x-anthropic-billing-header: cc_version=2.1.330; cc_entrypoint=cli' },
        { type: 'text' as const, text: 'You are Claude Code.', cache_control: { type: 'ephemeral' as const } },
      ]),
    ),
    tools: fc.array(tool, { maxLength: 6 }),
    tool_choice: fc.oneof(
      fc.record({ type: fc.constantFrom('auto' as const, 'any' as const), disable_parallel_tool_use: fc.boolean() }),
      name.map((value) => ({ type: 'tool' as const, name: value })),
      fc.constant({ type: 'none' as const }),
    ),
    max_tokens: fc.constantFrom(1, 4_096, 128_000),
    temperature: fc.constantFrom(0, 1),
    top_k: fc.constant(5),
    stop_sequences: fc.array(text, { maxLength: 7 }),
    thinking: fc.constantFrom(
      { type: 'adaptive' as const, display: 'updates' },
      { type: 'enabled' as const, budget_tokens: 31_999 },
      { type: 'disabled' as const },
    ),
    output_config: fc.constantFrom({ effort: 'medium' }, { effort: 'max' }, { effort: 'unheard-of' }),
  },
  { requiredKeys: ['model', 'messages'] },
) as fc.Arbitrary<unknown> as fc.Arbitrary<MessagesRequest>;
