import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentBlock, Message, MessagesRequest } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { readNeeds } from '../../src/codec/needs.ts';
import { toPrompt } from '../../src/codec/translate/request.ts';
import { ALL, anyRequest, PDF, PNG, target } from './requests.ts';

const image: ContentBlock = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };

function ask(messages: Message[], rest: Partial<MessagesRequest> = {}): MessagesRequest {
  return { model: 'claude-opus-5-5', max_tokens: 1_000, messages, ...rest };
}

function call(id: string, name = 'Read', input: unknown = { file_path: 'a' }): ContentBlock {
  return { type: 'tool_use', id, name, input };
}

function result(id: string, content: string | ContentBlock[] = 'done', isError = false): ContentBlock {
  return { type: 'tool_result', tool_use_id: id, content, ...(isError && { is_error: true }) };
}

/** What every wire insists on. Returns the faults, so that a property's counter-example says what is wrong. */
function faults(prompt: LanguageModelV4Prompt, idLimit: RegExp): string[] {
  const found: string[] = [];
  const spoken = prompt.filter((message, at) => {
    if (message.role === 'system' && at > 0) found.push('system message inside the conversation');
    return message.role !== 'system';
  });
  if (spoken[0]?.role !== 'user') found.push('does not begin with the user');
  if (spoken.at(-1)?.role === 'assistant') found.push('ends with the assistant');
  const ids = new Set<string>();
  spoken.forEach((message, at) => {
    if (message.content.length === 0) found.push(`message ${at} is empty`);
    const next = spoken[at + 1];
    if (message.role === next?.role) found.push(`two messages of ${message.role} in a row`);
    for (const part of message.content as { type: string; text?: string }[])
      if (part.type === 'text' && (part.text ?? '').trim() === '') found.push(`empty text in message ${at}`);
    if (message.role === 'assistant') {
      const calls = message.content.filter((part) => part.type === 'tool-call');
      for (const part of calls) {
        if (ids.has(part.toolCallId)) found.push(`id ${part.toolCallId} twice`);
        ids.add(part.toolCallId);
        if (!idLimit.test(part.toolCallId)) found.push(`id ${part.toolCallId}`);
        if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(part.toolName)) found.push(`name ${part.toolName}`);
        if (typeof part.input !== 'object' || part.input === null || Array.isArray(part.input)) found.push('input');
      }
      const results = next?.role === 'tool' ? next.content.filter((part) => part.type === 'tool-result') : [];
      if (JSON.stringify(results.map(key)) !== JSON.stringify(calls.map(key))) found.push('calls and results differ');
    } else if (message.role === 'tool' && spoken[at - 1]?.role !== 'assistant') found.push('results without calls');
  });
  return found;
}

/** What is in a prompt although the target cannot take it. */
function notTaken(prompt: LanguageModelV4Prompt, can: typeof ALL): string[] {
  const json = JSON.stringify(prompt);
  const inside = prompt.some(
    (message) =>
      message.role === 'tool' &&
      message.content.some((part) => part.type === 'tool-result' && part.output.type === 'content'),
  );
  return [
    ...(!can.tools && json.includes('"tool-call"') ? ['tool calls'] : []),
    ...(!can.images && json.includes(PNG) ? ['images'] : []),
    ...(!can.pdfs && json.includes(PDF) ? ['PDFs'] : []),
    ...(!can.toolResultImages && inside ? ['files in results'] : []),
  ];
}

function key(part: { toolCallId: string; toolName: string }): string {
  return `${part.toolCallId} ${part.toolName}`;
}

