import { describe, expect, it, vi } from 'vitest';
import { NO_LIMITS, type Limits } from '../../src/failover/situation.ts';
import { createWatch, SILENCE_CODE } from '../../src/proxy/watch.ts';

/** Seconds: an answer that is sent so, and what becomes of it. `h` are the headers, `c` content, `p` a ping, `e` the end. */
type Sent = [after: number, what: 'h' | 'c' | 'p' | 'e'][];

/** @returns `passed 60 at 60` (which limit, and when), `ended at 5`, `open at 700` where nobody broke it off. */
async function watched(limits: Partial<Limits>, sent: Sent, streaming = true): Promise<string> {
  vi.useFakeTimers();
  try {
    const seconds = Object.fromEntries(Object.entries(limits).map(([name, s]) => [name, s * 1000]));
    const watch = createWatch({ ...NO_LIMITS, ...seconds }, streaming, new AbortController().signal, 1000);
    const startedAt = Date.now();
    const at = () => Math.round((Date.now() - startedAt) / 1000);
    let whole = false;
    const sleep = (s: number) => new Promise((resolve) => setTimeout(resolve, s * 1000));
    const until = async (what: string) => {
      for (let step = sent.shift(); step; step = sent.shift()) {
        await sleep(step[0]);
        if (step[1] === what || what === '') return step[1];
      }
      return sleep(100_000);
    };
    async function* bytes() {
      for (;;) {
        const what = await until('');
        if (what === 'e') whole = true;
        yield Buffer.from(String(what));
      }
    }
    const run = async () => {
      try {
        await watch.headers(until('h'));
        for await (const chunk of watch.body(bytes())) if (String(chunk) === 'c') watch.content(() => whole);
        return `ended at ${at()}`;
      } catch (error) {
        const { code, limitMs } = error as { code: string; limitMs: number };
        expect([code, watch.signal.aborted]).toEqual([SILENCE_CODE, true]);
        return `passed ${limitMs / 1000} at ${at()}`;
      }
    };
    const outcome = Promise.race([run(), sleep(700).then(() => 'open at 700')]);
    await vi.advanceTimersByTimeAsync(800_000);
    return await outcome;
  } finally {
    vi.useRealTimers();
  }
}

const STREAM = { firstByte: 60, silence: 60, firstContent: 240, afterContent: 120, whole: 300 };
const pings = (count: number, every: number): Sent => Array.from({ length: count }, () => [every, 'p']);

describe('a limit that passes breaks an attempt off', () => {
  // oxfmt-ignore
  const rows: [what: string, limits: Partial<Limits>, sent: Sent, streaming: boolean, expected: string][] = [
    ['no headers', STREAM, [], true, 'passed 60 at 60'],
    ['silence behind the headers', STREAM, [[5, 'h']], true, 'passed 60 at 65'],
    ['silence behind the first bytes', STREAM, [[5, 'h'], [50, 'p']], true, 'passed 60 at 115'],
    ['pings without content', STREAM, [[5, 'h'], ...pings(30, 10)], true, 'passed 240 at 240'],
    ['silence behind the content', STREAM, [[5, 'h'], [5, 'c'], [100, 'p']], true, 'passed 120 at 230'],
    ['pings behind the content are life', STREAM, [[5, 'h'], [5, 'c'], ...pings(80, 10)], true, 'open at 700'],
    ['an end whose connection stays open', STREAM, [[5, 'h'], [5, 'c'], [5, 'e']], true, 'ended at 16'],
    ['also without any limit', {}, [[5, 'h'], [5, 'c'], [5, 'e']], true, 'ended at 16'],
    ['no limit: silence is waited for', {}, [[5, 'h']], true, 'open at 700'],
    ['an answer in one piece', STREAM, [], false, 'passed 300 at 300'],
    ['its body as well', STREAM, [[299, 'h']], false, 'passed 300 at 300'],
  ];
  it.each(rows)('%s', async (_what, limits, sent, streaming, expected) => {
    expect(await watched(limits, sent, streaming)).toBe(expected);
  });
});

it('tells whether a client that leaves has lost its patience', () => {
  vi.useFakeTimers();
  try {
    const watch = createWatch({ ...NO_LIMITS, firstByte: 1000 }, true, new AbortController().signal, 10);
    expect(watch.wasSilent()).toBe(false);
    vi.advanceTimersByTime(600);
    expect(watch.wasSilent()).toBe(true);
    expect(createWatch(NO_LIMITS, true, new AbortController().signal, 10).wasSilent()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

it('passes on that the client has left', () => {
  const client = new AbortController();
  const watch = createWatch(NO_LIMITS, true, client.signal, 10);
  client.abort(new Error('left'));
  expect(watch.signal.reason).toEqual(new Error('left'));
});
