import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { creditTooLow, overloaded, overloadedInStream, promptTooLong, unauthorized } from '../simulators/failures.ts';
import { answer, type Script } from '../../src/demo/script.ts';
import { UserError } from '../../src/errors.ts';
import { closing } from '../helpers/closing.ts';
import { pause } from '../../src/ground/pause.ts';
import {
  ask,
  claudeAt,
  CONFIG,
  createClock,
  failing,
  fallback,
  limitsOf,
  sse,
  startProxy,
  streamed,
} from '../helpers/proxy.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

const HOUR = 3_600_000;
const limited = () => claudeLimit(Date.now() + HOUR);

async function claude(script: Script) {
  return closing(await startAnthropic({ script }));
}

test('the body reaches Claude byte for byte, with its headers in order, and comes back untouched', async () => {
  const simulator = await claude([answer('Hello from Claude')]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const body = JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 64,
    stream: true,
    messages: [{ role: 'user', content: 'häh? 🙂' }],
  }).replace('"stream"', ' "stream"');
  const response = await ask(proxy.url, body);
  expect(await response.text()).toContain('Hello from Claude');
  const [received] = simulator.asked();
  expect(received!.body.toString()).toBe(body);
  expect(received!.url).toBe('/v1/messages?beta=true');
  expect(received!.headers['host']).toBe(new URL(simulator.url).host);
  expect(response.headers.get('request-id')).toMatch(/^req_/);
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', provider: 'claude', stopReason: 'end_turn' }]);
});

test.each([true, false])(
  'a 429 is answered by the next provider (stream: %s), and the one after it goes there at once',
  async (stream) => {
    const simulator = await claude(() => limited());
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
    for (const turn of [1, 2]) {
      const response = await ask(proxy.url, { stream, messages: [{ role: 'user', content: `turn ${turn}` }] });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('Gemini here');
    }
    expect(simulator.asked()).toHaveLength(1);
    expect(proxy.of('provider-switch')).toMatchObject([
      { from: 'claude', to: 'gemini', cause: 'failover', reason: FIVE_HOURS },
    ]);
    expect(proxy.of('provider-skip')).toMatchObject([{ exchange: 2, provider: 'claude', reason: 'cooldown' }]);
  },
);

test('an error event right behind a 200 still fails over, also in a compressed stream', async () => {
  for (const encoding of [undefined, 'gzip', 'br'] as const) {
    const step = overloadedInStream(false) as Extract<ReturnType<typeof overloadedInStream>, { type: 'stream-error' }>;
    const simulator = await claude([{ ...step, answer: answer('never seen', encoding ? { encoding } : {}) }]);
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
    const text = await (await ask(proxy.url)).text();
    expect(text).toContain('Gemini here');
    expect(text).not.toContain('overloaded');
    expect(proxy.of('attempt-fail')).toMatchObject([{ provider: 'claude', failure: 'overloaded', action: 'failover' }]);
  }
});

test.each(['gzip', 'br'] as const)(
  'a %s answer passes the gate as it came, and its usage is read',
  async (encoding) => {
    const simulator = await claude([answer('squeezed', { encoding, usage: { input: 1234, output: 56 } })]);
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
    const response = await ask(proxy.url);
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(await response.text()).toContain('squeezed');
    await expect
      .poll(() => proxy.of('exchange-end'))
      .toMatchObject([{ usage: { inputTokens: 1234, outputTokens: 56 } }]);
  },
);

test('a connection that is cut behind the gate is cut for the client too, and the next request goes elsewhere', async () => {
  const simulator = await claude([{ type: 'cut', afterContent: true, answer: answer('half an answer') }]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
  const response = await ask(proxy.url);
  await expect(response.text()).rejects.toThrow();
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cut', provider: 'claude' }]);
  expect(await (await ask(proxy.url, { stream: false })).text()).toContain('Gemini here');
});

test.each([
  ['400', promptTooLong(), 400],
  ['401', unauthorized(), 401],
  ['400 about credit, without consent to pay elsewhere', creditTooLow(), 400],
] as const)("the client's own mistake is its own: %s", async (_name, step, status) => {
  const simulator = await claude([step]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(step.body);
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'relayed', provider: 'claude', status }]);
});

test('credit that ran out fails over for a user who asked for it', async () => {
  const simulator = await claude([creditTooLow()]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    config: {
      failover: {
        enabled: true,
        on: ['billing'],
        waitUpTo: 0,
        firstByteTimeout: 0,
        retries: 0,
        safetyChecks: 'ask',
      },
    },
  });
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
});

test('a body that is no request is for Claude to judge, and nobody else sees it', async () => {
  const simulator = await claude([]);
  let asked = 0;
  const count: ReturnType<typeof streamed> = async (request) => (asked++, streamed('no')(request));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', count)]);
  const response = await ask(proxy.url, '{"model": "claude-opus-5-5", "messages": ');
  expect(response.status).toBe(400);
  expect(simulator.rejections).toHaveLength(1);
  expect(asked).toBe(0);
});

