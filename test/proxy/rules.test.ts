import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import type { QuotaWindow } from '../../src/events.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { comparingWords } from '../../src/meaning/by-words.ts';
import type { Compare } from '../../src/session/meaning.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';

/** The user's rules about single requests, with everything real but the client. */

const HOUR = 3_600_000;

type Asked = { class?: string; agent?: string; prompt?: string; body?: object };

async function session(
  config: Partial<Config>,
  {
    limited = false,
    routed,
    outside = [],
    compare,
  }: { limited?: boolean; routed?: Provider; outside?: string[]; compare?: Compare } = {},
) {
  const bodies: string[] = [];
  const simulator = closing(
    await startAnthropic({ script: () => (limited ? claudeLimit(Date.now() + HOUR) : answer('claude')) }),
  );
  const state = { used: 0, given: false, mode: 'default', held: [] as string[] };
  const claude = claudeAt(simulator.url);
  const watched = {
    ...claude,
    send: (request: Parameters<typeof claude.send>[0]) => {
      bodies.push(createHash('sha256').update(Buffer.concat(request.body)).digest('hex'));
      return claude.send(request);
    },
  };
  const others = [fallback('gemini', streamed('gemini')), fallback('local', streamed('local'))].map((one) =>
    outside.includes(one.id) ? { ...one, routed: true as const } : one,
  );
  const windows = (): QuotaWindow[] => [{ name: '5h', used: state.used, resetAt: Date.now() + HOUR, source: 'wire' }];
  const proxy = await startProxy([watched, ...others], {
    config,
    windows,
    mode: () => state.mode,
    routed: () => routed,
    ...(compare && { compare }),
    asks: { isGiven: () => state.given, held: (prompt) => void state.held.push(prompt), met() {} },
  });
  return {
    ...proxy,
    state,
    bodies,
    /** Who has answered; or the status of an error. */
    async asks({ class: named = 'main', agent, prompt = 'p1', body = {} }: Asked = {}): Promise<string> {
      const response = await ask(
        proxy.url,
        { stream: false, ...body },
        {
          headers: {
            'content-type': 'application/json',
            'x-api-key': 'sk-ant-api03-simulated',
            'x-claude-code-session-id': 'session-of-the-test',
            'anthropic-version': '2023-06-01',
            'x-claude-code-request-class': named,
            'x-claude-code-prompt-id': prompt,
            ...(agent !== undefined && { 'x-claude-code-agent-id': 'a1', 'x-claude-code-agent-type': agent }),
          },
        },
      );
      const told = (await response.json()) as { content?: { text: string }[] };
      return told.content?.[0]?.text ?? String(response.status);
    },
  };
}

const OVERFLOW = { at: 0.9, until: 0.8, move: ['auxiliary', 'subagents'] } as const;
const CHECK = {
  tools: [],
  system: 'You are a security monitor for autonomous AI coding agents',
  stop_sequences: ['</block>'],
};

test('from 90 % on subagents and auxiliary requests move, below 80 % they return, and a turn keeps its decision', async () => {
  const { asks, state, of } = await session({ overflow: OVERFLOW });
  const subagent = (prompt: string) => asks({ class: 'subagent', agent: 'Explore', prompt });
  const told: [number, string, string[]][] = [];
  for (const [used, prompt] of [
    [0.89, 'p1'],
    [0.92, 'p1'],
    [0.92, 'p2'],
    [0.85, 'p3'],
    [0.79, 'p3'],
    [0.79, 'p4'],
    [0.89, 'p5'],
  ] as const) {
    state.used = used;
    told.push([
      used,
      prompt,
      [await subagent(prompt), await asks({ class: 'auxiliary', prompt }), await asks({ prompt })],
    ]);
  }
  const [stays, moves] = [
    ['claude', 'claude', 'claude'],
    ['gemini', 'gemini', 'claude'],
  ];
  expect(told).toEqual([
    [0.89, 'p1', stays],
    [0.92, 'p1', stays],
    [0.92, 'p2', moves],
    [0.85, 'p3', moves],
    [0.79, 'p3', moves],
    [0.79, 'p4', stays],
    [0.89, 'p5', stays],
  ]);
  expect(of('exchange-move')[0]).toMatchObject({ to: 'gemini', why: { kind: 'overflow', window: '5h', used: 0.92 } });
  expect(of('provider-switch')).toEqual([]);
});

