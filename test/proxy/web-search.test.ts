import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, type Script, type Step } from '../../src/demo/script.ts';
import type { Simulator } from '../../src/demo/server.ts';
import { catalogRow, catalogRows } from '../../src/providers/catalog.ts';
import { startHost } from '../conformance/host.ts';
import { inAnHour } from '../helpers/cast.ts';
import { claudeAt, startProxy, type ProxyUnderTest } from '../helpers/proxy.ts';

/** What becomes of a web search while Claude is limited, with Anthropic's own SDK as the client. */

type Content = Anthropic.Messages.ContentBlock[];

const SEARCH = { type: 'web_search_20250305', name: 'web_search', max_uses: 8 } as const;
const READ = { name: 'read', description: 'Reads', input_schema: { type: 'object' as const, properties: {} } };
const PAGE = { type: 'web_fetch_20250910', name: 'web_fetch' } as const;
const PAGES = {
  queries: ['ccmux release', 'ccmux news'],
  results: [
    { title: 'Releases [of ccmux]', url: 'https://example.com/releases' },
    { title: 'News', url: 'https://example.org/news?day=1' },
  ],
};
const found: Step = answer('It is out.', { search: PAGES });

/** As Claude Code's WebSearch asks. */
const LOOKUP = {
  model: 'claude-opus-5-5',
  max_tokens: 2000,
  messages: [{ role: 'user' as const, content: 'Perform a web search for the query: ccmux release' }],
  tools: [SEARCH],
};
/** A program's conversation, in which the host may search. */
const QUESTION = { ...LOOKUP, messages: [{ role: 'user' as const, content: 'What is new?' }] };

type Scene = {
  proxy: ProxyUnderTest;
  client: Anthropic;
  claude: Simulator;
  hosts: Simulator[];
  rejections(): unknown[];
};

/** Claude is limited, and these are next. */
async function scene(ids: string[], script: Script, allowsWeb = true): Promise<Scene> {
  const claude = await startAnthropic({ script: () => claudeLimit(inAnHour()) });
  onTestFinished(() => claude.close());
  const hosts = await Promise.all(ids.map((id) => startHost(catalogRow(id)!, allowsWeb)));
  for (const host of hosts) {
    onTestFinished(() => host.close());
    host.simulator.script = script;
  }
  const proxy = await startProxy([claudeAt(claude.url), ...hosts.map(({ provider }) => provider)]);
  const client = new Anthropic({
    apiKey: 'sk-ant-x',
    authToken: null,
    baseURL: proxy.url,
    maxRetries: 0,
    defaultHeaders: { 'x-claude-code-session-id': 'session-of-the-sdk' },
  });
  const simulators = hosts.map(({ simulator }) => simulator);
  const rejections = () => [claude, ...simulators].flatMap((one) => one.rejections.map(({ body }) => body));
  return { proxy, client, claude, hosts: simulators, rejections };
}

/** Whole and streamed: both say the same. */
async function bothWays({ client }: Scene, body: Anthropic.Messages.MessageCreateParamsNonStreaming) {
  const whole = await client.messages.create(body);
  const streamed = await client.messages.stream(body).finalMessage();
  return [whole, streamed];
}

const kinds = (content: Content) => content.map(({ type }) => type);
const textOf = (content: Content) => content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('|');
const urlsOf = (content: Content) =>
  content.flatMap((block) =>
    block.type === 'web_search_tool_result' && Array.isArray(block.content) ? block.content.map(({ url }) => url) : [],
  );
const errorsOf = (content: Content) =>
  content.flatMap((block) =>
    block.type === 'web_search_tool_result' && !Array.isArray(block.content) ? block.content.error_code : [],
  );

const SEARCHING = catalogRows().flatMap(({ id, web }) => (web && id !== 'claude' ? [{ id, web }] : []));

