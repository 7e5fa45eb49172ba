import { expect, test } from 'vitest';
import { addWhole, noAnswerYet } from '../../src/codec/answer-facts.ts';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import type { Reply } from '../../src/providers/provider.ts';
import { ask, fallback, startProxy } from '../helpers/proxy.ts';

const USAGE = { inputTokens: 7, outputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** Bytes that are not looked into: what they hold is said beside them. */
function replyHolding(holds: Reply['holds'], text: string): Reply {
  return {
    status: 200,
    rawHeaders: ['content-type', 'application/json'],
    model: 'm',
    warnings: [],
    ...(holds && { holds }),
    body: (async function* () {
      yield Buffer.from(text);
    })(),
  };
}

test('an answer whose provider says what it holds is not parsed again', async () => {
  const holds = { ...noAnswerYet(), hasContent: true, complete: true, stopReason: 'end_turn', usage: USAGE };
  const proxy = await startProxy([fallback('gemini', async () => replyHolding(holds, 'no JSON at all'))]);
  expect(await (await ask(proxy.url)).text()).toBe('no JSON at all');
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', stopReason: 'end_turn', usage: USAGE }]);
});

test.each([
  ['counted by the host', false, true],
  ['estimated, because the host counted nothing', true, false],
])('input tokens that were %s', async (_, isInputEstimated, isLearnt) => {
  const holds = { ...noAnswerYet(), isInputEstimated };
  addWhole(holds, { id: 'm', stop_reason: 'end_turn', usage: { input_tokens: 90_000, output_tokens: 1 } });
  const tokens = createTokenCounter();
  const before = tokens.ratio();
  const provider = fallback('gemini', async () => replyHolding(holds, '{}'), { tokens });
  const proxy = await startProxy([provider]);
  await (await ask(proxy.url, { messages: [{ role: 'user', content: 'word '.repeat(9_000) }] })).text();
  expect(tokens.ratio() !== before).toBe(isLearnt);
});
