/** Rules of single vendors that a request must keep, each with the page or the error that it rests on. */
import { describe, expect, it } from 'vitest';
import { createAdaptedCarry } from '../../src/codec/adapt/carry.ts';
import { toAdaptedRequest } from '../../src/codec/adapt/request.ts';
import { toPrompt } from '../../src/codec/translate/request.ts';
import { ALL, PNG, target } from './requests.ts';
import type { ContentBlock, MessagesRequest } from '../../src/codec/anthropic.ts';

const use = (id: string): ContentBlock => ({ type: 'tool_use', id, name: 'Read', input: {} });
const result = (id: string, content: string | ContentBlock[] = 'x'): ContentBlock => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
});
const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const image: ContentBlock = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
const after = (...content: ContentBlock[]): MessagesRequest => ({
  model: 'claude-opus-5-5',
  messages: [
    { role: 'user', content: 'go' },
    { role: 'assistant', content: [use('a')] },
    { role: 'user', content },
  ],
});

describe("Mistral: 400, code 3230, \"Unexpected role 'user' after role 'tool'\"", () => {
  const roles = (request: MessagesRequest, model: string, quirk = false) =>
    toPrompt(
      request,
      target('chat', {
        model,
        capabilities: { ...ALL, toolResultImages: false },
        quirks: { assistantAfterTool: quirk },
      }),
    ).options.prompt.map(({ role }) => role);
  const rows: [string, MessagesRequest][] = [
    ['a message that waited', after(result('a'), text('and?'))],
    ['an image that was read', after(result('a', [image]))],
    ['an interruption', after(result('a'), text('[Request interrupted by user]'))],
  ];
  it.each(rows)('%s', (_name, request) => {
    const between = ['user', 'assistant', 'tool', 'assistant', 'user'];
    expect(roles(request, 'any', true)).toEqual(between);
    for (const model of [
      'mistral-large-4',
      'mistralai/devstral-small',
      'accounts/x/models/mixtral-8x22b',
      'codestral-latest',
    ])
      expect(roles(request, model)).toEqual(between);
    expect(roles(request, 'gpt-oss-120b')).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  it('nothing stands where nothing is said', () =>
    expect(roles(after(result('a')), 'mistral-large-4')).toEqual(['user', 'assistant', 'tool']));
});

describe('Gemini 2.5: thoughts count as output (ai.google.dev, thinking), so the budget stays below the cap', () => {
  const budget = (request: Partial<MessagesRequest>, model = 'gemini-2.5-pro', maxOutput = 65_536) => {
    const limits = { contextWindow: 1e6, maxOutput };
    const { options } = toPrompt(
      { ...after(result('a')), ...request },
      target('gemini', {
        model,
        limits,
        quirks: { effort: 'reasoning_effort', effortLevels: ['low', 'medium', 'high'] },
      }),
    );
    expect(options.reasoning).toBeUndefined();
    return (options.providerOptions?.['google']?.['thinkingConfig'] as { thinkingBudget?: number } | undefined)
      ?.thinkingBudget;
  };
  const own = (budget_tokens: number) => ({ type: 'enabled' as const, budget_tokens });
  it.each([
    [{ max_tokens: 64_000, thinking: own(10_000) }, 'gemini-2.5-pro', 10_000],
    [{ max_tokens: 64_000, thinking: own(60_000) }, 'gemini-2.5-pro', 32_768],
    [{ max_tokens: 64_000, thinking: own(60_000) }, 'gemini-2.5-flash', 24_576],
    [{ max_tokens: 8_000, thinking: own(31_999) }, 'gemini-2.5-flash', 6_400],
    [{ max_tokens: 8_000, output_config: { effort: 'high' } }, 'gemini-2.5-flash', 4_800],
    [{ max_tokens: 100, output_config: { effort: 'high' } }, 'gemini-2.5-flash-lite', 0],
    [{ max_tokens: 100, output_config: { effort: 'high' } }, 'gemini-2.5-pro', 128],
    [{ max_tokens: 8_000, thinking: { type: 'disabled' as const } }, 'gemini-2.5-flash', 0],
    [{ max_tokens: 8_000, thinking: { type: 'disabled' as const } }, 'gemini-2.5-pro', 128],
    [{ max_tokens: 8_000 }, 'gemini-2.5-pro', undefined],
  ] as [Partial<MessagesRequest>, string, number | undefined][])('%j on %s: %s', (request, model, wanted) => {
    expect(budget(request, model)).toBe(wanted);
  });
});

describe('Claude at another host: manual thinking needs its own thinking at the beginning of the step', () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 2_000 };
  const adapt = (model: string, request: MessagesRequest, memory = createAdaptedCarry()) =>
    toAdaptedRequest({ ...request, max_tokens: 8_000, thinking }, { model, maxOutput: 8_000, memory });

  it('is dropped inside a loop that another model began, and said to be', () => {
    const { request, warnings } = adapt('anthropic/claude-sonnet-5.5', after(result('a')));
    expect(request.thinking).toBeUndefined();
    expect(warnings.map(({ what }) => what)).toEqual(['thinking']);
  });

  it('stays for its own step, for a new turn, and for other models', () => {
    const memory = createAdaptedCarry();
    memory.remember('a', {
      hostId: 'h',
      model: 'claude-sonnet-5-5',
      thinking: [{ type: 'thinking', thinking: 'hm', signature: 's' }],
    });
    expect(adapt('claude-sonnet-5-5', after(result('a')), memory).request.thinking).toEqual(thinking);
    expect(adapt('claude-haiku-5-5', after(result('a')), memory).request.thinking).toBeUndefined();
    expect(
      adapt('claude-sonnet-5-5', { model: 'm', messages: [{ role: 'user', content: 'hi' }] }).request.thinking,
    ).toEqual(thinking);
    expect(adapt('glm-5.3', after(result('a'))).request.thinking).toEqual(thinking);
  });

  it('each step’s thinking goes before its own call', () => {
    const memory = createAdaptedCarry();
    const thought = (words: string): ContentBlock => ({ type: 'thinking', thinking: words, signature: words });
    memory.remember('a', { hostId: 'a', model: 'm', thinking: [thought('first')] });
    memory.remember('b', { hostId: 'b', model: 'm', thinking: [thought('second')] });
    const request: MessagesRequest = {
      model: 'x',
      messages: [
        { role: 'user', content: 'go' },
        { role: 'assistant', content: [text('Both.'), use('a'), use('b')] },
        { role: 'user', content: [result('a'), result('b')] },
      ],
    };
    const kinds = (model: string) =>
      (toAdaptedRequest(request, { model, maxOutput: 100, memory }).request.messages[1]!.content as ContentBlock[]).map(
        ({ type }) => type,
      );
    expect(kinds('m')).toEqual(['thinking', 'text', 'tool_use', 'thinking', 'tool_use']);
    expect(kinds('another')).toEqual(['text', 'tool_use', 'tool_use']);
  });
});
