import { describe, expect, it } from 'vitest';
import { toAdaptedRequest } from '../../src/codec/adapt/request.ts';
import { createAdaptedCarry } from '../../src/codec/adapt/carry.ts';
import type { MessagesRequest, Tool } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { NO_QUIRKS } from '../../src/codec/quirks.ts';
import type { Dialect, Target } from '../../src/codec/target.ts';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { toPrompt } from '../../src/codec/translate/request.ts';
import { webWishOf } from '../../src/codec/web-tools.ts';
import { webLack, type WebAbility } from '../../src/ground/web.ts';

const search = (more: object = {}): Tool => ({ type: 'web_search_20250305', name: 'web_search', ...more });
const fetch: Tool = { type: 'web_fetch_20250910', name: 'web_fetch' };
const read: Tool = { name: 'Read', description: 'Reads', input_schema: { type: 'object', properties: {} } };
const asking = (tools: Tool[], more: Partial<MessagesRequest> = {}): MessagesRequest => ({
  model: 'claude-opus-5-5',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'What is new?' }],
  tools,
  ...more,
});

const ALL: WebAbility = { search: true, fetch: true, domains: true, mixed: true };
const SEARCH: WebAbility = { ...ALL, fetch: false };
const GOOGLE: WebAbility = { ...ALL, domains: false, mixed: false };

describe('what a request wants of the web', () => {
  it.each<[string, Partial<MessagesRequest> & { tools: Tool[] }, object | undefined]>([
    ['nothing', { tools: [read] }, undefined],
    [
      "another of Anthropic's tools",
      { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] },
      undefined,
    ],
    ['a function of that name', { tools: [{ ...read, name: 'web_search' }] }, undefined],
    ['a search', { tools: [search()] }, { search: true, fetch: false, domains: false, only: true, must: false }],
    ['a newer search', { tools: [search({ type: 'web_search_20260318' })] }, { search: true, only: true }],
    ['a page', { tools: [fetch] }, { search: false, fetch: true, only: true }],
    ['both beside a tool', { tools: [search(), fetch, read] }, { search: true, fetch: true, only: false }],
    ['some sites', { tools: [search({ allowed_domains: ['a.example'] })] }, { domains: true }],
    ['no site of a list', { tools: [search({ blocked_domains: ['a.example'] })] }, { domains: true }],
    ['an empty list', { tools: [search({ allowed_domains: [], blocked_domains: null })] }, { domains: false }],
    ['by force', { tools: [search(), read], tool_choice: { type: 'tool', name: 'web_search' } }, { must: true }],
    [
      'another tool by force',
      { tools: [search(), read], tool_choice: { type: 'tool', name: 'Read' } },
      { must: false },
    ],
    ['any tool', { tools: [search()], tool_choice: { type: 'any' } }, { must: true }],
    [
      'one of two by force',
      { tools: [search(), fetch], tool_choice: { type: 'tool', name: 'web_search' } },
      { search: true, fetch: false, must: true },
    ],
    [
      'the other by force',
      { tools: [search(), fetch], tool_choice: { type: 'tool', name: 'web_fetch' } },
      { search: false, fetch: true, must: true },
    ],
    ['no tool at all', { tools: [search(), fetch, read], tool_choice: { type: 'none' } }, undefined],
    ['any tool of several', { tools: [search(), read], tool_choice: { type: 'any' } }, { must: false }],
  ])('%s', (_, { tools, ...more }, wish) => {
    const found = webWishOf(asking(tools, more));
    if (wish === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(wish);
  });

  it.each<[string, WebAbility | 'off' | undefined, Tool[], string | undefined]>([
    ['a host with everything', ALL, [search({ allowed_domains: ['a.example'] }), fetch, read], undefined],
    ['a host with nothing', undefined, [search()], 'search'],
    ['off', 'off', [search()], 'off'],
    ['no pages', SEARCH, [fetch], 'fetch'],
    ['no domains', GOOGLE, [search({ blocked_domains: ['a.example'] })], 'domains'],
    ['not beside tools', GOOGLE, [search(), read], 'mixed'],
  ])('what keeps a host from it: %s', (_, ability, tools, lack) => {
    expect(webLack(ability, webWishOf(asking(tools))!)).toBe(lack);
  });
});

