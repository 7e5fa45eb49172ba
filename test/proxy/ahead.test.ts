import { expect, test, vi } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';

/** A request that nothing could send elsewhere leaves before ccmux has made its record of it. */

type Options = Parameters<typeof startProxy>[1];

/** @returns what Claude had been sent when the request's record was begun, and in all. */
async function asked(options: Options, body: Parameters<typeof ask>[1] = {}) {
  const simulator = closing(await startAnthropic({ script: () => answer('Claude here') }));
  const claude = claudeAt(simulator.url);
  const send = vi.spyOn(claude, 'send');
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))], options);
  let before = -1;
  const { nextExchange } = proxy.context;
  proxy.context.nextExchange = () => {
    before = send.mock.calls.length;
    return nextExchange();
  };
  const text = await (await ask(proxy.url, body)).text();
  return { before, calls: send.mock.calls.length, text };
}

test('Claude is asked before the record is begun, and once', async () => {
  expect(await asked({})).toMatchObject({ before: 1, calls: 1, text: expect.stringContaining('Claude here') });
});

const GO = { when: { paths: ['src/**'] }, then: 'go' } as const;

test.each<[string, number, Options]>([
  ['a route', 0, { config: { routes: [{ when: { prompt: ['nobody says this'] }, order: ['gemini'] }] } }],
  ['an overflow', 0, { config: { overflow: { at: 0.8, until: 0.5, move: ['subagents'] } } }],
  ['a rule of who may take over', 0, { config: { handoff: [{ when: { paths: ['src/**'] }, then: 'hold' }] } }],
  ['a rule that holds nothing', 1, { config: { handoff: [GO] } }],
])('with %s the request is read first, or not', async (_name, before, options) => {
  expect(await asked(options)).toMatchObject({ before, calls: 1, text: expect.stringContaining('Claude here') });
});

test('while Claude is limited nothing is sent ahead', async () => {
  const simulator = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + 3_600_000) }));
  const claude = claudeAt(simulator.url);
  const send = vi.spyOn(claude, 'send');
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))]);
  for (let i = 0; i < 3; i++) expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(send).toHaveBeenCalledTimes(1);
});

test('a fault of ccmux behind the bytes does not ask Claude a second time', async () => {
  const simulator = closing(await startAnthropic({ script: () => answer('Claude here') }));
  const claude = claudeAt(simulator.url);
  const send = vi.spyOn(claude, 'send');
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))], { faultsPass: true });
  proxy.context.nextExchange = () => {
    throw new Error('boom');
  };
  expect(await (await ask(proxy.url)).text()).toMatch(/Claude here[\s\S]*event: message_stop/);
  expect(send).toHaveBeenCalledTimes(1);
  expect(proxy.of('fault')).toHaveLength(1);
});

test('a client that leaves takes the request that was sent ahead with it', async () => {
  const simulator = closing(await startAnthropic({ script: () => ({ type: 'hang' }) }));
  const claude = claudeAt(simulator.url);
  const signals: AbortSignal[] = [];
  const { send } = claude;
  claude.send = (request) => {
    signals.push(request.signal);
    return send(request);
  };
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))]);
  const client = new AbortController();
  const answered = ask(proxy.url, {}, { signal: client.signal });
  await expect.poll(() => signals.length).toBe(1);
  client.abort();
  await expect(answered).rejects.toThrow();
  await expect.poll(() => signals[0]!.aborted).toBe(true);
});

test('a client that leaves takes it along where ccmux has a fault, too', async () => {
  const simulator = closing(await startAnthropic({ script: () => ({ type: 'hang' }) }));
  const claude = claudeAt(simulator.url);
  const send = vi.spyOn(claude, 'send');
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))], { faultsPass: true });
  proxy.context.nextExchange = () => {
    throw new Error('boom');
  };
  const client = new AbortController();
  const answered = ask(proxy.url, {}, { signal: client.signal });
  await expect.poll(() => proxy.of('fault')).toHaveLength(1);
  client.abort();
  await expect(answered).rejects.toThrow();
  await expect.poll(() => send.mock.calls[0]?.[0].signal.aborted).toBe(true);
});

test('while subagents run away it depends on who asks, and nothing is sent ahead', async () => {
  const simulator = closing(await startAnthropic({ script: () => answer('Claude here') }));
  const claude = claudeAt(simulator.url);
  const send = vi.spyOn(claude, 'send');
  const proxy = await startProxy([claude, fallback('gemini', streamed('Gemini here'))], {
    config: { budget: { subagentsPerMinute: 1 } },
  });
  const before: number[] = [];
  const { nextExchange } = proxy.context;
  proxy.context.nextExchange = () => {
    before.push(send.mock.calls.length);
    return nextExchange();
  };
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'sk-ant-api03-simulated',
    'x-claude-code-session-id': 'session-of-the-test',
    'x-claude-code-agent-id': 'a1',
    'x-claude-code-request-class': 'subagent',
    'anthropic-version': '2023-06-01',
  };
  for (let i = 0; i < 3; i++) await (await ask(proxy.url, {}, { headers })).text();
  expect({ before, calls: send.mock.calls.length }).toEqual({ before: [1, 2, 2], calls: 3 });
});