test('a safety check, a summary and a count of tokens never move', async () => {
  const routes = [{ when: {}, order: ['gemini'] }];
  const { asks, state, url, of } = await session({
    overflow: { ...OVERFLOW, move: ['auxiliary', 'subagents', 'main'] },
    routes,
  });
  state.used = 0.99;
  expect(await asks({ class: 'auxiliary', body: CHECK })).toBe('claude');
  expect(await asks({ class: 'compaction' })).toBe('claude');
  expect(await asks({ class: 'auxiliary' })).toBe('gemini');
  await fetch(`${url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers: { 'x-claude-code-session-id': 'session-of-the-test', 'x-api-key': 'sk-ant-api03-simulated' },
    body: JSON.stringify({ model: 'claude-opus-5-5', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(of('exchange-move')).toHaveLength(1);
  expect(of('attempt-start').at(-1)).toMatchObject({ provider: 'claude' });
});

const STEP = [
  { role: 'user', content: 'hello' },
  {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: 'payments/a.ts' } }],
  },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] },
];

test('a self-contained turn moves as a whole, one with a history stays, and the user’s choice ends it', async () => {
  const { asks, state, of, context } = await session({ overflow: { ...OVERFLOW, move: ['self-contained'] } });
  state.used = 0.95;
  expect(await asks({ prompt: 'p1' })).toBe('gemini');
  expect(await asks({ prompt: 'p1', body: { messages: STEP } })).toBe('gemini');
  expect(
    await asks({
      prompt: 'p2',
      body: { messages: [...STEP, { role: 'assistant', content: 'ok' }, { role: 'user', content: 'more' }] },
    }),
  ).toBe('claude');
  expect(of('provider-switch')).toMatchObject([
    { from: 'claude', to: 'gemini', cause: 'move', fitness: 'self-contained' },
    { from: 'gemini', to: 'claude', cause: 'back', brief: true },
  ]);
  context.router.use('claude', false);
  expect(await asks({ prompt: 'p3' })).toBe('claude');
});

test('routes send by class and by type of agent, the first that matches counts, and what fails goes on along it', async () => {
  const routes: Config['routes'] = [
    { when: { class: ['auxiliary'] }, order: ['gemini', 'claude'] },
    { when: { agent: ['Explore'] }, order: ['nobody', 'local', 'claude'] },
    { when: { agent: ['Explore', 'Plan'] }, order: ['gemini', 'claude'] },
    { when: { paths: ['payments/**'] }, order: ['claude'] },
  ];
  const { asks, of } = await session({ routes });
  expect(await asks({ class: 'auxiliary' })).toBe('gemini');
  expect(await asks({ class: 'subagent', agent: 'Explore' })).toBe('local');
  expect(await asks({ class: 'subagent', agent: 'Plan' })).toBe('gemini');
  expect(await asks({ class: 'subagent', agent: 'general-purpose' })).toBe('claude');
  expect(await asks({ body: { messages: STEP } })).toBe('claude');
  expect(of('exchange-move').map(({ to, why }) => [to, why])).toEqual([
    ['gemini', { kind: 'route', rule: 'class auxiliary' }],
    ['local', { kind: 'route', rule: 'agent Explore' }],
    ['gemini', { kind: 'route', rule: 'agent Explore or Plan' }],
    ['claude', { kind: 'route', rule: 'paths payments/**' }],
  ]);
});

const LOGS = ['summarise this log', 'what does this stack trace say'];
const COMMITS = ['write a commit message'];

/** Compares by words, and tells how often. */
function comparison(sets: string[][]) {
  const compare = comparingWords(sets);
  const asked: string[] = [];
  return { asked, compare: async (prompt: string) => (asked.push(prompt), compare(prompt)) };
}

const typed = (text: string) => ({ messages: [{ role: 'user', content: text }] });
const inLoop = (text: string) => ({ messages: [{ role: 'user', content: text }, ...STEP.slice(1)] });

test('a prompt like the examples of a route goes its way, compared once, through its tool loop and its subagents', async () => {
  const { compare, asked } = comparison([LOGS, COMMITS]);
  const routes: Config['routes'] = [
    { when: { like: LOGS }, order: ['gemini', 'claude'] },
    { when: { like: COMMITS, class: ['main'] }, order: ['local', 'claude'] },
  ];
  const { asks, of } = await session({ routes }, { compare });
  const log = 'Please summarise this log';
  // A title that the client makes of the prompt is nobody's wish, and comes first at times.
  expect(await asks({ class: 'auxiliary', prompt: 'p1', body: typed(log) })).toBe('claude');
  expect(await asks({ prompt: 'p1', body: typed(log) })).toBe('gemini');
  expect(await asks({ prompt: 'p1', body: inLoop(log) })).toBe('gemini');
  expect(await asks({ class: 'subagent', agent: 'Explore', prompt: 'p1', body: typed('find the file') })).toBe(
    'gemini',
  );
  expect(await asks({ prompt: 'p2', body: typed('a commit message, please') })).toBe('local');
  // What is said in the loop belongs to the turn.
  expect(await asks({ prompt: 'p2', body: typed('summarise this log as well') })).toBe('local');
  expect(await asks({ class: 'subagent', agent: 'Explore', prompt: 'p2' })).toBe('claude');
  expect(await asks({ prompt: 'p3', body: typed('fix the race in the scheduler') })).toBe('claude');
  expect(await asks({ prompt: 'p4', body: typed('summarise this log and write a commit message') })).toBe('claude');
  expect(await asks({ class: 'compaction', prompt: 'p1', body: typed(log) })).toBe('claude');
  expect(asked).toHaveLength(4);
  const [move] = of('exchange-move');
  expect(move).toMatchObject({
    to: 'gemini',
    why: { kind: 'route', rule: 'like "summarise this log" and 1 more', like: { by: 'words' } },
  });
  expect(move!.why).toHaveProperty('like.score', expect.closeTo(0.9, 0));
  expect(of('exchange-tag')).toEqual([]);
});

test('an old client names no turn: its requests belong together by what was typed', async () => {
  const { compare, asked } = comparison([LOGS]);
  const { asks } = await session({ routes: [{ when: { like: LOGS }, order: ['gemini'] }] }, { compare });
  for (const body of [typed('summarise the log'), inLoop('summarise the log')])
    expect(await asks({ prompt: '', body })).toBe('gemini');
  expect(asked).toEqual(['summarise the log']);
});

test('a route whose examples read like those of another one only tags, once for a message', async () => {
  const mixed = ['summarise this log', 'write a good commit message'];
  const commits = [...COMMITS, 'draft a pull request description', 'write the release notes'];
  const { compare } = comparison([mixed, commits]);
  const routes: Config['routes'] = [
    { when: { like: mixed }, order: ['gemini'] },
    { when: { like: commits }, order: ['local'] },
  ];
  const { asks, of } = await session({ routes }, { compare });
  const prompt = 'please summarise the log';
  for (const body of [typed(prompt), inLoop(prompt)]) expect(await asks({ body })).toBe('claude');
  expect(await asks({ prompt: 'p2', body: typed('draft a pull request description') })).toBe('local');
  expect(of('exchange-tag')).toMatchObject([{ rule: 'like "summarise this log" and 1 more', like: { by: 'words' } }]);
  expect(of('exchange-move').map(({ to }) => to)).toEqual(['local']);
});

test('a route’s own models are asked of its providers, and of no others', async () => {
  const routes: Config['routes'] = [{ when: { agent: ['Explore'] }, order: ['gemini'], models: { default: 'flash' } }];
  const { asks } = await session({ routes }, { routed: fallback('gemini', streamed('flash')) });
  expect(await asks({ class: 'subagent', agent: 'Explore' })).toBe('flash');
  expect(await asks({ class: 'subagent', agent: 'Plan' })).toBe('claude');
});

test('a provider outside the order answers what its route sends it, and nothing else', async () => {
  const routes: Config['routes'] = [{ when: { agent: ['Explore'] }, order: ['local', 'claude'] }];
  const overflow = { ...OVERFLOW, move: ['subagents', 'main'] as const };
  const { asks, of, state, context } = await session(
    { routes, overflow },
    { limited: true, outside: ['gemini', 'local'] },
  );
  expect(await asks({ class: 'subagent', agent: 'Explore' })).toBe('local');
  // Neither an outage, nor an overflow, nor the user's choice brings a conversation there.
  expect(await asks()).toBe('429');
  state.used = 0.99;
  expect(await asks({ class: 'subagent', agent: 'Plan', prompt: 'p2' })).toBe('429');
  expect(context.router.use('local', false)).toMatch(/^local is not in your order: only your route asks it\./);
  expect(new Set(of('attempt-start').map(({ provider }) => provider))).toEqual(new Set(['local', 'claude']));
});

test('a rule holds what nobody else may answer: the client gets Claude’s own error, and the rule is named', async () => {
  const handoff: Config['handoff'] = [
    { when: { paths: ['payments/**'] }, then: 'hold' },
    { when: { mode: ['plan'] }, then: 'hold' },
  ];
  const { asks, of, state } = await session({ handoff }, { limited: true });
  expect(await asks()).toBe('gemini');
  expect(await asks({ body: { messages: STEP } })).toBe('429');
  state.mode = 'plan';
  expect(await asks({ prompt: 'p2' })).toBe('429');
  expect(of('exchange-hold').map(({ provider, then, rule }) => [provider, then, rule])).toEqual([
    ['gemini', 'hold', 'paths payments/**'],
    ['gemini', 'hold', 'mode plan'],
  ]);
  expect(of('exchange-end').map(({ outcome }) => outcome)).toEqual(['answered', 'relayed', 'relayed']);
});

test('words of what was typed hold for the agents of the turn, whatever they are told', async () => {
  const { asks } = await session(
    {
      handoff: [{ when: { prompt: ['incident'] }, then: 'hold' }],
      routes: [{ when: { prompt: ['changelog'], class: ['subagent'] }, order: ['local'] }],
    },
    { limited: true },
  );
  const typed = (content: string) => ({ messages: [{ role: 'user', content }] });
  const agent = (prompt: string) => asks({ class: 'subagent', agent: 'Explore', prompt, body: typed('Read the logs') });
  expect(await asks({ prompt: 'p1', body: typed('Look into the Incident') })).toBe('429');
  expect(await agent('p1')).toBe('429');
  expect(await asks({ prompt: 'p2', body: typed('Write the changelog') })).toBe('gemini');
  expect(await agent('p2')).toBe('local');
  expect(await agent('p3')).toBe('gemini');
  expect(await asks({ class: 'auxiliary', prompt: 'p1', body: typed('A title') })).toBe('gemini');
});

test.each<[what: string, config: Partial<Config>]>([
  ['a route past Claude', { routes: [{ when: {}, order: ['gemini'] }] }],
  ['a route that ends at Claude', { routes: [{ when: {}, order: ['gemini', 'claude'] }] }],
  ['an overflow', { overflow: { ...OVERFLOW, move: ['main'] } }],
])('what a rule holds goes no way of its own: %s', async (_what, config) => {
  const handoff: Config['handoff'] = [
    { when: { paths: ['payments/**'] }, then: 'hold' },
    { when: { prompt: ['incident'] }, then: 'ask' },
  ];
  const { asks, state, of } = await session({ ...config, handoff });
  state.used = 0.99;
  const asking = { messages: [{ role: 'user', content: 'Look into the incident' }] };
  expect(await asks({ prompt: 'p1' })).toBe('gemini');
  expect(await asks({ prompt: 'p2', body: { messages: STEP } })).toBe('claude');
  expect(await asks({ prompt: 'p3', body: asking })).toBe('claude');
  expect(of('exchange-move')).toHaveLength(1);
  state.given = true;
  expect(await asks({ prompt: 'p4', body: asking })).toBe('gemini');
});

test('where a rule asks and nobody could be asked it is held; the user’s word lets it go', async () => {
  const handoff: Config['handoff'] = [{ when: { prompt: ['incident'] }, then: 'ask' }];
  const { asks, state, of } = await session({ handoff }, { limited: true });
  const body = { messages: [{ role: 'user', content: 'Look into the incident' }] };
  expect(await asks({ body })).toBe('429');
  expect(state.held).toEqual(['Look into the incident']);
  state.given = true;
  expect(await asks({ body })).toBe('gemini');
  expect(of('exchange-hold')).toMatchObject([{ then: 'ask', rule: 'prompt incident' }]);
});

test('a held request goes to Claude again while others serve the conversation, also where the user has chosen one', async () => {
  const handoff: Config['handoff'] = [{ when: { paths: ['payments/**'] }, then: 'hold' }];
  const { asks, context, of } = await session({ handoff });
  context.router.use('gemini', true);
  expect(await asks()).toBe('gemini');
  expect(await asks({ body: { messages: STEP } })).toBe('claude');
  expect(of('exchange-hold')).toEqual([]);
});

test('no rule changes what Claude receives', async () => {
  const rules = {
    overflow: OVERFLOW,
    routes: [{ when: { agent: ['Explore'] }, order: ['local'] }],
    handoff: [{ when: {}, then: 'hold' as const }],
  };
  const sent = async (config: Partial<Config>) => {
    const { asks, bodies, state } = await session(config);
    state.used = 0.99;
    for (const body of [{}, { messages: STEP }, CHECK]) await asks({ body });
    return bodies;
  };
  expect(await sent(rules)).toEqual(await sent({}));
});
