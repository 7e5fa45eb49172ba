import { describe, expect, it, vi } from 'vitest';
import { limited, machine, session } from './machine.ts';
import { startRedis, withRedis } from './redis.ts';

export const YEARS = 3 * 365 * 86_400_000;

/** Cooldowns last as long on both of two machines, and their spend adds up. @param offs of one's clock, milliseconds. */
export function testWrongClock(...offs: number[]): void {
  describe.skipIf(withRedis.skip)('a wrong clock', { timeout: 60_000 }, () => {
    it.each(offs)('%i ms off on one machine changes nothing for the other', async (off) => {
      const redis = await startRedis();
      const [right, wrong] = [await session(redis, machine()), await session(redis, machine(), off)];
      wrong.state.setCooldowns('claude#a', [limited(wrong.now() + 3_600_000)]);
      wrong.state.addSpend('gemini', 1);
      right.state.setCooldowns('gemini#b', [limited(right.now() + 600_000)]);
      right.state.addSpend('gemini', 2);
      await vi.waitFor(() => expect([right, wrong].map(({ state }) => state.spentToday())).toEqual([3, 3]), 10_000);
      const lasts = ({ state, now }: typeof right, id: string) =>
        state.cooldowns()[id]?.map(({ until }) => until - now());
      expect(lasts(right, 'claude#a')![0]).toBeGreaterThan(3_500_000);
      expect(lasts(right, 'claude#a')![0]).toBeLessThan(3_603_000);
      expect(lasts(wrong, 'gemini#b')![0]).toBeGreaterThan(500_000);
      expect(lasts(wrong, 'gemini#b')![0]).toBeLessThan(603_000);
    });
  });
}