test('a client that hangs up closes the upstream at once', async () => {
  const simulator = await claude([answer('a long answer '.repeat(200), { chunkDelayMs: 20 })]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const abort = new AbortController();
  const response = await ask(proxy.url, {}, { signal: abort.signal });
  await response.body!.getReader().read();
  abort.abort();
  await expect.poll(() => simulator.aborts.length).toBe(1);
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cancelled' }]);
  expect(proxy.of('provider-cooldown')).toEqual([]);
});

test('a client that hangs up before anybody answered leaves no provider at work and no cooldown', async () => {
  const simulator = await claude([{ type: 'hang' }]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const abort = new AbortController();
  const pending = ask(proxy.url, {}, { signal: abort.signal });
  await expect.poll(() => simulator.requests.length).toBe(1);
  abort.abort();
  await expect(pending).rejects.toThrow();
  await expect.poll(() => simulator.aborts.length).toBe(1);
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cancelled' }]);
  expect(proxy.of('attempt-fail')).toEqual([]);
});

test('when all fail the client gets the error of Claude, who was tried and why, and when it may come again', async () => {
  const simulator = await claude(() => limited());
  const down = fallback('gemini', failing('ECONNREFUSED'));
  const proxy = await startProxy([
    claudeAt(simulator.url),
    down,
    fallback('groq', streamed('no'), { keySource: undefined as never }),
  ]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(429);
  const body = (await response.json()) as { type: string; error: { type: string; message: string } };
  expect(body).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
  expect(body.error.message).toMatch(/5-hour limit/);
  expect(body.error.message).toMatch(/gemini/);
  expect(response.headers.get('anthropic-ratelimit-unified-status')).toBe('rejected');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'failed', status: 429 }]);
  // Nobody else being ready, the one that may have been a hiccup was asked once more.
  expect(proxy.of('attempt-fail').map(({ provider }) => provider)).toEqual(['claude', 'gemini', 'gemini']);
});

test('when everybody is unavailable Claude is asked all the same: never worse than plain claude', async () => {
  let step: ReturnType<typeof limited> | ReturnType<typeof answer> = limited();
  const simulator = await claude(() => step);
  const busy = fallback('gemini', failing(503));
  const proxy = await startProxy([claudeAt(simulator.url), busy]);
  expect((await ask(proxy.url)).status).toBe(429);
  step = answer('Back early');
  expect(await (await ask(proxy.url)).text()).toContain('Back early');
});

test('with nobody else to ask, everything is relayed as it came', async () => {
  const simulator = await claude([overloaded()]);
  const proxy = await startProxy([claudeAt(simulator.url)]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(529);
  expect(await response.json()).toEqual(overloaded().body);
  expect(simulator.asked()).toHaveLength(1);
});

test('pings keep a waiting client alive while a slow fallback thinks, and the answer follows them', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('slow', streamed('At last', { beforeMs: 60 }))], {
    pingEveryMs: 10,
  });
  const text = await (await ask(proxy.url)).text();
  expect(text.indexOf('event: ping')).toBe(0);
  expect(text.indexOf('event: ping')).toBeLessThan(text.indexOf('event: message_start'));
  expect(text).toContain('At last');
});

test.each(['gzip', 'br'] as const)(
  'a %s answer behind pings is decoded: its stream is open already',
  async (encoding) => {
    const simulator = await claude(() => limited());
    const packed = encoding === 'gzip' ? gzipSync : brotliCompressSync;
    const relayed = fallback('adapted', async (request) => {
      const plain = await streamed('At last', { beforeMs: 60 })(request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of plain.body) chunks.push(chunk);
      const bytes = packed(Buffer.concat(chunks));
      const body = (async function* () {
        for (let i = 0; i < bytes.length; i += 50) yield bytes.subarray(i, i + 50);
      })();
      return { ...plain, rawHeaders: [...plain.rawHeaders, 'content-encoding', encoding], body };
    });
    const proxy = await startProxy([claudeAt(simulator.url), relayed], { pingEveryMs: 10 });
    const response = await ask(proxy.url);
    const text = await response.text();
    expect(text.indexOf('event: ping')).toBe(0);
    expect(text).toContain('At last');
    expect(text).toMatch(/event: message_stop\ndata: .*\n\n$/);
    expect(response.headers.get('content-encoding')).toBeNull();
  },
);

test('when pings have opened the stream and all fail, the error comes as an event', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy(
    [
      claudeAt(simulator.url),
      fallback('slow', async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return failing(400)(request);
      }),
    ],
    { pingEveryMs: 10 },
  );
  const response = await ask(proxy.url);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toMatch(/event: error\ndata: \{"type":"error"/);
});