describe('any request becomes a prompt that every wire takes', () => {
  const rows = [
    { dialect: 'gemini', toolIds: 'any', limit: /^[A-Za-z0-9_-]{1,64}$/ },
    { dialect: 'responses', toolIds: 'max40', limit: /^[A-Za-z0-9_-]{1,40}$/ },
    { dialect: 'chat', toolIds: 'exactly9', limit: /^[A-Za-z0-9]{9}$/ },
  ] as const;
  it.each(rows)('$dialect, ids $toolIds', ({ dialect, toolIds, limit }) => {
    fc.assert(
      fc.property(
        anyRequest,
        fc.record({
          tools: fc.boolean(),
          parallelTools: fc.boolean(),
          images: fc.boolean(),
          pdfs: fc.boolean(),
          toolResultImages: fc.boolean(),
        }),
        (request, capabilities) => {
          const before = JSON.stringify(request);
          const { options, names } = toPrompt(request, target(dialect, { capabilities, quirks: { toolIds } }));
          expect(faults(options.prompt, limit)).toEqual([]);
          expect(JSON.stringify(request)).toBe(before);
          expect(options.maxOutputTokens).toBeLessThanOrEqual(65_536);
          for (const tool of options.tools ?? []) {
            expect(tool.name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
            expect(request.tools!.map((asked) => asked.name)).toContain(names.toClient(tool.name));
          }
          expect(new Set(options.tools?.map((tool) => tool.name)).size).toBe(options.tools?.length ?? 0);
          expect(notTaken(options.prompt, capabilities)).toEqual([]);
        },
      ),
      { numRuns: 200, endOnFailure: true },
    );
  });
});

describe('what the client said', () => {
  it('drops the billing header and joins the other system blocks', () => {
    const system = [
      { type: 'text' as const, text: 'x-anthropic-billing-header: cc_version=2.1.330;' },
      { type: 'text' as const, text: 'You are Claude Code.' },
      { type: 'text' as const, text: 'Be brief.' },
    ];
    const { options, warnings } = toPrompt(ask([{ role: 'user', content: 'hi' }], { system }), target('gemini'));
    expect(options.prompt[0]).toEqual({ role: 'system', content: 'You are Claude Code.\n\nBe brief.' });
    expect(warnings).toEqual([]);
  });

  it('says a system message in the middle as a reminder of the user', () => {
    const { options } = toPrompt(
      ask([
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'Deferred tools: WebFetch' },
      ]),
      target('gemini'),
    );
    expect(options.prompt).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: '<system-reminder>\nDeferred tools: WebFetch\n</system-reminder>' },
        ],
      },
    ]);
  });

  it('puts results into the order of their calls, before what the user says', () => {
    const { options } = toPrompt(
      ask([
        { role: 'user', content: 'go' },
        { role: 'assistant', content: [{ type: 'text', text: 'both' }, call('a'), call('b', 'Bash')] },
        { role: 'user', content: [{ type: 'text', text: 'and?' }, result('b', 'B', true), result('a', 'A')] },
      ]),
      target('gemini'),
    );
    expect(options.prompt.slice(2)).toEqual([
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'a', toolName: 'Read', output: { type: 'text', value: 'A' } },
          { type: 'tool-result', toolCallId: 'b', toolName: 'Bash', output: { type: 'error-text', value: 'B' } },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'and?' }] },
    ]);
  });

  it('gives a call without a result a note, and a result without a call a voice', () => {
    const { options, warnings } = toPrompt(
      ask([
        { role: 'user', content: 'go' },
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [result('zzz', 'lost words')] },
      ]),
      target('chat'),
    );
    expect(JSON.stringify(options.prompt)).toContain('No result of this call is known.');
    expect(JSON.stringify(options.prompt)).toContain('lost words');
    expect(warnings.map((warning) => warning.what)).toEqual(['tool_result', 'tool_result']);
  });

  it.each([
    { inside: true, output: 'content', hoisted: false },
    { inside: false, output: 'text', hoisted: true },
  ])('images in results: inside $inside', ({ inside, output, hoisted }) => {
    const { options } = toPrompt(
      ask([
        { role: 'user', content: 'look' },
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [result('a', [{ type: 'text', text: 'a picture' }, image])] },
      ]),
      target('chat', { capabilities: { ...ALL, toolResultImages: inside } }),
    );
    const tool = options.prompt[2] as { content: { output: { type: string } }[] };
    expect(tool.content[0]!.output.type).toBe(output);
    expect(options.prompt[3] !== undefined && JSON.stringify(options.prompt[3]).includes(PNG)).toBe(hoisted);
  });

  it.each([
    ['gemini-3-pro-preview', 'content'],
    ['gemini-pro-latest', 'content'],
    ['gemini-4-argon', 'content'],
    ['gemini-2.5-pro', 'text'],
    ['gemini-1.5-flash', 'text'],
  ])('%s gets an image of a result as %s', (model, output) => {
    const { options } = toPrompt(
      ask([
        { role: 'user', content: 'look' },
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [result('a', [image])] },
      ]),
      target('gemini', { model }),
    );
    expect(options.prompt[2]).toMatchObject({ role: 'tool', content: [{ output: { type: output } }] });
  });

  it('tells the model of an image that it cannot be shown', () => {
    const { options, warnings } = toPrompt(
      ask([{ role: 'user', content: [image] }]),
      target('chat', { capabilities: { ...ALL, images: false } }),
    );
    expect(JSON.stringify(options.prompt)).toMatch(/image \(image\/png, 1 KB\) was here, but it is not shown/);
    expect(warnings).toEqual([{ what: 'image', detail: 'image (image/png, 1 KB): model-x takes no images' }]);
  });

  it('drops foreign thinking without a word and keeps the turn', () => {
    const { options, warnings } = toPrompt(
      ask([
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'secret', signature: 's' }] },
        { role: 'user', content: 'go on' },
      ]),
      target('gemini'),
    );
    expect(JSON.stringify(options.prompt)).not.toContain('secret');
    expect(options.prompt.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    expect(warnings).toEqual([]);
  });

  it('names a loaded tool, and leaves out the place holder and server tools', () => {
    const tools = [
      { name: 'ToolSearch', input_schema: { type: 'object' } },
      { name: 'DeferredToolPlaceholder', input_schema: { type: 'object' }, defer_loading: true },
      { name: 'WebFetch', input_schema: { type: 'object' }, defer_loading: true },
      { name: 'code_execution', type: 'code_execution_20250825' },
    ];
    const { options, warnings } = toPrompt(
      ask(
        [
          { role: 'user', content: 'fetch' },
          { role: 'assistant', content: [call('a', 'ToolSearch')] },
          { role: 'user', content: [result('a', [{ type: 'tool_reference', tool_name: 'WebFetch' }])] },
        ],
        { tools },
      ),
      target('gemini'),
    );
    expect(options.tools?.map((tool) => tool.name)).toEqual(['ToolSearch', 'WebFetch']);
    expect(JSON.stringify(options.prompt)).toContain('The tool WebFetch is now available.');
    expect(warnings.map((warning) => warning.what)).toEqual(['server_tool']);
  });

  it('sends an unknown block as text, without what only Anthropic can read', () => {
    const block = { type: 'web_search_tool_result', content: [{ url: 'u', encrypted_content: 'XXXX' }] };
    const { options, warnings } = toPrompt(ask([{ role: 'user', content: [block] }]), target('chat'));
    expect(JSON.stringify(options.prompt)).toContain('web_search_tool_result');
    expect(JSON.stringify(options.prompt)).not.toContain('XXXX');
    expect(warnings).toHaveLength(1);
  });
});

