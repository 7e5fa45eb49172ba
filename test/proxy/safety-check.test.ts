import { expect, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { overloaded, unauthorized } from '../simulators/failures.ts';
import type { ErrorStep } from '../../src/demo/script.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';

/** Auto mode's question about an action, and Claude's own error for it. */

const CHECK = {
  stream: false,
  tools: [],
  system: 'You are a security monitor for autonomous AI coding agents',
  stop_sequences: ['</block>'],
};
const MINUTE = 60_000;

async function answered(failure: () => ErrorStep, request: object, { alone = false } = {}) {
  const simulator = closing(await startAnthropic({ script: () => failure() }));
  const others = alone ? [] : [fallback('gemini', streamed('no'))];
  const proxy = await startProxy([claudeAt(simulator.url), ...others]);
  const response = await ask(proxy.url, request);
  return { response, body: (await response.json()) as object, proxy };
}

test.each<[string, () => ErrorStep, string | null]>([
  ['a limit of an hour', () => claudeLimit(Date.now() + 60 * MINUTE), 'false'],
  ['a limit that is over in a moment', () => claudeLimit(Date.now() + 20_000), null],
  ['a hiccup', () => overloaded(), null],
  ['a login that is refused', unauthorized, null],
])('%s: the client gets it as it came, and is told not to wait in silence: %s', async (_, failure, retry) => {
  const { response, body, proxy } = await answered(failure, CHECK);
  const { status, body: sent } = failure();
  expect({ status: response.status, body }).toEqual({ status, body: sent });
  expect(response.headers.get('x-should-retry')).toBe(retry);
  expect(proxy.of('exchange-start')).toMatchObject([{ safetyCheck: true }]);
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'relayed', provider: 'claude' }]);
});

test('with nobody but Claude it is what plain `claude` gets', async () => {
  const { response } = await answered(() => claudeLimit(Date.now() + 60 * MINUTE), CHECK, { alone: true });
  expect(response.status).toBe(429);
  expect(response.headers.get('x-should-retry')).toBeNull();
});

test('a known limit is not asked for again, and its error says what could not be done', async () => {
  const { proxy } = await answered(() => claudeLimit(Date.now() + 60 * MINUTE), CHECK);
  const again = await ask(proxy.url, CHECK);
  const { error } = (await again.json()) as { error: { message: string } };
  expect(again.status).toBe(429);
  expect(again.headers.get('x-should-retry')).toBe('false');
  expect(error.message).toContain('ccmux: nobody who may check this action could');
  expect(error.message).not.toContain('no provider could answer');
});