test('an error of a translated answer behind the gate reaches the client as it is, and the provider gets a cooldown', async () => {
  const simulator = await claude(() => limited());
  const breaking = fallback('gemini', async (request) => ({
    ...(await streamed('')(request)),
    body: (async function* () {
      yield sse('message_start', { message: { id: 'msg_1', model: 'm', usage: {} } });
      yield sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
      yield sse('error', { error: { type: 'overloaded_error', message: 'The model is overloaded' } });
    })(),
  }));
  const proxy = await startProxy([claudeAt(simulator.url), breaking, fallback('groq', streamed('Groq here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('The model is overloaded');
  expect(await (await ask(proxy.url, { stream: false })).text()).toContain('Groq here');
});

test('an upstream that is not there fails over', async () => {
  const proxy = await startProxy([claudeAt('http://127.0.0.1:9'), fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail')).toMatchObject([{ provider: 'claude', failure: 'network' }]);
});

test('no headers in time fails over', async () => {
  const simulator = await claude([{ type: 'hang' }]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    config: { limits: limitsOf({ firstByte: 60 }) },
  });
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail')).toMatchObject([{ provider: 'claude', failure: 'timeout' }]);
});

/** A fallback that sends these events, and then says no more until it is left. */
function stalling(events: [type: string, fields: object][]): ReturnType<typeof streamed> {
  return async (request) => ({
    ...(await streamed('')(request)),
    body: (async function* () {
      for (const [type, fields] of events) yield sse(type, fields);
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve(), { once: true }));
    })(),
  });
}

const START: [string, object] = ['message_start', { message: { id: 'msg_1', model: 'm', usage: {} } }];
const CONTENT: [string, object][] = [
  START,
  ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
  ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'half' } }],
];

test.each([
  ['before any byte', []],
  ['behind message_start', [START]],
] as const)('a fallback that falls silent %s fails over, once', async (_when, events) => {
  const simulator = await claude(() => limited());
  const silent = fallback('silent', stalling([...events]));
  const proxy = await startProxy([claudeAt(simulator.url), silent, fallback('gemini', streamed('Gemini here'))], {
    config: { limits: limitsOf({ silence: 40 }), failover: { ...CONFIG.failover, retries: 2 } },
  });
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail').map(({ provider }) => provider)).toEqual(['claude', 'silent']);
  expect(proxy.of('attempt-fail')[1]).toMatchObject({ failure: 'timeout', reason: { kind: 'silence', limitMs: 40 } });
});

test('a single fallback that falls silent is given up too: Claude has told its error', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('silent', stalling([]))], {
    config: { limits: limitsOf({ silence: 40 }) },
  });
  expect((await ask(proxy.url)).status).toBe(429);
});

test('silence behind the first content ends in an error event, and the retry finds somebody else', async () => {
  const simulator = await claude(() => limited());
  const silent = fallback('silent', stalling(CONTENT));
  const proxy = await startProxy([claudeAt(simulator.url), silent, fallback('gemini', streamed('Gemini here'))], {
    config: { limits: limitsOf({ afterContent: 40 }) },
  });
  const text = await (await ask(proxy.url)).text();
  expect(text).toContain('half');
  expect(text).toMatch(/\nevent: error\ndata: \{"type":"error"/);
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cut', provider: 'silent' }]);
  expect(await (await ask(proxy.url, { stream: false })).text()).toContain('Gemini here');
});

test('an answer that is whole is not waited for, and not bought twice', async () => {
  const simulator = await claude(() => limited());
  const open = fallback('open', stalling([...CONTENT, ['message_delta', { delta: {} }], ['message_stop', {}]]));
  const proxy = await startProxy([claudeAt(simulator.url), open, fallback('gemini', streamed('no'))]);
  expect(await (await ask(proxy.url)).text()).toMatch(/event: message_stop\ndata: .*\n\n$/);
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', provider: 'open' }]);
});

test('a client that hangs up after a silence finds somebody else with its next try', async () => {
  const simulator = await claude([{ type: 'hang' }]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    config: { limits: limitsOf({ firstByte: 1_000 }) },
  });
  const left = ask(proxy.url, {}, { signal: AbortSignal.timeout(700) });
  await expect(left).rejects.toThrow();
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cancelled', provider: 'claude' }]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
});

test('a user who would rather wait a moment waits, and stays with Claude', async () => {
  const clock = createClock();
  const simulator = await claude([claudeLimit(clock.now() + 2_000), answer('Claude again')]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], {
    config: {
      failover: {
        enabled: true,
        on: ['rate_limit'],
        waitUpTo: 5_000,
        firstByteTimeout: 0,
        retries: 0,
        safetyChecks: 'ask',
      },
    },
    ...clock,
  });
  const response = ask(proxy.url);
  await expect.poll(() => clock.waiting.size).toBe(1);
  clock.advance(5_000);
  expect(await (await response).text()).toContain('Claude again');
  expect(proxy.of('provider-switch')).toEqual([]);
});

test('what paid fallbacks cost is counted, and over the cap they are passed over', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    config: { budget: { ...CONFIG.budget, perSession: 1 } },
    usd: 0.9,
  });
  await (await ask(proxy.url)).text();
  await expect.poll(() => proxy.of('budget-reach')).toMatchObject([{ scope: 'session', level: 'near' }]);
  await (await ask(proxy.url)).text();
  await expect.poll(() => proxy.of('budget-reach').at(-1)).toMatchObject({ level: 'over' });
  expect((await ask(proxy.url)).status).toBe(429);
  expect(proxy.of('provider-skip').at(-1)).toMatchObject({ provider: 'gemini', reason: 'budget' });
});

