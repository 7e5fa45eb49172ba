import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createIdle } from '../../src/session/idle.ts';

/** Work that can wait: a piece at a time, other things in between. */

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function pieces(count: number, piece: (left: number) => void = () => {}) {
  let left = count;
  return { left: () => left, work: () => (piece(--left), left > 0) };
}

it('does nothing at once, and a piece in each turn of the loop', async () => {
  const idle = createIdle(() => {});
  const { left, work } = pieces(3);
  const done = idle.run(work);
  const seen = [left()];
  while (vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    seen.push(left());
  }
  expect(seen).toEqual([3, 2, 1, 0]);
  await done;
});

it('does the same work once, however often it is asked for', async () => {
  const idle = createIdle(() => {});
  const { left, work } = pieces(5);
  const all = [idle.run(work), idle.run(work), idle.run(work)];
  vi.advanceTimersToNextTimer();
  expect(left()).toBe(4);
  vi.runAllTimers();
  await Promise.all(all);
});

it('goes on behind a piece that fails', async () => {
  const faults: unknown[] = [];
  const idle = createIdle((fault) => faults.push(fault));
  const { left, work } = pieces(3, (now) => {
    if (now === 1) throw new Error('broken');
  });
  const done = idle.run(work);
  vi.runAllTimers();
  await done;
  expect([left(), faults]).toEqual([0, [new Error('broken')]]);
});

it('holds nobody up once it is closed', async () => {
  const idle = createIdle(() => {});
  const done = idle.run(() => true);
  idle.close();
  await done;
  expect(vi.getTimerCount()).toBe(0);
});
