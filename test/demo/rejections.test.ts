import { describe, expect, it, onTestFinished } from 'vitest';
import type { Dialect } from '../../src/demo/anthropic-dialect.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import type { ChatQuirks } from '../simulators/openai-chat-quirks.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { OPENAI_KEY, startOpenaiResponses } from '../simulators/openai-responses.ts';
import type { Simulator } from '../../src/demo/server.ts';

/** What the real APIs reject must be rejected here too: a simulator that takes everything proves nothing. */

async function post(simulator: Simulator, path: string, headers: Record<string, string>, body: object) {
  onTestFinished(() => simulator.close());
  simulator.script = () => undefined;
  const response = await fetch(simulator.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), rejections: simulator.rejections };
}

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const use = (id = 'toolu_1') => ({ type: 'tool_use', id, name: 'Read', input: {} });
const result = (id = 'toolu_1') => ({ type: 'tool_result', tool_use_id: id, content: 'x' });

describe('Anthropic', () => {
  const KEY = { 'x-api-key': 'sk-ant-x', 'anthropic-version': '2023-06-01' };
  const base = { model: 'claude-opus-5-5', max_tokens: 2048, messages: [user('hi')] };
  const loop = (...content: unknown[]) => [user('hi'), assistant(content), user([result()])];
  const enabled = { type: 'enabled', budget_tokens: 1024 };
  const look = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } };
  const seen = (content: unknown) => ({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content });
  const page = { type: 'web_search_result', title: 'A', url: 'https://a.example', encrypted_content: '' };
  const asked = (...content: unknown[]) => ({ messages: [user('hi'), assistant(content), user('next')] });
  const send = async (body: object, headers: Record<string, string> = KEY, dialect: Dialect = 'anthropic') =>
    post(await startAnthropic({ dialect }), '/v1/messages', headers, body);

  it.each<[string, object]>([
    ['a plain request', {}],
    ['a tool loop', { messages: loop(use()) }],
    [
      'a system note between a call and its result',
      { messages: [user('hi'), assistant([use()]), { role: 'system', content: 'note' }, user([result()])] },
    ],
    ['neighbours of one role', { messages: [user('a'), user('b')] }],
    ['a search that failed', asked(look, seen({ type: 'web_search_tool_result_error', error_code: 'unavailable' }))],
    ['a search that found nothing', asked(look, seen([]))],
  ])('takes %s', async (_, change) => {
    const reply = await send({ ...base, ...change });
    expect([reply.status, reply.rejections]).toEqual([200, []]);
  });

  it.each<[string, object, string]>([
    ['an unknown field', { frobnicate: 1 }, 'frobnicate: Extra inputs are not permitted'],
    ['no max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['an assistant first', { messages: [assistant('x'), user('hi')] }, 'first message must use'],
    ['a prefill', { messages: [user('hi'), assistant('x')] }, 'assistant message prefill'],
    [
      'an unanswered call',
      { messages: [user('hi'), assistant([use()]), user('next')] },
      'without `tool_result` blocks immediately after: toolu_1',
    ],
    ['a result without call', { messages: [user([result()])] }, 'unexpected `tool_use_id`'],
    [
      'an id with a dot',
      { messages: [user('hi'), assistant([use('a.b')]), user([result('a.b')])] },
      'String should match pattern',
    ],
    [
      'an id of 65 characters',
      { messages: [user('hi'), assistant([use('a'.repeat(65))]), user([result('a'.repeat(65))])] },
      'at most 64',
    ],
    ['an empty text', { messages: [user([{ type: 'text', text: '' }])] }, 'text content blocks must be non-empty'],
    ['an empty message', { messages: [user([])] }, 'must have non-empty content'],
    ['an empty note', { messages: [user('hi'), { role: 'system', content: [] }] }, 'must have non-empty content'],
    [
      'a forged thought',
      { messages: loop({ type: 'thinking', thinking: 'x', signature: 'forged' }, use()) },
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    ],
    [
      'a result that it has not sealed',
      asked(look, seen([page])),
      'Invalid `encrypted_content` in `search_result` block',
    ],
    ['a result without a seal', asked(look, seen([{ ...page, encrypted_content: undefined }])), 'Field required'],
    ['a search without its result', asked(look), 'without a corresponding `web_search_tool_result` block'],
    ['a result without its search', asked(seen([])), 'without a corresponding `web_search_tool_result` block'],
    [
      'an unknown error of a search',
      asked(look, seen({ type: 'web_search_tool_result_error', error_code: 'x' })),
      'Input should be',
    ],
    ['an id of another prefix', asked({ ...look, id: 'ws_1' }), 'srvtoolu_'],
    [
      'a citation that it has not sealed',
      asked({ type: 'text', text: 'x', citations: [{ type: 'web_search_result_location', encrypted_index: 'x' }] }),
      'Invalid `encrypted_index`',
    ],
    [
      'thinking enabled after a step without thought',
      { thinking: enabled, messages: loop(use()) },
      'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
    ],
    [
      'five cache marks',
      {
        messages: [
          user(Array.from({ length: 5 }, () => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }))),
        ],
      },
      'maximum of 4 blocks',
    ],
  ])('rejects %s', async (_, change, words) => {
    const reply = await send({ ...base, ...change });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).error.message).toContain(words);
    expect(reply.rejections).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no credential', { 'anthropic-version': '2023-06-01' }, 401],
    ['a strange key', { 'x-api-key': 'AIza', 'anthropic-version': '2023-06-01' }, 401],
    [
      'a subscription token without its beta',
      { authorization: 'Bearer sk-ant-oat01-x', 'anthropic-version': '2023-06-01' },
      401,
    ],
    ['no version', { 'x-api-key': 'sk-ant-x' }, 400],
  ])('rejects %s', async (_, headers, status) => {
    expect((await send(base, headers)).status).toBe(status);
  });

  const marked = (mark: object) => [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ...mark } }];
  const OWN: [string, object, string][] = [
    ['diagnostics', { diagnostics: { previous_message_id: null } }, 'cache-diagnosis-2026-04-07'],
    ['context_management', { context_management: { edits: [] } }, 'context-management-2025-06-27'],
    ['safeguards', { safeguards: [] }, 'dangerous-tool-use-2026-09-03'],
    ['thread', { thread: { type: 'create' } }, 'message-threads-2026-08-12'],
    ['a scope in the system', { system: marked({ scope: 'global' }) }, 'prompt-caching-scope-2026-01-05'],
    [
      'a scope in a result',
      { messages: loop(use()).with(2, user([{ ...result(), content: marked({ scope: 'global' }) }])) },
      'prompt-caching-scope-2026-01-05',
    ],
    [
      'effort of a message',
      { messages: [{ ...user('hi'), output_config: { effort: 'low' } }] },
      'per-turn-control-2026-07-01',
    ],
    [
      'an effort without a word, as a compaction leaves it',
      { messages: [user('hi'), { role: 'system', content: [], output_config: { effort: 'low' } }] },
      'per-turn-control-2026-07-01',
    ],
    [
      'updates of thoughts',
      { thinking: { type: 'adaptive', display: 'updates' } },
      'thinking-display-updates-2026-08-18',
    ],
  ];
  it.each(OWN)('takes %s with its beta, and not without', async (_, change, beta) => {
    const named = { ...KEY, 'anthropic-beta': `claude-code-20250219, ${beta}` };
    expect((await send({ ...base, ...change }, named)).status).toBe(200);
    expect((await send({ ...base, ...change })).status).toBe(400);
  });

  it.each<[string, object, string?]>([
    ...OWN.slice(0, -1),
    ['a time to live', { system: marked({ ttl: '1h' }) }],
    ['a billing header', { system: [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330' }] }],
    ['a note in the middle', { messages: [user('hi'), { role: 'system', content: 'note' }] }],
    ['a deferred tool', { tools: [{ name: 'a', input_schema: { type: 'object' }, defer_loading: true }] }],
    ['a beta of its own', {}, 'prompt-caching-scope-2026-01-05'],
  ])('is stricter as another host of its wire: no %s', async (_, change, beta = '') => {
    expect((await send({ ...base, ...change }, { ...KEY, 'anthropic-beta': beta }, 'compatible')).status).toBe(400);
    expect((await send(base, { ...KEY, 'anthropic-beta': 'effort-2025-11-24' }, 'compatible')).status).toBe(200);
  });

  it('sends a subscription its windows, and a key its buckets', async () => {
    const simulator = await startAnthropic({ script: () => undefined });
    onTestFinished(() => simulator.close());
    const ask = async (headers: Record<string, string>) =>
      Object.fromEntries(
        (
          await fetch(`${simulator.url}/v1/messages`, {
            method: 'POST',
            headers: { 'anthropic-version': '2023-06-01', ...headers },
            body: JSON.stringify(base),
          })
        ).headers,
      );
    const bearer = await ask({ authorization: 'Bearer sk-ant-oat01-x', 'anthropic-beta': 'oauth-2025-04-20' });
    const key = await ask({ 'x-api-key': 'sk-ant-x' });
    expect(bearer['anthropic-ratelimit-unified-status']).toBe('allowed');
    expect(key['anthropic-ratelimit-unified-status']).toBeUndefined();
    expect(key['anthropic-ratelimit-requests-remaining']).toBe('3999');
  });
});

describe('Gemini', () => {
  const said = (role: string, ...parts: object[]) => ({ role, parts });
  const call = (signature?: string) => ({
    functionCall: { name: 'Read', args: {} },
    ...(signature && { thoughtSignature: signature }),
  });
  const response = { functionResponse: { name: 'Read', response: { output: 'x' } } };
  const hi = said('user', { text: 'hi' });
  const tool = (declaration: object) => ({ tools: [{ functionDeclarations: [{ name: 'Read', ...declaration }] }] });
  const send = async (body: object, model = 'gemini-3.8-flash', key = GEMINI_KEY) =>
    post(
      await startGemini(),
      `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
      { 'x-goog-api-key': key },
      { contents: [hi], ...body },
    );

  it.each<[string, object, string?]>([
    [
      'a tool loop with the sentinel',
      { contents: [hi, said('model', call('skip_thought_signature_validator')), said('user', response)] },
    ],
    [
      'an unsigned call for Gemini 2.5',
      { contents: [hi, said('model', call()), said('user', response)] },
      'gemini-2.5-pro',
    ],
    [
      'an unsigned call of an earlier turn',
      { contents: [hi, said('model', call()), said('user', response), said('model', { text: 'x' }), hi] },
    ],
    ['a JSON schema', tool({ parametersJsonSchema: { type: 'object', additionalProperties: false } })],
    ["Google's search and pages", { tools: [{ googleSearch: {} }, { urlContext: {} }] }],
  ])('takes %s', async (_, body, model) => {
    const reply = await send(body, model);
    expect([reply.status, reply.rejections]).toEqual([200, []]);
  });

  it.each<[string, object, string, string?]>([
    ['$schema in parameters', tool({ parameters: { $schema: 'x', type: 'object' } }), 'Unknown name \\"$schema\\"'],
    ['$schema in a JSON schema', tool({ parametersJsonSchema: { $schema: 'x', type: 'object' } }), '$schema'],
    [
      'additionalProperties deep in parameters',
      tool({ parameters: { type: 'object', properties: { a: { type: 'object', additionalProperties: false } } } }),
      'additionalProperties',
    ],
    [
      'an array without items',
      tool({ parameters: { type: 'object', properties: { a: { type: 'array' } } } }),
      'items: missing field',
    ],
    ['a name of 65 characters', tool({ name: 'a'.repeat(65) }), 'Invalid function name'],
    [
      'an unsigned call',
      { contents: [hi, said('model', call()), said('user', response)] },
      'missing a thought_signature',
    ],
    [
      'a foreign signature',
      { contents: [hi, said('model', call('forged')), said('user', response)] },
      'Corrupted thought signature',
    ],
    [
      'more calls than responses',
      { contents: [hi, said('model', call('skip_thought_signature_validator'), call()), said('user', response)] },
      'number of function response parts',
    ],
    ['empty parts', { contents: [said('user')] }, 'parts must not be empty'],
    ['a strange role', { contents: [said('assistant', { text: 'x' })] }, 'valid role'],
    ['a response without call', { contents: [hi, said('user', response)] }, 'immediately after a function call turn'],
    ['too much output', { generationConfig: { maxOutputTokens: 128_000 } }, 'supported range'],
    [
      'too much output for a smaller model',
      { generationConfig: { maxOutputTokens: 65_536 } },
      'supported range',
      'gemini-4-argon',
    ],
    [
      'level and budget',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'low', thinkingBudget: 9 } } },
      'only one of',
    ],
    [
      'a level on Gemini 2.5',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'low' } } },
      'not supported by this model',
      'gemini-2.5-flash',
    ],
    ['an unknown field', { cache_control: {} }, 'Unknown name'],
    ['an unknown tool', { tools: [{ webSearch: {} }] }, 'Unknown name'],
    [
      'domains, which only Vertex takes',
      { tools: [{ googleSearch: { excludeDomains: ['a.example'] } }] },
      'Unknown name',
    ],
    [
      'its search beside a function',
      { tools: [{ googleSearch: {} }, { functionDeclarations: [{ name: 'f' }] }] },
      'cannot be combined',
      'gemini-2.5-pro',
    ],
  ])('rejects %s', async (_, body, words, model) => {
    const reply = await send(body, model);
    expect(reply.status).toBe(400);
    expect(reply.text).toContain(words);
    expect(reply.rejections).toHaveLength(1);
  });

  it('rejects an unknown key', async () => {
    const reply = await send({}, undefined, 'AIzaOther');
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining('API_KEY_INVALID')]);
  });
});

describe('OpenAI Responses', () => {
  const call = (id = 'call_1') => ({ type: 'function_call', call_id: id, name: 'Read', arguments: '{}' });
  const output = (id = 'call_1') => ({ type: 'function_call_output', call_id: id, output: 'x' });
  const send = async (body: object, key = OPENAI_KEY) =>
    post(
      await startOpenaiResponses(),
      '/v1/responses',
      { authorization: `Bearer ${key}` },
      { model: 'gpt-6-sol', input: 'hi', store: false, ...body },
    );

  it('takes a tool loop', async () => {
    expect((await send({ input: [user('hi'), call(), output()] })).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ['an unknown tool', { tools: [{ type: 'web_fetch' }] }, "Invalid value: 'web_fetch'"],
    ['an unknown field of its search', { tools: [{ type: 'web_search', max_uses: 3 }] }, 'Unknown parameter'],
    [
      'an address in place of a domain',
      { tools: [{ type: 'web_search', filters: { allowed_domains: ['https://a.example'] } }] },
      'filters.allowed_domains',
    ],
    ['a choice that is not there', { tool_choice: { type: 'web_search' } }, "Tool choice 'web_search' not found"],
    ['an open call', { input: [user('hi'), call()] }, 'No tool output found for function call call_1'],
    ['an output without call', { input: [user('hi'), output()] }, 'No tool call found'],
    [
      'a call id of 65 characters',
      { input: [user('hi'), call('c'.repeat(65)), output('c'.repeat(65))] },
      'maximum length 64',
    ],
    ['a reference to what is not stored', { input: [{ type: 'item_reference', id: 'rs_1' }] }, 'not persisted'],
    [
      'forged reasoning',
      { input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }, call(), output()] },
      'could not be verified',
    ],
    ['a probe of one token', { max_output_tokens: 1 }, '>= 16'],
    ['a temperature for a reasoning model', { temperature: 1 }, "'temperature' is not supported"],
    ['an unknown field', { max_tokens: 5 }, "Unknown parameter: 'max_tokens'"],
    [
      'a name with a dot',
      { tools: [{ type: 'function', name: 'a.b', parameters: { type: 'object' } }] },
      'does not match pattern',
    ],
  ])('rejects %s', async (_, body, words) => {
    const reply = await send(body);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).error.message).toContain(words);
    expect(reply.rejections).toHaveLength(1);
  });

  it('rejects an unknown key', async () => {
    expect((await send({}, 'sk-other')).status).toBe(401);
  });
});

describe('OpenAI chat', () => {
  const called = (id = 'call_1', more: object = {}) => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name: 'Read', arguments: '{}' } }],
    ...more,
  });
  const tool = (id = 'call_1') => ({ role: 'tool', tool_call_id: id, content: 'x' });
  const send = async (body: object, quirks: Partial<ChatQuirks> = {}) =>
    post(
      await startOpenaiChat({ quirks }),
      '/v1/chat/completions',
      { authorization: `Bearer ${OPENAI_KEY}` },
      { model: 'm', messages: [user('hi')], ...body },
    );
  const image = { messages: [user([{ type: 'image_url', image_url: { url: 'https://example.invalid/a.png' } }])] };

  it.each<[string, object, Partial<ChatQuirks>]>([
    ['a tool loop', { messages: [user('hi'), called(), tool()] }, {}],
    ["Mistral's ids", { messages: [user('hi'), called('abcDEF123'), tool('abcDEF123')] }, { toolIds: 'exactly9' }],
    [
      'thoughts that came back',
      { messages: [user('hi'), called('c', { reasoning_content: 'x' }), tool('c')] },
      { reasoningRequiredBack: 'reasoning_content' },
    ],
  ])('takes %s', async (_, body, quirks) => {
    const reply = await send(body, quirks);
    expect([reply.status, reply.rejections]).toEqual([200, []]);
  });

  it.each<[string, object, Partial<ChatQuirks>, string]>([
    [
      'an id of 41 characters',
      { messages: [user('hi'), called('c'.repeat(41)), tool('c'.repeat(41))] },
      {},
      'maximum length 40',
    ],
    [
      'an id that is not of nine',
      { messages: [user('hi'), called(), tool()] },
      { toolIds: 'exactly9' },
      'with a length of 9',
    ],
    ['a tool message without call', { messages: [user('hi'), tool()] }, {}, "messages with role 'tool'"],
    ['an open call', { messages: [user('hi'), called(), user('next')] }, {}, 'did not have response messages: call_1'],
    [
      'a missing tool_call_id',
      { messages: [user('hi'), called(), { role: 'tool', content: 'x' }] },
      {},
      'tool_call_id',
    ],
    ['max_tokens for a reasoning model', { model: 'gpt-6-sol', max_tokens: 5 }, {}, "Use 'max_completion_tokens'"],
    ['too much output', { max_tokens: 200_000 }, {}, 'too large'],
    [
      'missing thoughts',
      { messages: [user('hi'), called(), tool()] },
      { reasoningRequiredBack: 'reasoning_content' },
      'reasoning_content is missing',
    ],
    ['stream options', { stream: true, stream_options: {} }, { rejectStreamOptions: true }, 'stream_options'],
    ['an image', image, { rejectImages: true }, 'image_url'],
    ['a remote image', image, { rejectRemoteImages: true }, 'base64'],
    ['a PDF', { messages: [user([{ type: 'file', file: {} }])] }, { rejectPdf: true }, 'file content'],
    [
      'required for any',
      { tools: [{ type: 'function', function: { name: 'a' } }], tool_choice: 'required' },
      { toolChoiceAny: 'any' },
      'required',
    ],
    ['no tools in a list', { tools: [] }, {}, 'empty array'],
    [
      'a name of 65 characters',
      { tools: [{ type: 'function', function: { name: 'a'.repeat(65) } }] },
      {},
      'maximum length 64',
    ],
  ])('rejects %s', async (_, body, quirks, words) => {
    const reply = await send(body, quirks);
    expect(reply.status).toBe(400);
    expect(reply.text).toContain(words);
    expect(reply.rejections).toHaveLength(1);
  });
});