test('a request that would cost more than is left is not sent, and says so', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    config: { budget: { ...CONFIG.budget, perSession: 2 } },
    estimateUsd: 2.5,
  });
  expect((await ask(proxy.url)).status).toBe(429);
  expect(proxy.of('provider-skip')).toMatchObject([
    { provider: 'gemini', reason: 'budget', detail: { kind: 'over-budget', needsUsd: 2.5, leftUsd: 2 } },
  ]);
  expect(proxy.of('attempt-start').map(({ provider }) => provider)).toEqual(['claude']);
});

test('two requests at once do not spend the same dollar', async () => {
  const simulator = await claude(() => limited());
  const gate = Promise.withResolvers<void>();
  const send = streamed('Gemini here');
  const slow: typeof send = async (request) => gate.promise.then(() => send(request));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', slow)], {
    config: { budget: { ...CONFIG.budget, perSession: 2 } },
    estimateUsd: 1.5,
    usd: 0.1,
  });
  const first = ask(proxy.url);
  await expect.poll(() => proxy.of('attempt-start')).toHaveLength(2);
  expect((await ask(proxy.url)).status).toBe(429);
  gate.resolve();
  expect(await (await first).text()).toContain('Gemini here');
  // What was promised has been paid, and the rest of it is free again.
  await expect.poll(() => proxy.context.budget.left()).toBeCloseTo(1.9);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
});

test('what a failed attempt was promised is free again', async () => {
  const simulator = await claude(() => limited());
  const down = async () => Promise.reject(new Error('down'));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', down), fallback('groq', streamed('x'))], {
    config: { budget: { ...CONFIG.budget, perSession: 2 } },
    estimateUsd: 1.5,
  });
  expect(await (await ask(proxy.url)).text()).toContain('x');
  expect(proxy.of('provider-switch')).toMatchObject([{ to: 'groq', cost: { usd: 1.5, capUsd: 2 } }]);
});

describe('a cap that other machines keep as well', () => {
  /** @param rooms whether there is room, for one reservation after the other. */
  const machines = (...rooms: boolean[]) => {
    const ended: number[] = [];
    const asked: [usd: number, cap: number][] = [];
    const together = {
      capNow: (usd: number) => usd,
      reservedElsewhere: () => 0,
      async reserve(usd: number, cap: number) {
        asked.push([usd, cap]);
        return rooms.shift() ? () => void ended.push(usd) : undefined;
      },
    };
    return { together, asked, ended };
  };

  test('is reserved there before the request is sent, and released after it is paid', async () => {
    const simulator = await claude(() => limited());
    const { together, asked, ended } = machines(true);
    const options = {
      config: { budget: { ...CONFIG.budget, perDay: 2 } },
      estimateUsd: 1.5,
      usd: 0.5,
      together,
    };
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], options);
    expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
    await expect.poll(() => ended).toEqual([1.5]);
    expect([asked, proxy.budgetSpent()]).toEqual([[[1.5, 2]], 0.5]);
  });

  test('without room the next provider is asked, and the one before it was not', async () => {
    const simulator = await claude(() => limited());
    const { together } = machines(false, true);
    const options = { config: { budget: { ...CONFIG.budget, perDay: 2 } }, estimateUsd: 1.5, together };
    const others = [fallback('gemini', streamed('Gemini here')), fallback('groq', streamed('Groq here'))];
    const proxy = await startProxy([claudeAt(simulator.url), ...others], options);
    expect(await (await ask(proxy.url)).text()).toContain('Groq here');
    expect(proxy.of('attempt-start').map(({ provider }) => provider)).toEqual(['claude', 'groq']);
    expect(proxy.of('provider-skip')).toMatchObject([{ provider: 'gemini', reason: 'budget' }]);
    expect(proxy.context.budget.view().reservedUsd).toBe(0);
  });

  test.each([
    [false, 429],
    [true, 529],
  ])('with nobody else it is an error, and no endless question (only: %s)', async (only, status) => {
    const simulator = await claude(() => limited());
    const { together, asked } = machines();
    const options = { config: { budget: { ...CONFIG.budget, perDay: 2 } }, estimateUsd: 1.5, together };
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], options);
    if (only) proxy.context.router.use('gemini', true);
    expect((await ask(proxy.url)).status).toBe(status);
    expect(asked).toHaveLength(1);
  });

  test('that fails to answer is no room', async () => {
    const simulator = await claude(() => limited());
    const together = { ...machines().together, reserve: () => Promise.reject(new Error('the disk is full')) };
    const options = { config: { budget: { ...CONFIG.budget, perDay: 2 } }, estimateUsd: 1.5, together };
    const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], options);
    expect((await ask(proxy.url)).status).toBe(429);
  });
});