describe.each(SEARCHING)('$id', ({ id, web }) => {
  it("gives Claude Code's search the pages that it found, and counts its searches", async () => {
    const one = await scene([id], () => found);
    for (const { content, usage, stop_reason } of await bothWays(one, LOOKUP)) {
      expect(kinds(content).filter((type) => type !== 'text')).toContain('web_search_tool_result');
      expect(errorsOf(content)).toEqual([]);
      expect(urlsOf(content)).toHaveLength(2);
      // Google names pages by redirects of its own.
      if (id !== 'gemini') expect(urlsOf(content)).toEqual(PAGES.results.map(({ url }) => url));
      expect(textOf(content)).toContain('It is out.');
      expect(stop_reason).toBe('end_turn');
      expect(usage.server_tool_use?.web_search_requests).toBe(id === 'openrouter-chat' ? 1 : 2);
    }
    const [end] = one.proxy.of('exchange-end');
    expect(end).toMatchObject({ outcome: 'answered', usage: { webSearches: id === 'openrouter-chat' ? 1 : 2 } });
    expect(one.rejections()).toEqual([]);
  });

  it('gives a conversation its sources as text, and Claude goes on from there', async () => {
    const one = await scene([id], () => found);
    const tools = web.mixed ? [SEARCH, READ] : [SEARCH];
    const answers = await bothWays(one, { ...QUESTION, tools });
    one.claude.script = () => answer('Claude is back.');
    one.proxy.context.router.use('claude', false);
    for (const { content } of answers) {
      expect([...new Set(kinds(content))]).toEqual(['text']);
      const text = textOf(content);
      expect(text).toContain('It is out.');
      expect(text).toContain('Sources (web search by ');
      if (id !== 'gemini') expect(text).toContain('- [News](https://example.org/news?day=1)');
      const next = [
        ...QUESTION.messages,
        { role: 'assistant' as const, content },
        { role: 'user' as const, content: 'Go on.' },
      ];
      const back = await one.client.messages.create({ ...QUESTION, tools, messages: next });
      expect(textOf(back.content)).toBe('Claude is back.');
    }
    expect(one.rejections()).toEqual([]);
  });

  it('says so where it did not look', async () => {
    const one = await scene([id], () => answer('I think so.'));
    // OpenRouter's plugin always looks.
    for (const { content } of await bothWays(one, LOOKUP)) {
      expect(errorsOf(content)).toEqual(['unavailable']);
      expect(textOf(content)).toMatch(id === 'openrouter-chat' ? /named no page/ : /did not search the web/);
      expect(textOf(content)).toContain('I think so.');
    }
    const [plain] = await bothWays(one, QUESTION);
    expect(plain!.content).toEqual([{ type: 'text', text: 'I think so.' }]);
    expect(one.rejections()).toEqual([]);
  });

  it('is not asked while web search is off', async () => {
    const one = await scene([id], () => found, false);
    for (const { content, usage } of await bothWays(one, LOOKUP)) {
      expect(kinds(content)).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
      expect(errorsOf(content)).toEqual(['unavailable']);
      expect(content[0]).toMatchObject({ input: { query: 'ccmux release' } });
      expect(textOf(content)).toContain('setting webSearch');
      expect(usage.output_tokens).toBe(0);
    }
    expect(one.hosts[0]!.requests).toEqual([]);
    expect(one.proxy.of('exchange-end').map(({ outcome, provider }) => [outcome, provider])).toEqual([
      ['declined', undefined],
      ['declined', undefined],
    ]);
    expect(one.proxy.of('translation-warn')).toHaveLength(2);
    // Elsewhere the model is told.
    const [plain] = await bothWays(one, { ...QUESTION, tools: [SEARCH, READ] });
    expect(plain!.content).toEqual([{ type: 'text', text: 'It is out.' }]);
    expect(JSON.stringify(one.hosts[0]!.requests[0]!.json)).toContain('You cannot search the web');
    expect(one.rejections()).toEqual([]);
  });
});

