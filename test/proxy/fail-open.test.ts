import { expect, onTestFinished, test, vi } from 'vitest';
import { createMemory, forgiving } from '../../src/codec/carry.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { answer, callTool, type Step } from '../../src/demo/script.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { buildProviders } from '../../src/providers/build.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, CONFIG, fallback, startProxy, streamed, type ProxyUnderTest } from '../helpers/proxy.ts';

/** An exception in whatever looks at a request, or remembers something of it, leaves the request whole. */

const boom = (): never => {
  throw new Error('boom');
};

/** Where it throws, and what is broken there. Journal, notices and page are listeners of the bus. */
const PLACES: Record<string, (proxy: ProxyUnderTest) => void> = {
  'a listener: journal, notices, page': ({ context }) => void context.bus.on(boom),
  'the bus itself': ({ context }) => void (context.bus.emit = boom),
  'the record of an exchange': ({ context }) => void (context.currentTurn = context.nextTurn = boom),
  'the reading of limits': ({ context }) => void (context.router.observe = boom),
  'what is learnt of an answer': ({ context }) => void (context.router.answer = boom),
  'the count of requests': ({ context }) => void (context.router.sent = boom),
  'the shared state, read': ({ ledger }) => void (ledger.cooldowns = ledger.samples = ledger.counted = boom),
  'the shared state, written': ({ ledger }) => {
    ledger.setCooldowns = ledger.addSample = ledger.count = ledger.setWindows = boom;
  },
  'the price': ({ context }) => void (context.price = boom as never),
  'the budget': ({ context }) => void (context.budget.spend = boom),
  'what fallbacks proposed': ({ context }) => {
    context.proposals.note = context.proposals.settle = boom;
    context.proposals.proposers = boom;
  },
  'who asks': ({ context }) => void (context.isOwn = boom),
  'the plan': ({ context }) => void (context.router.surroundings = boom),
};

test.each(Object.entries(PLACES))('Claude answers whole although this throws: %s', async (_, sabotage) => {
  const simulator = closing(await startAnthropic({ script: () => answer('Claude here') }));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], { faultsPass: true });
  sabotage(proxy);
  for (const stream of [true, false]) {
    const response = await ask(proxy.url, { stream });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(stream ? /Claude here[\s\S]*event: message_stop/ : /Claude here.*end_turn/);
  }
});

test.each<[string, Step, object]>([
  ['Claude answers then', answer('Claude here'), { outcome: 'answered', provider: 'claude', status: 200 }],
  [
    'Claude fails again',
    { type: 'raw', status: 529, chunks: ['{}'] },
    { outcome: 'relayed', provider: 'claude', status: 529 },
  ],
  ['Claude is gone', { type: 'refuse' }, { outcome: 'failed' }],
])('an exchange with a fault has one end in the report: %s', async (_, then, end) => {
  const busy: Step = { type: 'raw', status: 529, chunks: ['{}'] };
  let asked = 0;
  const simulator = closing(await startAnthropic({ script: () => (asked++ === 0 ? busy : then) }));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], { faultsPass: true });
  proxy.context.router.read = boom;
  await (await ask(proxy.url)).text();
  await expect.poll(() => proxy.of('exchange-end')).toEqual([expect.objectContaining(end)]);
});

test('Claude answers whole although the tap throws that reads the answer', async () => {
  const simulator = closing(await startAnthropic({ script: () => answer('Claude here') }));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const decode = vi.spyOn(TextDecoder.prototype, 'decode').mockImplementation(boom);
  onTestFinished(() => decode.mockRestore());
  for (const stream of [true, false]) {
    const body = Buffer.from(await (await ask(proxy.url, { stream })).arrayBuffer()).toString();
    expect(body).toMatch(stream ? /Claude here[\s\S]*event: message_stop/ : /Claude here.*end_turn/);
  }
  expect(decode).toHaveBeenCalled();
});

/** These decide who may answer, or whose calls are asked about: where they break, Claude answers as without ccmux. */
const DECIDE = new Set(['who asks', 'the plan', 'the shared state, read', 'the bus itself', 'what fallbacks proposed']);

test.each(Object.entries(PLACES).filter(([name]) => !DECIDE.has(name)))(
  'a fallback answers whole although this throws: %s',
  async (_, sabotage) => {
    const simulator = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + 3_600_000) }));
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
      faultsPass: true,
    });
    sabotage(proxy);
    expect(await (await ask(proxy.url)).text()).toMatch(/Gemini here[\s\S]*event: message_stop/);
  },
);

test.each([
  ['remember', { remember: boom }],
  ['recall', { recall: boom }],
])('a fallback answers whole although the memory of its signatures throws: %s', async (_, broken) => {
  const simulator = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + 3_600_000) }));
  const call = callTool('Read', { file_path: 'a' }, { thinking: 'Look first.' });
  const gemini = closing(await startGemini({ script: ({ facts }) => (facts.stepInTurn ? answer('Read.') : call) }));
  const faults: unknown[] = [];
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const claude = claudeAt(simulator.url);
  const providers = buildProviders({
    config: { ...CONFIG, order: ['gemini'], providers: { gemini: { baseUrl: `${gemini.url}/v1beta` } } },
    env: { GEMINI_API_KEY: GEMINI_KEY },
    claudeUpstream: simulator.url,
    dependencies: {
      upstream,
      memory: forgiving({ ...createMemory(), ...broken }, (fault) => faults.push(fault)),
      claudeSend: claude.send,
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  const proxy = await startProxy([claude, ...providers], { faultsPass: true });
  const first = JSON.parse(await (await ask(proxy.url, { stream: false })).text());
  expect(first).toMatchObject({ type: 'message', stop_reason: 'tool_use' });
  const id = first.content.at(-1).id;
  const history = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: first.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'text' }] },
  ];
  expect(await (await ask(proxy.url, { messages: history })).text()).toMatch(/Read\.[\s\S]*event: message_stop/);
  expect(faults.length).toBeGreaterThan(0);
});