describe('settings', () => {
  const base = [{ role: 'user' as const, content: 'hi' }];
  it.each([
    [{ thinking: { type: 'adaptive' as const }, output_config: { effort: 'medium' } }, 'medium'],
    [{ output_config: { effort: 'max' } }, 'high'],
    [{ thinking: { type: 'enabled' as const, budget_tokens: 2_000 } }, 'low'],
    [{ thinking: { type: 'enabled' as const, budget_tokens: 31_999 } }, 'high'],
    [{ thinking: { type: 'disabled' as const } }, 'low'],
    [{ thinking: { type: 'adaptive' as const } }, undefined],
    [{}, undefined],
  ])('effort of %j is %s', (rest, effort) => {
    const { options } = toPrompt(ask(base, rest), target('gemini'));
    expect(options.reasoning).toBe(effort);
  });

  it('says effort as a kind of thinking where the host knows only that', () => {
    const { options } = toPrompt(
      ask(base, { thinking: { type: 'disabled' } }),
      target('chat', { quirks: { effort: 'thinking_type' } }),
    );
    expect(options.reasoning).toBeUndefined();
    expect(options.providerOptions?.['openaiCompatible']).toMatchObject({ thinking: { type: 'disabled' } });
  });

  it('clamps the answer to the model and to what the window leaves, which is no loss yet', () => {
    const { options, warnings, cap } = toPrompt(ask(base, { max_tokens: 128_000 }), target('gemini'));
    expect(options.maxOutputTokens).toBe(65_536);
    expect(warnings).toEqual([]);
    expect(cap).toEqual({ tokens: 65_536, cause: 'model' });
    const full = toPrompt(
      ask([{ role: 'user', content: 'word '.repeat(30_000) }], { max_tokens: 32_000 }),
      target('chat', { limits: { contextWindow: 50_000, maxOutput: 32_000 } }),
    );
    expect(full.options.maxOutputTokens).toBeLessThan(20_000);
    expect(full.options.maxOutputTokens).toBeGreaterThanOrEqual(1_024);
    expect(full.cap).toEqual({ tokens: full.options.maxOutputTokens, cause: 'window' });
    expect(toPrompt(ask(base, { max_tokens: 1_000 }), target('gemini')).cap).toBeUndefined();
  });

  it.each([
    ['responses', 'openai', { parallelToolCalls: false }],
    ['chat', 'openaiCompatible', { parallel_tool_calls: false }],
  ] as const)('one call at a time for %s', (dialect, key, expected) => {
    const rest = {
      tools: [{ name: 'Read', input_schema: { type: 'object' } }],
      tool_choice: { type: 'any' as const, disable_parallel_tool_use: true },
    };
    const { options } = toPrompt(ask(base, rest), target(dialect));
    expect(options.providerOptions?.[key]).toMatchObject(expected);
    expect(options.toolChoice).toEqual({ type: 'required' });
  });

  it('says of a chat host no more than is asked for', () => {
    expect(toPrompt(ask(base), target('chat')).options.providerOptions).toBeUndefined();
    const format = { type: 'json_schema' as const, schema: { type: 'object' } };
    const { options } = toPrompt(ask(base, { output_config: { format } }), target('chat'));
    expect(options.providerOptions).toEqual({ openaiCompatible: { strictJsonSchema: false } });
  });

  it('keeps at most the stop sequences that the wire takes', () => {
    const { options, warnings } = toPrompt(
      ask(base, { stop_sequences: ['a', '', 'b', 'c', 'd', 'e'] }),
      target('chat'),
    );
    expect(options.stopSequences).toEqual(['a', 'b', 'c', 'd']);
    expect(warnings.map((warning) => warning.what)).toEqual(['stop_sequences']);
  });
});