describe('who searches', () => {
  it('is the next that has a search, not the next in the order', async () => {
    const one = await scene(['deepseek', 'openai'], () => found);
    const message = await one.client.messages.create(LOOKUP);
    expect(urlsOf(message.content)).toHaveLength(2);
    expect(one.proxy.of('provider-skip').map(({ provider, detail }) => [provider, detail])).toContainEqual([
      'deepseek',
      { kind: 'cannot-take', what: ['web searches'] },
    ]);
    expect(one.hosts[0]!.requests).toEqual([]);
  });

  it('is the one that can keep to domains', async () => {
    const one = await scene(['gemini', 'openai'], () => found);
    const tools = [{ ...SEARCH, allowed_domains: ['example.com'] }];
    await one.client.messages.create({ ...LOOKUP, tools });
    expect(one.hosts[0]!.requests).toEqual([]);
    expect(one.hosts[1]!.requests[0]!.json.tools[0].filters).toEqual({ allowed_domains: ['example.com'] });
  });

  it('is nobody where nobody can, and the reason says what to do', async () => {
    const one = await scene(['gemini'], () => found);
    const tools = [{ ...SEARCH, allowed_domains: ['example.com'] }];
    const { content } = await one.client.messages.create({ ...LOOKUP, tools });
    expect(errorsOf(content)).toEqual(['unavailable']);
    expect(textOf(content)).toBe('(Gemini cannot limit a web search to domains; search without them.)');
    expect(one.hosts[0]!.requests).toEqual([]);
  });

  it('is asked again elsewhere when the first fails or refuses', async () => {
    const one = await scene(['gemini', 'openai'], () => found);
    one.hosts[0]!.script = [
      { type: 'answer', stopReason: 'SAFETY', search: PAGES },
      { type: 'error', status: 500, body: {} },
    ];
    for (const _ of [1, 2]) {
      const { content, model } = await one.client.messages.create(LOOKUP);
      expect([model, urlsOf(content).length]).toEqual(['gpt-6.1-sol', 2]);
    }
    expect(one.proxy.of('attempt-fail').filter(({ provider }) => provider === 'gemini')).toHaveLength(2);
  });

  it('a forced search, and a forced page, fail in their own form', async () => {
    const one = await scene(['deepseek'], () => found);
    const forced = { tools: [SEARCH, READ], tool_choice: { type: 'tool' as const, name: 'web_search' } };
    const { content } = await one.client.messages.create({ ...QUESTION, ...forced });
    expect(errorsOf(content)).toEqual(['unavailable']);
    expect(textOf(content)).toBe('(DeepSeek has no web search.)');
    const page = { type: 'web_fetch_20250910' as const, name: 'web_fetch' as const };
    const { content: fetched } = await one.client.messages.create({
      ...QUESTION,
      messages: [{ role: 'user', content: 'Read https://example.com/a' }],
      tools: [page],
      tool_choice: { type: 'tool', name: 'web_fetch' },
    });
    expect(fetched[0]).toMatchObject({ type: 'server_tool_use', name: 'web_fetch' });
    expect(fetched[1]).toMatchObject({ content: { type: 'web_fetch_tool_result_error', error_code: 'unavailable' } });
    // Claude takes these back.
    one.claude.script = () => answer('Claude is back.');
    one.proxy.context.router.use('claude', false);
    await one.client.messages.create({
      ...QUESTION,
      messages: [...QUESTION.messages, { role: 'assistant', content }, { role: 'user', content: 'Go on.' }],
    });
    expect(one.rejections()).toEqual([]);
  });

  it.each<[string, string, boolean, object]>([
    ['off', 'gemini', false, {}],
    ['not beside other tools', 'gemini', true, { tools: [PAGE, READ] }],
    ['not of some sites alone', 'gemini', true, { tools: [{ ...PAGE, allowed_domains: ['example.com'] }] }],
    ['off, beside a search', 'openai', false, { tools: [SEARCH, PAGE] }],
  ])('a forced page fails as a page, whatever the reason: %s', async (_, id, allowsWeb, more) => {
    const one = await scene([id], () => found, allowsWeb);
    const forced = { tools: [PAGE], tool_choice: { type: 'tool' as const, name: 'web_fetch' }, ...more };
    const { content } = await one.client.messages.create({ ...QUESTION, ...forced });
    expect(kinds(content)).toEqual(['server_tool_use', 'web_fetch_tool_result', 'text']);
    expect(one.hosts[0]!.requests).toEqual([]);
  });

  it('a forced search is made where a page could not be read', async () => {
    const one = await scene(['openai'], () => found);
    const forced = { tools: [SEARCH, PAGE], tool_choice: { type: 'tool' as const, name: 'web_search' } };
    const { content } = await one.client.messages.create({ ...QUESTION, ...forced });
    expect(textOf(content)).toContain('Sources (web search by ');
    expect(one.rejections()).toEqual([]);
  });

  it('is nobody where the client lets no tool be called', async () => {
    for (const id of ['gemini', 'openai', 'openrouter-chat', 'deepseek']) {
      const one = await scene([id], () => answer('So.'));
      const { content } = await one.client.messages.create({ ...QUESTION, tool_choice: { type: 'none' } });
      expect(textOf(content)).toBe('So.');
      expect(JSON.stringify(one.hosts[0]!.requests[0]!.json)).not.toMatch(/google_search|web_search|plugins/);
      expect(one.rejections()).toEqual([]);
    }
  });

  it('reads a page with Gemini, and names it', async () => {
    const one = await scene(['gemini'], () => found);
    const tools = [{ type: 'web_fetch_20250910' as const, name: 'web_fetch' as const }];
    const { content, usage } = await one.client.messages.create({ ...QUESTION, tools });
    expect(textOf(content)).toContain('(https://example.com/releases)');
    expect(usage.server_tool_use).toMatchObject({ web_search_requests: 0, web_fetch_requests: 2 });
    expect(one.rejections()).toEqual([]);
  });
});