test('what the host says an answer has cost wins over every list', async () => {
  const simulator = await claude(() => limited());
  const usage = { input_tokens: 9, output_tokens: 1, cost: 0.07, is_byok: true };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' };
  const text = JSON.stringify({
    ...message,
    content: [{ type: 'text', text: 'x' }],
    usage: { ...usage, cost_details: { upstream_inference_cost: 1.4 } },
  });
  const send = async () => ({
    status: 200,
    rawHeaders: ['content-type', 'application/json'],
    body: (async function* () {
      yield Buffer.from(text);
    })(),
    model: 'm',
    warnings: [],
  });
  const proxy = await startProxy([claudeAt(simulator.url), fallback('openrouter', send)], { usd: 0.9 });
  await (await ask(proxy.url, { stream: false })).text();
  await expect.poll(() => proxy.of('exchange-price').map(({ usd }) => usd)).toEqual([1.47]);
});

test('a paid answer without sane counts has cost something unknown', async () => {
  const simulator = await claude(() => limited());
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'x' }],
  };
  const send = async () => ({
    status: 200,
    rawHeaders: ['content-type', 'application/json'],
    body: (async function* () {
      yield Buffer.from(JSON.stringify({ ...message, stop_reason: 'end_turn', usage: { input_tokens: '9' } }));
    })(),
    model: 'm',
    warnings: [],
  });
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', send)], { usd: 0.9 });
  await (await ask(proxy.url)).text();
  await expect.poll(() => proxy.of('exchange-price')).toMatchObject([{ provider: 'gemini', usd: null }]);
  expect(proxy.of('exchange-end')[0]).not.toHaveProperty('usage');
});

test('`use` holds from the next request on; `only` forbids to fail over; `auto` returns to the order', async () => {
  let step: ReturnType<typeof limited> | ReturnType<typeof answer> = answer('Claude here');
  const simulator = await claude(() => step);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
  const { router } = proxy.context;
  const text = async () => (await ask(proxy.url)).text();
  expect(router.use('gemini', false)).toBeUndefined();
  expect(await text()).toContain('Gemini here');
  expect(router.use('claude', true)).toBeUndefined();
  expect(await text()).toContain('Claude here');
  step = limited();
  expect(await text()).toContain("account's rate limit");
  expect(router.use('auto', false)).toBeUndefined();
  expect(await text()).toContain('Gemini here');
  expect(router.use('nobody', false)).toMatch(/nobody.*claude, gemini/);
  expect(proxy.of('provider-switch').map(({ from, to, cause }) => `${from}>${to} ${cause}`)).toEqual([
    'claude>gemini steer',
    'gemini>claude steer',
    'claude>gemini failover',
  ]);
});

