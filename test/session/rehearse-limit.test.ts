import { expect, test, vi } from 'vitest';
import type { Provider } from '../../src/providers/provider.ts';
import { rehearseLimit } from '../../src/session/rehearse-limit.ts';
import { createRedactor } from '../../src/state/redact.ts';
import { claudeAt, CONFIG, fallback } from '../helpers/proxy.ts';

const redact = createRedactor([]);

test('decides to ask the next provider, asks nobody, and leaves no limit behind', () => {
  const send = vi.fn<Provider['send']>();
  const providers = [{ ...claudeAt('http://127.0.0.1:9'), send }, fallback('gemini', send)];
  vi.useFakeTimers();
  try {
    for (let time = 0; time < 2; time++)
      expect(rehearseLimit({ config: CONFIG, providers, redact })).toMatchObject({ do: 'ask', provider: 'gemini' });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  expect(send).not.toHaveBeenCalled();
});

test('with nobody else it relays, and without Claude there is nothing to rehearse', () => {
  const send = vi.fn<Provider['send']>();
  expect(rehearseLimit({ config: CONFIG, providers: [claudeAt('http://127.0.0.1:9')], redact })?.do).toBe('relay');
  expect(rehearseLimit({ config: CONFIG, providers: [fallback('gemini', send)], redact })).toBeUndefined();
});