describe('what a host says of its search may be anything', () => {
  const sse = (chunks: unknown[]): Step => ({
    type: 'raw',
    chunks: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`),
  });
  const good = 'https://a.example/x%20y';
  const pages = [
    null,
    'x',
    {},
    { web: null },
    { web: { uri: 5 } },
    { web: { uri: 'javascript:alert(1)', title: 'No' } },
  ];
  const gemini = (metadata: object): Step =>
    sse([
      { candidates: [{ content: { parts: [{ text: 'It is out.' }] }, ...metadata }] },
      {
        candidates: [{ content: { parts: [{ text: '' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 5 },
      },
    ]);
  const openai = (...items: object[]): Step =>
    sse([
      { type: 'response.created', response: { id: 'r', created_at: 1, model: 'm' } },
      ...items,
      { type: 'response.output_item.added', output_index: 9, item: { type: 'message', id: 'm' } },
      { type: 'response.output_text.delta', item_id: 'm', delta: 'It is out.' },
      {
        type: 'response.output_text.annotation.added',
        annotation: { type: 'url_citation', url: `${good}?utm_source=openai` },
      },
      { type: 'response.output_text.annotation.added', annotation: null },
      { type: 'response.output_text.annotation.added', annotation: { type: 'container_file_citation', file_id: 'f' } },
      { type: 'response.output_item.done', output_index: 9, item: { type: 'message', id: 'm' } },
      { type: 'response.completed', response: { usage: { input_tokens: 5, output_tokens: 5 } } },
    ]);
  const call = (action: unknown, status: unknown = 'completed') => [
    { type: 'response.output_item.added', output_index: 0, item: { type: 'web_search_call', id: 'w' } },
    { type: 'response.web_search_call.searching', output_index: 0, item_id: 'w' },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'web_search_call', id: 'w', status, action } },
  ];

  it.each<[string, string, Step, string[], number]>([
    [
      'Gemini, pages among rubbish',
      'gemini',
      gemini({
        groundingMetadata: {
          webSearchQueries: ['q', 'q', '', 5, null],
          groundingChunks: [...pages, { web: { uri: 'https://a.example/x y', title: 7 } }],
          groundingSupports: 'x',
          retrievalMetadata: 5,
        },
        urlContextMetadata: { urlMetadata: [null, { retrievedUrl: 5 }] },
      }),
      [good],
      1,
    ],
    ['Gemini, queries and no page', 'gemini', gemini({ groundingMetadata: { webSearchQueries: ['q'] } }), [], 1],
    ['Gemini, nothing but a name', 'gemini', gemini({ groundingMetadata: {} }), [], 0],
    ['Gemini, a text in its place', 'gemini', gemini({ groundingMetadata: 'x', urlContextMetadata: [] }), [], 0],
    ['OpenAI, a citation alone', 'openai', openai(), [good], 1],
    ['OpenAI, an action that nobody knows', 'openai', openai(...call({ type: 'teleport', to: 5 })), [good], 1],
    ['OpenAI, no action', 'openai', openai(...call(undefined, 5)), [good], 1],
    [
      'OpenAI, sources among rubbish',
      'openai',
      openai(
        ...call({
          type: 'search',
          queries: [5, 'q'],
          sources: [null, { type: 'api', name: 'x' }, { type: 'url', url: 'https://b.example/' }],
        }),
      ),
      ['https://b.example/', good],
      1,
    ],
    ['OpenAI, a search that failed', 'openai', openai(...call({ type: 'search', query: 'q' }, 'failed')), [good], 1],
    [
      "OpenRouter's plugin, pages among rubbish",
      'openrouter-chat',
      sse([
        {
          choices: [
            {
              index: 0,
              delta: { content: 'It is out.', annotations: [null, 5, { type: 'file' }] },
              finish_reason: null,
            },
          ],
        },
        {
          choices: [
            {
              index: 0,
              delta: { annotations: [{ type: 'url_citation', url_citation: { url: good } }, { url_citation: 'x' }] },
              finish_reason: 'stop',
            },
          ],
        },
      ]),
      [good],
      1,
    ],
  ])('%s', async (_, id, step, urls, searches) => {
    const one = await scene([id], () => step);
    const { content, usage } = await one.client.messages.stream(LOOKUP).finalMessage();
    expect(urlsOf(content)).toEqual(urls);
    expect(errorsOf(content)).toEqual(urls.length > 0 ? [] : ['unavailable']);
    expect(textOf(content)).toContain('It is out.');
    expect(usage.server_tool_use?.web_search_requests ?? 0).toBe(searches);
  });

  it.each(SEARCHING)('$id: names only pages of the web, each once, and no more than a hundred', async ({ id }) => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      title: `T\u001b[2J${i}`,
      url: `https://a.example/p?q=(${i})`,
    }));
    const odd = ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '', '//a.example'];
    const rubbish = odd.map((url) => ({ title: 'No', url }));
    const one = await scene([id], () => answer('So.', { search: { queries: ['q'], results: [...many, ...many] } }));
    // Google's own redirects stand before the address.
    if (id !== 'gemini')
      one.hosts[0]!.script = () =>
        answer('So.', { search: { queries: ['q'], results: [...rubbish, many[0]!, many[0]!] } });
    for (const { content } of await bothWays(one, LOOKUP)) {
      const pages = content.flatMap((block) =>
        block.type === 'web_search_tool_result' && Array.isArray(block.content) ? block.content : [],
      );
      expect(new Set(pages.map(({ url }) => new URL(url).protocol))).toEqual(new Set(['https:']));
      expect(JSON.stringify(pages.map(({ title }) => title))).not.toMatch(/\\u001b/);
      if (id !== 'gemini' && id !== 'openrouter' && id !== 'minimax')
        expect(pages.map(({ url }) => url)).toEqual([many[0]!.url]);
    }
    one.hosts[0]!.script = () => answer('So.', { search: { queries: ['q'], results: [...many, ...many] } });
    const { content } = await one.client.messages.create(QUESTION);
    expect(textOf(content).match(/^- \[/gm)).toHaveLength(100);
    expect(textOf(content)).not.toContain('\u001b');
  });

  it('words of the web stay inside their line', async () => {
    const results = [{ title: 'A](javascript:x)\n# \u001b\u0007Now', url: 'https://a.example/(b)' }];
    const one = await scene(['openrouter'], () => answer('So.', { search: { queries: ['q\n- r'], results } }));
    const { content } = await one.client.messages.create(QUESTION);
    expect(textOf(content)).toBe(
      'So.|Sources (web search by anthropic/claude-opus-5.5 for “q - r”):\n- [A (javascript:x) # Now](https://a.example/%28b%29)',
    );
  });
});

it('is told in a stream that pings have opened, too', async () => {
  const claude = await startAnthropic({ script: () => claudeLimit(inAnHour()) });
  const able = await startHost(catalogRow('openai')!, true);
  const other = await startHost(catalogRow('deepseek')!, true);
  for (const one of [claude, able, other]) onTestFinished(() => one.close());
  able.simulator.script = () => ({ type: 'error', status: 500, body: {}, delayMs: 150 });
  const proxy = await startProxy([claudeAt(claude.url), able.provider, other.provider], { pingEveryMs: 20 });
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-claude-code-session-id': 's', 'x-api-key': 'sk-ant-x', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...LOOKUP, stream: true }),
  });
  const text = await response.text();
  expect(text).toMatch(/^event: ping\n/);
  expect(text).toContain('"error_code":"unavailable"');
  expect(text).toContain('DeepSeek has no web search');
  expect(text.trimEnd()).toMatch(/event: message_stop\ndata: .*$/);
});
