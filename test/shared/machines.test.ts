import { describe, expect, it, vi } from 'vitest';
import { testWrongClock, YEARS } from './clocks.ts';
import { limited, machine, session } from './machine.ts';
import { startRedis, withRedis } from './redis.ts';

describe.skipIf(withRedis.skip)('two machines', { timeout: 60_000 }, () => {
  it('tell each other of limits, times, counts and spend', async () => {
    const redis = await startRedis();
    const [here, there] = [await session(redis, machine()), await session(redis, machine())];
    const until = Date.now() + 3_600_000;
    here.state.setCooldowns('claude#a', [limited(until)]);
    here.state.addSample('claude#a', 2_800);
    here.state.count('gemini#b', { requests: 1, tokens: 500 });
    here.state.addSpend('gemini', 0.25);
    here.state.setWindows('claude#a', [{ name: '5h', used: 1, source: 'wire' }]);
    await vi.waitFor(() => expect(there.state.spentToday()).toBe(0.25), 10_000);
    expect(there.state.cooldowns()['claude#a']).toEqual([limited(until)]);
    expect(there.state.samples('claude#a')).toEqual([2_800]);
    expect(there.state.counted('gemini#b', { requestsPerDay: 2 })).toMatchObject([{ used: 0.5 }]);
    expect(there.state.windows('claude#a')?.windows).toEqual([{ name: '5h', used: 1, source: 'wire' }]);
    there.state.setCooldowns('claude#a', []);
    await vi.waitFor(() => expect(here.state.cooldowns()['claude#a']).toEqual([]), 10_000);
    await vi.waitFor(() => expect(here.store.standing()).toEqual({ state: 'connected', machines: 2 }), 10_000);
    expect([here.told, there.told]).toEqual([[], []]);
  });

  it('lose nothing of 1,000 writes at once', async () => {
    const redis = await startRedis();
    const files = [machine(), machine()];
    const sessions = await Promise.all(Array.from({ length: 10 }, (_, at) => session(redis, files[at % 2]!)));
    for (const { state } of sessions) for (let step = 0; step < 100; step += 1) state.addSpend('gemini', 0.01);
    await Promise.all(sessions.map(({ state }) => state.kept()));
    const last = await session(redis, machine());
    await vi.waitFor(() => expect(last.state.spentToday()).toBeCloseTo(10, 8), 20_000);
  });

  it('keep a cap together', async () => {
    const redis = await startRedis();
    const [here, there] = [await session(redis, machine()), await session(redis, machine())];
    const asked = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? here : there).store.reserve(0.3, 2));
    const ids = (await Promise.all(asked)).filter((id) => id !== undefined);
    expect(ids).toHaveLength(6);
    // One request is over and has cost less than was reserved for it.
    here.state.addSpend('gemini', 0.1);
    await here.state.kept();
    await here.store.release(ids[0]!);
    await vi.waitFor(async () => expect(await there.store.reserve(0.35, 2)).toBeDefined(), 10_000);
    expect(await here.store.reserve(0.1, 2)).toBeUndefined();
  });
});

describe.skipIf(withRedis.skip)('without the server', { timeout: 60_000 }, () => {
  it('each machine goes on by itself, says so once, and all is merged when it is back', async () => {
    const redis = await startRedis();
    const [here, there] = [await session(redis, machine()), await session(redis, machine())];
    here.state.addSpend('gemini', 1);
    await vi.waitFor(() => expect(there.state.spentToday()).toBe(1), 10_000);
    await redis.kill();
    await vi.waitFor(() => expect([here.told.length, there.told.length]).toEqual([1, 1]), 10_000);
    here.state.addSpend('gemini', 2);
    there.state.addSpend('gemini', 4);
    there.state.setCooldowns('gemini#b', [limited(Date.now() + 60_000)]);
    await Promise.all([here.state.kept(), there.state.kept()]);
    expect([here.state.spentToday(), there.state.spentToday()]).toEqual([3, 5]);
    // A session that begins now, on one of the machines, knows what that machine knows.
    await redis.start();
    await vi.waitFor(() => expect([here.state.spentToday(), there.state.spentToday()]).toEqual([7, 7]), 30_000);
    expect(here.state.cooldowns()['gemini#b']).toHaveLength(1);
    expect(here.told).toEqual([
      { state: 'away', why: expect.any(String), known: true, since: expect.any(Number) },
      { state: 'connected', machines: 2 },
    ]);
  });

  it('each machine spends at most its share of what was left', async () => {
    const redis = await startRedis();
    const [here, there] = [await session(redis, machine()), await session(redis, machine())];
    here.state.addSpend('gemini', 4);
    await vi.waitFor(() => expect(there.state.spentToday()).toBe(4), 10_000);
    await vi.waitFor(() => expect(here.store.standing()).toEqual({ state: 'connected', machines: 2 }), 10_000);
    redis.freeze();
    const reserve = async ({ store }: typeof here) => {
      const ids = [];
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (let step = 0; step < 5; step += 1) ids.push(await store.reserve(1, 10));
      return ids.filter((id) => id !== undefined).length;
    };
    expect(await Promise.all([reserve(here), reserve(there)])).toEqual([3, 3]);
    expect([here.store.capNow(10), here.store.standing().state]).toEqual([7, 'away']);
    redis.thaw();
  });

  it('a machine that has never reached it spends nothing of a cap', async () => {
    const lost = { connect: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })) };
    const { store, told } = await session(lost, machine());
    expect(told).toEqual([{ state: 'away', why: 'ECONNREFUSED', known: false, since: expect.any(Number) }]);
    expect(await store.reserve(0.01, 10)).toBeUndefined();
  });
});

testWrongClock(YEARS);
