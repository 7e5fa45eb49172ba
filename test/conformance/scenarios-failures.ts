import { expect } from 'vitest';
import { readOutcome } from '../../src/failover/outcome.ts';
import { readTooLong } from '../../src/failover/too-long.ts';
import { apiKeyLimit, geminiOverloaded, openaiLimit, promptTooLong, serverError } from '../simulators/failures.ts';
import { geminiLimit } from '../../src/demo/limits.ts';
import { ask, requestOf, toProviderRequest, type Asked } from './ask.ts';
import { say, script, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';
import type { Outcome } from '../../src/failover/outcome.ts';
import type { Step } from '../../src/demo/script.ts';

/** What goes wrong, and what ccmux must make of it. */
export const FAILURES: Scenario[] = [
  {
    name: '429 with a reset',
    async run(host) {
      script(
        host,
        perWire(host, {
          anthropic: apiKeyLimit(40),
          gemini: geminiLimit({ retryDelay: '40s' }),
          openai: openaiLimit('40s'),
        }),
      );
      const { outcome } = await failing(host);
      expect(outcome).toMatchObject({ action: 'failover', failure: 'rate_limit' });
      const seconds = (outcome.cooldown!.until - Date.now()) / 1000;
      expect(seconds).toBeGreaterThan(30);
      expect(seconds).toBeLessThan(70);
    },
  },
  {
    name: 'overloaded',
    async run(host) {
      const openai: Step = {
        type: 'error',
        status: 503,
        body: { error: { message: 'The server is overloaded.', type: 'server_error', code: null } },
      };
      script(host, perWire(host, { anthropic: serverError(503), gemini: geminiOverloaded(), openai }));
      const { outcome, asked } = await failing(host);
      expect(outcome.action).toBe('failover');
      expect(['overloaded', 'server_error']).toContain(outcome.failure);
      expect(asked.failure).toMatchObject({ status: 503 });
    },
  },
  {
    name: 'an error inside a 200, before content',
    async run(host) {
      script(host, inStream(host, false));
      const { asked, outcome } = await failing(host);
      expect(asked.events).not.toContain('content_block_start');
      expect(outcome.action).toBe('failover');
    },
  },
  {
    name: 'an error inside a 200, after content',
    async run(host) {
      script(host, inStream(host, true));
      const { asked } = await failing(host);
      expect(asked.events).toContain('content_block_start');
      expect(asked.events).not.toContain('message_stop');
    },
  },
  {
    name: 'a cut connection',
    async run(host) {
      script(host, { type: 'cut', afterContent: true, answer: say(LONG) });
      const asked = await tryTo(host);
      expect(asked.failed, 'a cut must not look like an answer').toBe(true);
      expect(asked.events).not.toContain('message_stop');
    },
  },
  {
    name: 'an early end',
    async run(host) {
      script(host, { type: 'end-early', answer: say(LONG) });
      const asked = await tryTo(host);
      if (host.wire === 'chat' || host.wire === 'adapted') {
        // Only `[DONE]` or `message_stop` is missing, which says nothing that was not said.
        expect(asked.events).toContain('message_stop');
        return 'only the last word is missing: the answer is whole';
      }
      expect(asked.events).not.toContain('message_stop');
      if (host.provider.translated) expect(asked.failed).toBe(true);
      return undefined;
    },
  },
  {
    name: 'no connection',
    async run(host) {
      script(host, { type: 'refuse' });
      const { outcome } = await failing(host);
      expect(outcome).toMatchObject({
        action: 'failover',
        failure: host.wire === 'adapted' ? expect.anything() : 'network',
      });
    },
  },
  {
    name: 'an empty answer',
    async run(host) {
      script(host, { type: 'answer' });
      const asked = await ask(host, requestOf());
      // An end without a word is either told as one, or is a failure for the next provider; never half a stream.
      if (asked.failure) expect(asked.events).not.toContain('message_stop');
      else expect(asked).toMatchObject({ stopReason: 'end_turn', content: [] });
    },
  },
  {
    name: 'too long a conversation',
    async run(host) {
      script(host, perWire(host, { anthropic: promptTooLong(), gemini: tooLong('gemini'), openai: tooLong('openai') }));
      const { failure } = await ask(host, requestOf());
      // The exchange puts it into the words by which Claude Code knows that it must compact.
      expect(failure && readTooLong(failure)).toMatchObject({ limit: expect.any(Number) });
    },
  },
  {
    name: 'cancelled while waiting',
    async run(host) {
      script(host, { type: 'hang' });
      await cancelled(host, async (signal) => {
        await host.provider.send(toProviderRequest(requestOf(), { signal }));
      });
    },
  },
  {
    name: 'cancelled while answering',
    async run(host) {
      script(host, { ...say(LONG.repeat(20)), chunkDelayMs: 20 });
      await cancelled(host, async (signal) => {
        const reply = await host.provider.send(toProviderRequest(requestOf(), { signal }));
        const chunks = reply.body[Symbol.asyncIterator]();
        while (!(await chunks.next()).done);
      });
    },
  },
  {
    name: 'a refused key is not shown',
    async run(host) {
      if (host.wire === 'own') return 'relayed to the client, whose key it is';
      const secret = 'key-that-the-host-repeats-0123456789';
      const message = `Incorrect API key provided: ${secret}`;
      script(host, {
        type: 'error',
        status: 401,
        body: { error: { message, type: 'authentication_error', code: 'invalid_api_key' } },
      });
      const { outcome } = await failing(host);
      expect(outcome.reason).not.toContain(secret);
      return undefined;
    },
  },
];

const LONG = 'Words that go on for a while, so that there is a first half and a second half of them. ';

function perWire(host: Host, steps: { anthropic: Step; gemini: Step; openai: Step }): Step {
  return host.wire === 'own' || host.wire === 'adapted'
    ? steps.anthropic
    : host.wire === 'gemini'
      ? steps.gemini
      : steps.openai;
}

function inStream(host: Host, afterContent: boolean): Step {
  const message = 'The model is overloaded. Please try again later.';
  const error = {
    own: { type: 'overloaded_error', message },
    adapted: { type: 'overloaded_error', message },
    gemini: { code: 503, message, status: 'UNAVAILABLE' },
    responses: { type: 'server_error', code: 'server_error', message, param: null },
    chat: { message, type: 'server_error', code: 503 },
    missing: {},
  }[host.wire];
  return { type: 'stream-error', afterContent, error, answer: say(LONG) };
}

function tooLong(wire: 'gemini' | 'openai'): Step {
  if (wire === 'gemini') {
    const message = 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).';
    return { type: 'error', status: 400, body: { error: { code: 400, message, status: 'INVALID_ARGUMENT' } } };
  }
  const message =
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (132000 in the messages, 8000 in the completion).";
  const error = { message, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' };
  return { type: 'error', status: 400, body: { error } };
}

/** Asks, expects a failure, and gives it the meaning that failover would. */
async function failing(host: Host): Promise<{ asked: Asked; outcome: Outcome }> {
  const asked = await ask(host, requestOf());
  expect(asked.failure, 'no failure').toBeDefined();
  const outcome = readOutcome(asked.failure!, {
    now: Date.now(),
    streak: 0,
    on: ['rate_limit', 'overloaded', 'server_error', 'network', 'timeout'],
    fallback: host.wire !== 'own',
    family: 'sonnet',
  });
  return { asked, outcome };
}

/** Asks where the connection may break in any way, also with Node's own error inside a relayed body. */
async function tryTo(host: Host): Promise<{ events: string[]; failed: boolean }> {
  try {
    const asked = await ask(host, requestOf());
    return { events: asked.events, failed: asked.failure !== undefined };
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code ?? String(error)).toMatch(/ECONNRESET|aborted|terminated|premature/i);
    return { events: [], failed: true };
  }
}

async function cancelled(host: Host, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const control = new AbortController();
  const before = host.simulator.aborts.length;
  const arrived = host.simulator.requests.length;
  const running = work(control.signal).then(
    () => 'ended',
    () => 'thrown',
  );
  await until(() => host.simulator.requests.length > arrived, 'the request never came');
  control.abort();
  expect(await running).toBe('thrown');
  await until(() => host.simulator.aborts.length > before, 'the upstream was not closed');
}

async function until(condition: () => boolean, message: string): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (condition()) return;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error(message);
}