const OPTIONS: Partial<Record<Dialect, string>> = { gemini: 'google', responses: 'openai', chat: 'openaiCompatible' };

function target(dialect: Dialect, web: Target['web']): Target {
  const capabilities = { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true };
  return {
    provider: 'p',
    dialect,
    optionsName: OPTIONS[dialect] ?? dialect,
    model: 'the-model',
    capabilities,
    quirks: NO_QUIRKS,
    web,
    limits: { contextWindow: 1e6, maxOutput: 6e4 },
    memory: createMemory(),
    ratio: createTokenCounter().ratio(),
  };
}

/** The host's own tools, the choice, the options and the losses, in a line. */
function told(dialect: Dialect, web: Target['web'], tools: Tool[], more: Partial<MessagesRequest> = {}, must = false) {
  const { options, warnings, searches } = toPrompt(asking(tools, more), target(dialect, web), must);
  const extra = options.providerOptions?.[OPTIONS[dialect] ?? dialect] ?? {};
  return {
    tools: (options.tools ?? []).map((tool) =>
      tool.type === 'provider' ? `${tool.id} ${JSON.stringify(tool.args)}` : tool.name,
    ),
    choice: options.toolChoice,
    plugins: extra['plugins'],
    most: extra['maxToolCalls'],
    knows: !JSON.stringify(options.prompt).includes('You cannot search the web'),
    lost: warnings.map(({ detail }) => detail),
    searches,
  };
}

const PLACE = { type: 'approximate', city: 'Basel', country: 'CH', region: null };
const none = { tools: [], knows: false, searches: false };