describe('what the model itself said before', () => {
  const conversation = ask([
    { role: 'user', content: 'go' },
    { role: 'assistant', content: [{ type: 'text', text: 'reading' }, call('toolu_1')] },
    { role: 'user', content: [result('toolu_1')] },
  ]);

  function remembering(provider = 'other') {
    const memory = createMemory();
    memory.remember('toolu_1', {
      provider,
      model: 'model-x',
      call: { google: { thoughtSignature: 'SIG' } },
      thoughts: [{ text: 'because', data: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'ENC' } } }],
    });
    return memory;
  }

  it('gives a thought signature back to its maker only', () => {
    const mine = toPrompt(conversation, target('gemini', { memory: remembering() })).options.prompt;
    expect(JSON.stringify(mine)).toContain('"thoughtSignature":"SIG"');
    const theirs = toPrompt(conversation, target('gemini', { memory: remembering('somebody') })).options.prompt;
    expect(JSON.stringify(theirs)).not.toContain('SIG');
  });

  it('gives encrypted reasoning back directly before its call', () => {
    const { prompt } = toPrompt(conversation, target('responses', { memory: remembering() })).options;
    const answer = prompt[1]!.content as { type: string }[];
    expect(answer.map((part) => part.type)).toEqual(['text', 'reasoning', 'tool-call']);
  });

  it.each([
    ['reasoning_content', true, 'because'],
    ['reasoning_content', false, ' '],
    ['reasoning', true, 'because'],
    ['reasoning', false, undefined],
    ['none', true, undefined],
  ] as const)('%s, remembered %s: %j', (field, known, expected) => {
    const memory = known ? remembering() : createMemory();
    const { prompt } = toPrompt(conversation, target('chat', { memory, quirks: { reasoningBack: field } })).options;
    expect(prompt[1]!.providerOptions?.['openaiCompatible']?.[field]).toBe(expected);
  });

  it('forgets the oldest first', () => {
    const memory = createMemory({ calls: 2, characters: 1e6 });
    for (const id of ['a', 'b', 'c']) memory.remember(id, { provider: 'p', model: 'm', thoughts: [] });
    expect(['a', 'b', 'c'].map((id) => memory.recall(id, { provider: 'p', model: 'm' }) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
    const small = createMemory({ calls: 100, characters: 200 });
    for (const id of ['a', 'b'])
      small.remember(id, { provider: 'p', model: 'm', thoughts: [{ text: 'x'.repeat(120) }] });
    expect(small.recall('a', { provider: 'p', model: 'm' })).toBeUndefined();
    expect(small.recall('b', { provider: 'p', model: 'm' })).toBeDefined();
  });
});

describe('readNeeds', () => {
  it.each([
    [[{ type: 'text', text: 'x' }], { images: false, pdfs: false, tools: false }],
    [[image], { images: true, pdfs: false, tools: false }],
    [[result('a', [image])], { images: true, pdfs: false, tools: false }],
    [
      [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } }],
      { images: false, pdfs: true, tools: false },
    ],
    [
      [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }],
      { images: false, pdfs: false, tools: false },
    ],
    [
      [{ type: 'document', source: { type: 'content', content: [image] } }],
      { images: true, pdfs: false, tools: false },
    ],
  ] as const)('%#', (content, expected) => {
    expect(readNeeds(ask([{ role: 'user', content: content as unknown as ContentBlock[] }]))).toEqual(expected);
  });

  it('sees tools, but not those that only Anthropic runs', () => {
    const withTools = (tools: MessagesRequest['tools'] & object): MessagesRequest => ({ ...ask([]), tools });
    expect(readNeeds(withTools([{ name: 'Read', input_schema: {} }])).tools).toBe(true);
    expect(readNeeds(withTools([{ name: 'web_search', type: 'web_search_20250305' }])).tools).toBe(false);
  });
});