test('count_tokens goes to whoever would answer, and changes nothing', async () => {
  const simulator = await claude([limited()]);
  const counting = fallback('gemini', async (request) => ({
    status: 200,
    rawHeaders: ['content-type', 'application/json'],
    model: 'm',
    warnings: [],
    body: (async function* () {
      yield Buffer.from(request.path.includes('count_tokens') ? '{"input_tokens":7}' : '{}');
    })(),
  }));
  const proxy = await startProxy([claudeAt(simulator.url), counting]);
  await (await ask(proxy.url, { stream: false })).text();
  const response = await fetch(`${proxy.url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers: { 'x-claude-code-session-id': 'session-of-the-test' },
    body: JSON.stringify({ model: 'claude-opus-5-5', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(await response.json()).toEqual({ input_tokens: 7 });
});

test('a conversation that is too long for who could answer comes back in the words that make Claude Code compact it', async () => {
  const simulator = await claude(() => limited());
  const refusing = fallback('gemini', async () => ({
    status: 400,
    rawHeaders: ['content-type', 'application/json'],
    model: 'm',
    warnings: [],
    body: (async function* () {
      yield Buffer.from('{"error":{"message":"prompt is too long: 140000 tokens > 131072 maximum"}}');
    })(),
  }));
  const small = fallback('small', streamed('no'), { limitsOf: () => ({ contextWindow: 50, maxOutput: 10 }) });
  for (const [provider, expected] of [
    [refusing, 'prompt is too long: 140000 tokens > 131072 maximum'],
    [small, /^prompt is too long: \d+ tokens > 50 maximum$/],
  ] as const) {
    const proxy = await startProxy([claudeAt(simulator.url), provider]);
    const response = await ask(proxy.url, { messages: [{ role: 'user', content: 'word '.repeat(200) }] });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: typeof expected === 'string' ? expected : expect.stringMatching(expected),
      },
    });
  }
});

test('what is missing here is said in its own words, and somebody else answers', async () => {
  const simulator = await claude(() => limited());
  const lacking = fallback('bedrock', async () => {
    throw new UserError('Amazon Bedrock needs a package that ccmux does not ship. Install it with: npm install -g x');
  });
  const proxy = await startProxy([claudeAt(simulator.url), lacking, fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail')[1]).toMatchObject({
    provider: 'bedrock',
    reason: { kind: 'setup', text: expect.stringContaining('npm install -g x') },
  });
});

test('a hiccup of Claude is no reason to make it compact a conversation', async () => {
  const simulator = await claude(() => overloaded());
  const small = fallback('small', streamed('no'), { limitsOf: () => ({ contextWindow: 50, maxOutput: 10 }) });
  const proxy = await startProxy([claudeAt(simulator.url), small]);
  const response = await ask(proxy.url, { messages: [{ role: 'user', content: 'word '.repeat(200) }] });
  expect(response.status).toBe(529);
  expect(await response.text()).not.toContain('prompt is too long');
});

test('a Claude that only backs off is asked before a fallback is asked twice', async () => {
  const simulator = await claude([overloaded(), answer('Claude again')]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('down', failing('ECONNREFUSED'))]);
  const first = await (await ask(proxy.url)).text();
  const second = first.includes('Claude again') ? first : await (await ask(proxy.url)).text();
  expect(second).toContain('Claude again');
});

const PATIENT = { config: { failover: { ...CONFIG.failover, retries: 2 } } };

test.each([1, 2])('a hiccup of Claude is over before anybody else is asked: after %s', async (times) => {
  const script = [...Array.from({ length: times }, () => overloaded()), answer('Claude again')];
  const simulator = await claude(script);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], PATIENT);
  expect(await (await ask(proxy.url)).text()).toContain('Claude again');
  expect(simulator.asked()).toHaveLength(times + 1);
  expect(proxy.of('attempt-fail').map(({ provider, action }) => `${provider} ${action}`)).toEqual(
    Array.from({ length: times }, () => 'claude retry'),
  );
  expect([...proxy.of('provider-cooldown'), ...proxy.of('provider-switch')]).toEqual([]);
});

test('a provider that hiccups three times fails over, has the cooldown of one failure, and is returned to in the turn', async () => {
  const clock = createClock();
  let up = false;
  const simulator = await claude(() => (up ? answer('Claude again') : overloaded()));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))], {
    ...PATIENT,
    now: clock.now,
  });
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail').map(({ action }) => action)).toEqual(['retry', 'retry', 'failover']);
  const [cooldown] = proxy.of('provider-cooldown');
  expect(proxy.of('provider-cooldown')).toHaveLength(1);
  expect(cooldown!.until - clock.now()).toBe(5_000);
  up = true;
  const loop = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'read' }] },
  ];
  expect(await (await ask(proxy.url, { messages: loop })).text()).toContain('Gemini here');
  clock.advance(6_000);
  expect(await (await ask(proxy.url, { messages: loop })).text()).toContain('Claude again');
  await expect
    .poll(() => proxy.of('provider-switch'))
    .toMatchObject([
      { from: 'claude', to: 'gemini', cause: 'failover' },
      { from: 'gemini', to: 'claude', cause: 'back', brief: true },
    ]);
});

test('with nobody else ready a hiccup is relayed at once, as it came', async () => {
  const simulator = await claude(() => overloaded());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', failing(429))], PATIENT);
  const last = await ask(proxy.url);
  expect([last.status, last.headers.get('x-should-retry')]).toEqual([529, null]);
  // Now that both are unavailable.
  const response = await ask(proxy.url);
  expect(response.status).toBe(529);
  expect(await response.json()).toEqual(overloaded().body);
  expect(response.headers.get('x-should-retry')).not.toBe('false');
  expect(simulator.asked()).toHaveLength(3 + 1);
});

test('a pause before a further try ends when the client hangs up', async () => {
  const simulator = await claude(() => overloaded());
  const pauses: AbortSignal[] = [];
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], {
    ...PATIENT,
    pause: (_ms, signal) => (pauses.push(signal), pause(HOUR, signal)),
  });
  const abort = new AbortController();
  const pending = ask(proxy.url, {}, { signal: abort.signal });
  await expect.poll(() => pauses.length).toBe(1);
  abort.abort();
  await expect(pending).rejects.toThrow();
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cancelled' }]);
  expect(simulator.asked()).toHaveLength(1);
});

test('the final error names nobody twice', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', failing(400))]);
  await (await ask(proxy.url)).text();
  const { error } = (await (await ask(proxy.url)).json()) as { error: { message: string } };
  expect(error.message.match(/Claude:/g)).toHaveLength(1);
});

test('an error whose body stalls fails over all the same', async () => {
  const stalling = http.createServer((request, response) => {
    request.resume();
    response.writeHead(529, { 'content-type': 'application/json' });
    response.write('{"type":"error",');
  });
  await new Promise<void>((resolve) => stalling.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (stalling.closeAllConnections(), stalling.close()));
  const url = `http://127.0.0.1:${(stalling.address() as AddressInfo).port}`;
  const proxy = await startProxy([claudeAt(url), fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail')).toMatchObject([{ provider: 'claude', failure: 'overloaded', status: 529 }]);
});

test('a adapted fallback that is asked first is waited for with pings as well', async () => {
  const simulator = await claude(() => limited());
  const slow = fallback('aa', streamed('At last', { beforeMs: 60 }), {
    translated: false,
    wire: 'anthropic',
    kind: 'anthropic',
  });
  const proxy = await startProxy([claudeAt(simulator.url), slow], { pingEveryMs: 10 });
  await (await ask(proxy.url)).text();
  const text = await (await ask(proxy.url)).text();
  expect(proxy.of('attempt-start').at(-1)).toMatchObject({ exchange: 2, attempt: 1, provider: 'aa' });
  expect(text.indexOf('event: ping')).toBe(0);
});

test('nobody is blamed for what somebody else did', async () => {
  const simulator = await claude(() => limited());
  let aaIsDown = true;
  const aa = fallback('aa', async (request) => {
    if (!aaIsDown) return streamed('aa here')(request);
    return failing('ECONNRESET')(request);
  });
  const proxy = await startProxy([claudeAt(simulator.url), aa, fallback('bb', streamed('bb here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('bb here');
  aaIsDown = false;
  proxy.ledger.setCooldowns('aa', []);
  expect(await (await ask(proxy.url)).text()).toContain('aa here');
  expect(proxy.of('provider-switch')).toMatchObject([
    { from: 'claude', to: 'bb', cause: 'failover', reason: FIVE_HOURS },
    { from: 'bb', to: 'aa', cause: 'back' },
  ]);
  expect(proxy.of('provider-switch')[1]).not.toHaveProperty('reason');
});

test('who would rather wait waits with every request, and nothing moves', async () => {
  const clock = createClock();
  const resetAt = clock.now() + 5_000;
  const simulator = await claude(() => (clock.now() < resetAt ? claudeLimit(resetAt) : answer('Claude again')));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))], {
    config: {
      failover: {
        enabled: true,
        on: ['rate_limit'],
        waitUpTo: 10_000,
        firstByteTimeout: 0,
        retries: 0,
        safetyChecks: 'ask',
      },
    },
    ...clock,
  });
  const first = ask(proxy.url);
  await expect.poll(() => proxy.of('provider-cooldown').length).toBe(1);
  const second = ask(proxy.url);
  await expect.poll(() => clock.waiting.size).toBe(2);
  clock.advance(10_000);
  const answers = await Promise.all([first, second].map(async (response) => (await response).text()));
  for (const text of answers) expect(text).toContain('Claude again');
  expect(proxy.of('provider-switch')).toEqual([]);
});

test('a stream that ends politely but too early is a broken answer', async () => {
  const simulator = await claude([{ type: 'end-early', answer: answer('half') }]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
  await (await ask(proxy.url)).text();
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'cut', provider: 'claude' }]);
  expect(await (await ask(proxy.url, { stream: false })).text()).toContain('Gemini here');
});

test('a client that hangs up while it is still sending is no fault of ours', async () => {
  const simulator = await claude([]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  const request = http.request(`${proxy.url}/v1/messages`, { method: 'POST', headers: { 'content-length': '1000' } });
  request.on('error', () => {});
  request.write('{"model":');
  await new Promise((resolve) => setTimeout(resolve, 50));
  request.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(proxy.events).toEqual([]);
});

test("Claude's own passing trouble leaves the client its retries, whoever else could not help", async () => {
  const down = fallback('gemini', failing(400));
  const proxy = await startProxy([claudeAt('http://127.0.0.1:9'), down]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(502);
  expect(response.headers.get('x-should-retry')).toBeNull();
  const relayed = await startProxy([claudeAt('http://127.0.0.1:9'), down], {
    config: {
      failover: {
        enabled: true,
        on: ['rate_limit'],
        waitUpTo: 0,
        firstByteTimeout: 0,
        retries: 0,
        safetyChecks: 'ask',
      },
    },
  });
  expect((await ask(relayed.url)).headers.get('x-should-retry')).toBeNull();
});

test('another account is not bound by the limit of the one before', async () => {
  const simulator = await claude((request) =>
    request.headers['x-api-key'] === 'sk-ant-api03-second' ? answer('Second account') : limited(),
  );
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'sk-ant-api03-second',
    'anthropic-version': '2023-06-01',
  };
  expect(await (await ask(proxy.url, {}, { headers })).text()).toContain('Second account');
});

test('a hiccup does not shorten the rest that a limit named', async () => {
  const simulator = await claude([limited(), overloaded()]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('down', failing(400))]);
  await (await ask(proxy.url)).text();
  await (await ask(proxy.url)).text();
  const [cooldown] = proxy.ledger.cooldowns()['claude']!;
  expect(cooldown).toMatchObject({ reason: FIVE_HOURS });
  expect(cooldown!.until - Date.now()).toBeGreaterThan(HOUR / 2);
});

test('a fault of ours does not fail a request: it goes to Claude as it would have without us', async () => {
  const simulator = await claude([answer('Claude all the same')]);
  const broken = fallback('gemini', streamed('no'), {
    limitsOf: () => {
      throw new Error('a fault of ours');
    },
  });
  const proxy = await startProxy([claudeAt(simulator.url), broken]);
  expect(await (await ask(proxy.url)).text()).toContain('Claude all the same');
  expect(proxy.of('fault')).toMatchObject([{ where: 'exchange', message: 'Error: a fault of ours' }]);
});

test('an account that fails leaves the answer alone, and the answer on record', async () => {
  const simulator = await claude([answer('a long answer '.repeat(500))]);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  proxy.context.price = async () => {
    throw new Error('no price list');
  };
  expect(await (await ask(proxy.url)).text()).toContain('message_stop');
  await expect.poll(() => proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', provider: 'claude' }]);
  expect(proxy.of('fault')).toMatchObject([{ message: 'Error: no price list' }]);
});

/** Each answers whole and streamed, plain and compressed. */
const WHOLE: [name: string, encoding: 'gzip' | undefined, by: 'claude' | 'gemini', body: object][] = [
  ['of Claude', undefined, 'claude', {}],
  ['of Claude, compressed', 'gzip', 'claude', {}],
  ['of Claude, in one piece', undefined, 'claude', { stream: false }],
  ['of a fallback', undefined, 'gemini', {}],
  ['of a fallback, in one piece', undefined, 'gemini', { stream: false }],
];

test.each(WHOLE)('an answer %s is on record before the client has seen its end', async (_, encoding, by, body) => {
  const text = 'a long answer '.repeat(500);
  const step = by === 'claude' ? answer(text, encoding && { encoding }) : limited();
  const simulator = await claude(() => step);
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed(text))]);
  let found = (_usd: number) => {};
  proxy.context.price = () => new Promise((resolve) => (found = resolve));
  expect(await (await ask(proxy.url, body)).text()).toContain('end_turn');
  // No waiting: what is not on record now would be lost with the process.
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', provider: by }]);
  expect(proxy.of('exchange-price')).toEqual([]);
  found(0.25);
  await expect.poll(() => proxy.of('exchange-price')).toMatchObject([{ exchange: 1, provider: by, usd: 0.25 }]);
  expect(proxy.budgetSpent()).toBe(by === 'gemini' ? 0.25 : 0);
  expect(proxy.of('exchange-end')).toHaveLength(1);
});

