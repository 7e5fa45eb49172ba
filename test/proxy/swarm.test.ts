import { expect, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, CONFIG, createClock, fallback, startProxy, streamed } from '../helpers/proxy.ts';

/** Subagents that run away. */

async function session({ limited = true, free = false } = {}) {
  const clock = createClock();
  const simulator = closing(
    await startAnthropic({ script: () => (limited ? claudeLimit(clock.now() + 3_600_000) : answer('claude')) }),
  );
  const paid = fallback('paid', streamed('paid'), { paid: true });
  const others = free ? [paid, fallback('free', streamed('free'), { paid: false })] : [paid];
  const proxy = await startProxy([claudeAt(simulator.url), ...others], {
    now: clock.now,
    config: { budget: { subagentsPerMinute: 2 } },
  });
  return {
    ...proxy,
    clock,
    async asks(requestClass: 'main' | 'subagent' | 'workflow'): Promise<string> {
      const headers = {
        'content-type': 'application/json',
        'x-api-key': 'sk-ant-api03-simulated',
        'x-claude-code-session-id': 'session-of-the-test',
        'x-claude-code-request-class': requestClass,
        'anthropic-version': '2023-06-01',
      };
      const response = await ask(proxy.url, { stream: false }, { headers });
      const told = (await response.json()) as { content?: { text: string }[] };
      return told.content?.[0]?.text ?? String(response.status);
    },
  };
}

test('more requests of subagents in a minute than may be: paid fallbacks skip them, and nobody else', async () => {
  const { asks, of, clock, context } = await session();
  expect(await Promise.all([asks('subagent'), asks('workflow')])).toEqual(['paid', 'paid']);
  expect(await asks('subagent')).toBe('429');
  expect(context.swarm.over()).toBe(2);
  expect(await asks('main')).toBe('paid');
  expect(of('swarm-begin')).toMatchObject([{ perMinute: 2, stops: true }]);
  expect(of('provider-skip').map(({ provider, detail }) => [provider, detail])).toContainEqual([
    'paid',
    { kind: 'swarm', perMinute: 2 },
  ]);
  clock.advance(61_000);
  expect(await asks('subagent')).toBe('paid');
  expect(of('swarm-end')).toHaveLength(1);
  expect(of('swarm-begin')).toHaveLength(1);
});

test('a fallback that costs nothing answers them', async () => {
  const { asks } = await session({ free: true });
  expect([await asks('subagent'), await asks('subagent'), await asks('subagent')]).toEqual(['paid', 'paid', 'free']);
});

test('while Claude answers they are only told of', async () => {
  const { asks, of } = await session({ limited: false });
  expect([await asks('subagent'), await asks('subagent'), await asks('subagent')]).toEqual(Array(3).fill('claude'));
  expect(of('swarm-begin')).toHaveLength(1);
});

test('a paid provider that the user has put first is no fallback', async () => {
  const first = fallback('first', streamed('first'), { paid: true });
  const { url } = await startProxy([first], { config: { budget: { ...CONFIG.budget, subagentsPerMinute: 1 } } });
  const headers = { 'x-claude-code-session-id': 's', 'x-claude-code-request-class': 'subagent' };
  for (let count = 0; count < 3; count++) expect((await ask(url, {}, { headers })).status).toBe(200);
});
