import { describe, expect, it, vi } from 'vitest';
import { testWrongClock, YEARS } from '../clocks.ts';
import { machine, session } from '../machine.ts';
import { startRedis, withRedis } from '../redis.ts';

describe.skipIf(withRedis.skip)('two machines', { timeout: 120_000 }, () => {
  it('lose nothing of 1,000 writes, one after the other in each of ten sessions', async () => {
    const redis = await startRedis();
    const files = [machine(), machine()];
    const sessions = await Promise.all(Array.from({ length: 10 }, (_, at) => session(redis, files[at % 2]!)));
    await Promise.all(
      sessions.map(async ({ state }) => {
        for (let step = 0; step < 100; step += 1) {
          state.addSpend('gemini', 0.01);
          // oxlint-disable-next-line no-await-in-loop -- each write by itself
          await state.kept();
        }
      }),
    );
    const last = await session(redis, machine());
    await vi.waitFor(() => expect(last.state.spentToday()).toBeCloseTo(10, 8), 20_000);
  });

  it('a server that has lost everything gets it back', async () => {
    const redis = await startRedis();
    const [here, there] = [await session(redis, machine()), await session(redis, machine())];
    here.state.addSpend('gemini', 1);
    await vi.waitFor(() => expect(there.state.spentToday()).toBe(1), 10_000);
    redis.cli('flushall');
    there.state.addSpend('gemini', 2);
    await there.state.kept();
    const third = await session(redis, machine());
    await vi.waitFor(() => expect([third, here].map(({ state }) => state.spentToday())).toEqual([3, 3]), 10_000);
  });

  it('a server that has gone back some moments gets them again', async () => {
    const redis = await startRedis();
    const here = await session(redis, machine());
    here.state.addSpend('gemini', 1);
    await here.state.kept();
    await vi.waitFor(() => expect(redis.cli('hget', 'ccmux:team', 'facts')).toContain('"usd":1'), 10_000);
    const before = ['revision', 'facts'].map((field) => redis.cli('hget', 'ccmux:team', field).trimEnd());
    here.state.addSpend('gemini', 2);
    await here.state.kept();
    await vi.waitFor(() => expect(redis.cli('hget', 'ccmux:team', 'facts')).toContain('"usd":3'), 10_000);
    redis.cli('hset', 'ccmux:team', 'revision', before[0]!, 'facts', before[1]!);
    await vi.waitFor(() => expect(redis.cli('hget', 'ccmux:team', 'facts')).toContain('"usd":3'), 10_000);
  });
});

testWrongClock(-YEARS, 7 * 3_600_000, -20 * 60_000);