test('however its bytes are cut, an answer is on record once, before its last', async () => {
  const simulator = await claude(() => answer('Claude here', { chunkBytes: 1 }));
  const proxy = await startProxy([claudeAt(simulator.url), fallback('gemini', streamed('no'))]);
  expect(await (await ask(proxy.url)).text()).toContain('message_stop');
  expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'answered', stopReason: 'end_turn' }]);
  expect(proxy.of('provider-switch')).toEqual([]);
});

/** A body that broke off, as Node tells it. */
function breaking(pieces: string[]) {
  return fallback('broken', async () => ({
    status: 200,
    rawHeaders: ['content-type', 'text/event-stream'],
    model: 'm',
    warnings: [],
    body: (async function* () {
      for (const piece of pieces) yield Buffer.from(piece);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    })(),
  }));
}

const BLOCK = `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n`;

test.each(['\n\n', '\r\n\r\n'])(
  'a fallback that breaks off behind content ends in an error event (%j)',
  async (end) => {
    const simulator = await claude(() => limited());
    const proxy = await startProxy([claudeAt(simulator.url), breaking([BLOCK.trim() + end])]);
    const text = await (await ask(proxy.url)).text();
    expect(text).toMatch(
      /\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"the answer broke off"\}\}\n\n$/,
    );
  },
);