describe('on the way to another wire', () => {
  it.each<[string, Dialect, Target['web'], Tool[], object]>([
    ['Gemini, off', 'gemini', 'off', [search()], { ...none, lost: [expect.stringContaining('setting webSearch')] }],
    [
      'Gemini, a search',
      'gemini',
      GOOGLE,
      [search()],
      { tools: ['google.google_search {}'], knows: true, lost: [], searches: true },
    ],
    ['Gemini, a page', 'gemini', GOOGLE, [fetch], { tools: ['google.url_context {}'], knows: true, lost: [] }],
    [
      'Gemini, both',
      'gemini',
      GOOGLE,
      [search(), fetch],
      { tools: ['google.google_search {}', 'google.url_context {}'] },
    ],
    [
      'Gemini, a cap and a place',
      'gemini',
      GOOGLE,
      [search({ max_uses: 8, user_location: PLACE })],
      {
        tools: ['google.google_search {}'],
        lost: [expect.stringContaining('max_uses'), expect.stringContaining('user_location')],
      },
    ],
    [
      'Gemini, domains',
      'gemini',
      GOOGLE,
      [search({ allowed_domains: ['a.example'] })],
      { ...none, lost: [expect.stringContaining('domains')] },
    ],
    [
      'Gemini, beside a tool',
      'gemini',
      GOOGLE,
      [search(), read],
      { ...none, tools: ['Read'], lost: [expect.stringContaining('beside other tools')] },
    ],
    ['OpenAI, off', 'responses', 'off', [search(), read], { ...none, tools: ['Read'] }],
    [
      'OpenAI, a search',
      'responses',
      SEARCH,
      [search()],
      {
        tools: ['openai.web_search {"userLocation":{"type":"approximate"}}'],
        choice: undefined,
        lost: [],
        searches: true,
      },
    ],
    [
      'OpenAI, everything that can be said',
      'responses',
      SEARCH,
      [search({ max_uses: 3, allowed_domains: ['a.example'], user_location: PLACE }), read],
      {
        tools: [
          'Read',
          'openai.web_search {"filters":{"allowedDomains":["a.example"]},"userLocation":{"type":"approximate","country":"CH","city":"Basel"}}',
        ],
        most: 3,
        lost: [],
      },
    ],
    [
      'OpenAI, blocked domains',
      'responses',
      SEARCH,
      [search({ blocked_domains: ['b.example'] })],
      { tools: [expect.stringContaining('"filters":{"blockedDomains":["b.example"]}')], lost: [] },
    ],
    ['OpenAI, a page', 'responses', SEARCH, [fetch], { ...none, lost: [expect.stringContaining('cannot fetch')] }],
    [
      'OpenAI, a search and a page: the search stays',
      'responses',
      SEARCH,
      [search(), fetch],
      {
        tools: [expect.stringContaining('openai.web_search')],
        knows: true,
        lost: [expect.stringContaining('cannot fetch')],
      },
    ],
    [
      "OpenRouter's plugin",
      'chat',
      { ...SEARCH, mixed: false },
      [search({ blocked_domains: ['b.example'] })],
      {
        tools: [],
        plugins: [{ id: 'web', engine: 'exa', max_results: 5, exclude_domains: ['b.example'] }],
        searches: true,
      },
    ],
    [
      'a chat host without a search',
      'chat',
      undefined,
      [search()],
      { ...none, plugins: undefined, lost: ['the-model has no web search'] },
    ],
    ['Bedrock', 'bedrock', undefined, [search(), read], { ...none, tools: ['Read'] }],
  ])('%s', (_, dialect, web, tools, wanted) => {
    expect(told(dialect, web, tools)).toMatchObject(wanted);
  });

  it('is forced where the answer is to be a search', () => {
    const choice = { type: 'tool', toolName: 'web_search' };
    expect(told('responses', SEARCH, [search()], {}, true)).toMatchObject({ choice });
    const forced: Partial<MessagesRequest> = { tool_choice: { type: 'tool', name: 'web_search' } };
    expect(told('responses', SEARCH, [search()], forced)).toMatchObject({ choice });
    expect(told('responses', 'off', [search(), read], forced)).toMatchObject({ choice: undefined, tools: ['Read'] });
    expect(told('gemini', GOOGLE, [search()], forced)).toMatchObject({ choice: undefined, lost: [] });
    expect(told('responses', SEARCH, [search(), read], forced)).toMatchObject({ choice, lost: [] });
    expect(told('responses', SEARCH, [search(), fetch], forced)).toMatchObject({ choice, lost: [] });
  });

  it.each<Dialect>(['gemini', 'responses', 'chat'])('is left out where no tool may be called: %s', (dialect) => {
    const left = { tools: [], plugins: undefined, searches: false, lost: [] };
    expect(told(dialect, ALL, [search(), fetch], { tool_choice: { type: 'none' } })).toMatchObject(left);
    expect(told(dialect, 'off', [search()], { tool_choice: { type: 'none' } }, false)).toMatchObject(left);
  });
});

describe("on the way to another host of Anthropic's wire", () => {
  const adapted = (web: Target['web'], tools: Tool[]) => {
    const { request, warnings } = toAdaptedRequest(asking(tools), {
      model: 'the-model',
      maxOutput: 1000,
      memory: createAdaptedCarry(),
      web,
    });
    const knows = !JSON.stringify(request.system ?? '').includes('You cannot search the web');
    return { tools: (request.tools ?? []).map(({ name }) => name), knows, lost: warnings.length };
  };

  it.each<[string, Target['web'], Tool[], object]>([
    [
      'a host with a search',
      ALL,
      [search({ max_uses: 2 }), read],
      { tools: ['web_search', 'Read'], knows: true, lost: 0 },
    ],
    ['a host without', undefined, [search(), read], { tools: ['Read'], knows: false, lost: 1 }],
    ['off', 'off', [search()], { tools: [], knows: false, lost: 1 }],
    ['no pages', SEARCH, [search(), fetch], { tools: ['web_search'], knows: true, lost: 1 }],
  ])('%s', (_, web, tools, wanted) => {
    expect(adapted(web, tools)).toEqual(wanted);
  });
});
