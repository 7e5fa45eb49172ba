import { expect, onTestFinished, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { emptySummary } from '../../src/state/summary.ts';
import { fold } from '../../src/state/fold.ts';
import { queueParts } from '../../src/words/queue.ts';
import { read } from '../helpers/chain.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, createClock, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import { answering, providerOn, startWireHost, WIRES, type WireName } from '../helpers/wires.ts';

const HOUR = 3_600_000;

/** Claude is limited, X takes `perWindow` requests in a window of `windowMs`, and Y is paid and takes all. */
async function startChain(wire: WireName, { perWindow, windowMs }: { perWindow: number; windowMs: number }) {
  const clock = createClock();
  const startedAt = clock.now();
  const taken = new Map<number, number>();
  let refused = 0;
  const host = await startWireHost((response) => {
    const window = Math.floor((clock.now() - startedAt) / windowMs);
    const count = (taken.get(window) ?? 0) + 1;
    const ms = startedAt + (window + 1) * windowMs - clock.now();
    if (count > perWindow) {
      refused++;
      const { headers, body } = refusal(wire, perWindow, ms);
      return void response.writeHead(429, { 'content-type': 'application/json', ...headers }).end(body);
    }
    taken.set(window, count);
    response.writeHead(200, { 'content-type': 'text/event-stream', date: new Date(clock.now()).toUTCString() });
    response.end(answering(wire, 'x answers'));
  });
  const claude = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + HOUR) }));
  const y = fallback('y', streamed('y answers'));
  const proxy = await startProxy([claudeAt(claude.url), providerOn(wire, host.url), y], {
    now: clock.now,
    pause: (ms, signal) =>
      Promise.race([clock.pause(ms), new Promise<void>((go) => signal.addEventListener('abort', () => go()))]),
  });
  onTestFinished(() => clock.advance(HOUR));
  const answers = async (count: number, init: RequestInit = {}) =>
    Promise.all(Array.from({ length: count }, async () => (await read(await ask(proxy.url, {}, init))).text));
  return { clock, host, proxy, answers, refused: () => refused };
}

/** As each wire tells that the requests of a minute are used up. */
function refusal(wire: WireName, limit: number, ms: number): { headers: Record<string, string>; body: string } {
  const seconds = `${Math.ceil(ms / 1000)}`;
  if (wire === 'gemini') {
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel', quotaValue: `${limit}` }],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
    ];
    const error = { code: 429, message: 'You exceeded your quota', status: 'RESOURCE_EXHAUSTED', details };
    return { headers: {}, body: JSON.stringify({ error }) };
  }
  if (wire === 'adapted') {
    const error = { type: 'rate_limit_error', message: 'too many requests' };
    return { headers: { 'retry-after': seconds }, body: JSON.stringify({ type: 'error', error }) };
  }
  const message = `Rate limit reached for m on requests per min (RPM): Limit ${limit}. Please try again in ${seconds}s.`;
  return { headers: {}, body: JSON.stringify({ error: { message, type: 'requests', code: 'rate_limit_exceeded' } }) };
}

test.each(WIRES)('eight subagents stay with a key of few requests a minute (%s), and are told of it', async (wire) => {
  const { clock, proxy, answers, refused } = await startChain(wire, { perWindow: 4, windowMs: 3_000 });
  const all = answers(8);
  await expect.poll(() => clock.waiting.size, { interval: 2 }).toBe(4);
  clock.advance(3_000);
  expect(await all).toEqual(Array.from({ length: 8 }, () => 'x answers'));
  expect(refused()).toBe(4);
  expect(proxy.of('exchange-wait')).toHaveLength(4);
  const summary = proxy.events.reduce(fold, emptySummary());
  expect(summary.queues).toMatchObject([{ provider: 'x', requests: 4 }]);
  const [what, how] = queueParts('x', summary.queues![0]!, () => 'X');
  expect(what).toBe(`X takes ${wire === 'adapted' ? 'a limited number of requests' : '4 requests'} a minute`);
  expect(how).toBe('4 requests waited for it, 3.0 s at most');
});

test('once the pace is known, nobody is sent to be refused', async () => {
  const { clock, proxy, answers, refused } = await startChain('chat', { perWindow: 2, windowMs: 60_000 });
  clock.advance(54_000);
  const first = answers(3);
  await expect.poll(() => clock.waiting.size, { interval: 2 }).toBe(1);
  expect(refused()).toBe(1);
  const second = answers(1);
  await expect.poll(() => clock.waiting.size, { interval: 2 }).toBe(2);
  clock.advance(6_000);
  expect(await first).toEqual(['x answers', 'x answers', 'x answers']);
  expect(await second).toEqual(['x answers']);
  expect([refused(), proxy.of('exchange-wait').length]).toEqual([1, 2]);
});

test('a reset that is far away is not waited for: the next one answers at once', async () => {
  const { clock, proxy, answers } = await startChain('chat', { perWindow: 2, windowMs: 60_000 });
  const who = await answers(4);
  expect([who.filter((text) => text === 'x answers'), who.length]).toEqual([['x answers', 'x answers'], 4]);
  expect([clock.waiting.size, proxy.of('exchange-wait').length]).toEqual([0, 0]);
});

test('who hangs up gives the place back', async () => {
  const { clock, proxy, answers } = await startChain('chat', { perWindow: 1, windowMs: 3_000 });
  await answers(1);
  const leaving = new AbortController();
  const left = answers(1, { signal: leaving.signal }).catch(() => 'hung up');
  await expect.poll(() => proxy.of('exchange-wait').length, { interval: 2 }).toBe(1);
  leaving.abort();
  expect(await left).toBe('hung up');
  await expect.poll(() => proxy.of('exchange-end').at(-1), { interval: 2 }).toMatchObject({ outcome: 'cancelled' });
  const next = answers(1);
  await expect.poll(() => proxy.of('exchange-wait').length, { interval: 2 }).toBe(2);
  clock.advance(3_000);
  expect(await next).toEqual(['x answers']);
});
