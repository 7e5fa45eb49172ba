/** What each host writes of tokens, through the real AI SDK, and what Claude Code is told. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';
import { answerOf, spec, sse, startUpstream, streamOf, type Upstream } from './translated-upstream.ts';

let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  upstream = undefined;
});

/** `in out read write`, as the client is told them, for an answer that ends with this usage. */
async function told(kind: TranslatedKind, usage: unknown): Promise<string> {
  upstream = await startUpstream(streamOf(ANSWER[kind as keyof typeof ANSWER](usage)));
  const { content, usage: counts } = await answerOf(spec(kind, upstream.url));
  expect(content).toMatchObject([{ type: 'text', text: 'four' }]);
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = counts;
  return [input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens].join(' ');
}

const ANSWER = {
  'openai-compatible': (usage: unknown) =>
    sse(
      [
        { id: 'c', choices: [{ index: 0, delta: { role: 'assistant', content: 'four' }, finish_reason: null }] },
        { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage },
      ],
      'data: [DONE]\n\n',
    ),
  gemini: (usage: unknown) =>
    sse([
      {
        candidates: [{ content: { role: 'model', parts: [{ text: 'four' }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: usage,
      },
    ]),
  openai: (usage: unknown) => {
    const item = { type: 'message', id: 'm' };
    return sse([
      { type: 'response.created', response: { id: 'r', created_at: 1, model: 'm' } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_text.delta', item_id: 'm', output_index: 0, delta: 'four' },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { usage } },
    ]);
  },
};

const CHAT = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 };

describe('tokens of a cache', () => {
  // Each beside the page or thread where the shape was read.
  const rows: [vendor: string, kind: TranslatedKind, usage: object, expected: string][] = [
    // developers.openai.com, prompt caching
    ['OpenAI', 'openai-compatible', { ...CHAT, prompt_tokens_details: { cached_tokens: 40 } }, '60 7 40 0'],
    // openrouter.ai/docs, prompt caching
    [
      'OpenRouter, written as well',
      'openai-compatible',
      { ...CHAT, prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 } },
      '40 7 40 20',
    ],
    // docs.mistral.ai, chat completion
    ['Mistral', 'openai-compatible', { ...CHAT, num_cached_tokens: 40 }, '60 7 40 0'],
    // platform.moonshot.ai, context caching
    ['Kimi', 'openai-compatible', { ...CHAT, cached_tokens: 40 }, '60 7 40 0'],
    // api-docs.deepseek.com, context caching
    [
      'DeepSeek, by its own field alone',
      'openai-compatible',
      { ...CHAT, prompt_cache_hit_tokens: 40, prompt_cache_miss_tokens: 60 },
      '60 7 40 0',
    ],
    [
      'DeepSeek, by both fields: the same tokens',
      'openai-compatible',
      { ...CHAT, prompt_tokens_details: { cached_tokens: 40 }, prompt_cache_hit_tokens: 40 },
      '60 7 40 0',
    ],
    // docs.litellm.ai, prompt caching
    [
      'LiteLLM, with Anthropic’s names beside',
      'openai-compatible',
      { ...CHAT, cache_read_input_tokens: 40, cache_creation_input_tokens: 20 },
      '40 7 40 20',
    ],
    ['a host that counts its cache apart', 'openai-compatible', { ...CHAT, cached_tokens: 4000 }, '100 7 4000 0'],
    // ai.google.dev, context caching
    [
      'Gemini',
      'gemini',
      { promptTokenCount: 100, candidatesTokenCount: 5, thoughtsTokenCount: 2, cachedContentTokenCount: 40 },
      '60 7 40 0',
    ],
    [
      'OpenAI Responses, read and written',
      'openai',
      { input_tokens: 100, output_tokens: 7, input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 } },
      '40 7 40 20',
    ],
  ];
  it.each(rows)('%s', async (_vendor, kind, usage, expected) => {
    expect(await told(kind, usage)).toBe(expected);
  });
});

describe('what is no count costs no answer and is not passed on', () => {
  const rows: [what: string, kind: TranslatedKind, usage: unknown, expected: RegExp][] = [
    ['strings', 'openai-compatible', { prompt_tokens: '100', completion_tokens: '7' }, /^\d+ 1 0 0$/],
    ['negative', 'openai-compatible', { prompt_tokens: -1, completion_tokens: -1, total_tokens: -2 }, /^\d+ 1 0 0$/],
    ['astronomic', 'openai-compatible', { prompt_tokens: 1e300, completion_tokens: 7 }, /^\d{1,3} 7 0 0$/],
    ['fractions', 'openai-compatible', { prompt_tokens: 99.6, completion_tokens: 7 }, /^100 7 0 0$/],
    ['a negative cache', 'openai-compatible', { ...CHAT, cached_tokens: -40 }, /^100 7 0 0$/],
    [
      'a string in the details',
      'openai-compatible',
      { ...CHAT, prompt_tokens_details: { cached_tokens: '40' }, completion_tokens_details: { reasoning_tokens: '1' } },
      /^100 7 0 0$/,
    ],
    ['details that are none', 'openai-compatible', { ...CHAT, prompt_tokens_details: 'none' }, /^100 7 0 0$/],
    ['a list', 'openai-compatible', [CHAT], /^\d+ 1 0 0$/],
    ['a text', 'openai-compatible', 'unknown', /^\d+ 1 0 0$/],
    ['Gemini, strings', 'gemini', { promptTokenCount: '100', candidatesTokenCount: '7' }, /^\d+ 1 0 0$/],
    [
      'Gemini, strings in a list',
      'gemini',
      {
        promptTokenCount: 100,
        candidatesTokenCount: 7,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: '100' }],
      },
      /^100 7 0 0$/,
    ],
    ['Gemini, a text', 'gemini', 'unknown', /^\d+ 1 0 0$/],
    ['Responses, strings', 'openai', { input_tokens: '100', output_tokens: '7' }, /^\d+ 1 0 0$/],
    ['Responses, half of it', 'openai', { input_tokens: 100 }, /^100 1 0 0$/],
    ['Responses, a text', 'openai', 'unknown', /^\d+ 1 0 0$/],
  ];
  it.each(rows)('%s', async (_what, kind, usage, expected) => {
    const line = await told(kind, usage);
    expect(line).toMatch(expected);
    expect(Number(line.split(' ')[0])).toBeGreaterThan(0);
  });
});