test('in the middle of an event nothing is written: the connection breaks off', async () => {
  const simulator = await claude(() => limited());
  const proxy = await startProxy([
    claudeAt(simulator.url),
    breaking([BLOCK, 'event: content_block_delta\ndata: {"ty']),
  ]);
  await expect(ask(proxy.url).then((response) => response.text())).rejects.toThrow();
});

/** Requests whose fields are not what the wire has there. */
const MISSHAPEN: object[] = [
  { tools: {} },
  { tools: [null] },
  { tools: [{ name: 1 }] },
  { system: 5 },
  { system: [null] },
  { messages: [null] },
  { messages: [{ role: 'user', content: [null] }] },
  { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
  { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 5 }] }] },
  { messages: [{ role: 'user', content: [{ type: 'image', source: 'x' }] }] },
  { stop_sequences: 'x' },
  { thinking: true },
  { output_config: [] },
  { max_tokens: '9' },
  { stream: 'yes' },
  { tool_choice: 'auto' },
];

test.each(MISSHAPEN)('a request that is none is for Claude to refuse: %j', async (fields) => {
  const simulator = await claude(() => limited());
  let asked = 0;
  const other = fallback('gemini', async () => {
    asked++;
    throw new Error('never asked');
  });
  const proxy = await startProxy([claudeAt(simulator.url), other]);
  expect((await ask(proxy.url, fields)).status).toBeGreaterThanOrEqual(400);
  expect(asked).toBe(0);
  expect(proxy.of('fault')).toEqual([]);
});
