import { expect, it } from 'vitest';
import { createBus, type Event } from '../../src/events.ts';
import { createLimitWatch } from '../../src/proxy/limit-watch.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const HOUR = 3_600_000;

function watched() {
  let now = NOW;
  const bus = createBus(() => now);
  const events: Event[] = [];
  bus.on((event) => events.push(event));
  const watch = createLimitWatch({ used: () => undefined, bus, now: () => now });
  return {
    events,
    at: (ms: number) => void (now = NOW + ms),
    see: (used: number, resetAt = NOW + 5 * HOUR) =>
      watch.see('claude', [{ name: '5h', used, resetAt, source: 'wire' }], {}),
    answer: (headers: Record<string, string>) => watch.see('claude', [], headers),
  };
}

it('tells of each level once, until the window has reset', () => {
  const { events, see, at } = watched();
  for (const used of [0.6, 0.74, 0.76, 0.8, 0.91, 0.97, 1, 1.04]) see(used);
  // Its reset is named a second later, as hosts do.
  see(0.95, NOW + 5 * HOUR + 1000);
  expect(events.map((event) => event.type === 'limit-approach' && event.used)).toEqual([0.76, 0.91]);
  at(6 * HOUR);
  see(0.1, NOW + 11 * HOUR);
  see(0.8, NOW + 11 * HOUR);
  expect(events.at(-1)).toMatchObject({ type: 'limit-approach', used: 0.8, resetAt: NOW + 11 * HOUR });
  expect(events).toHaveLength(3);
});

it('a session that begins beyond both levels is told once', () => {
  const { events, see } = watched();
  see(0.93);
  see(0.94);
  expect(events).toMatchObject([{ type: 'limit-approach', used: 0.93 }]);
});

const UNIFIED = 'anthropic-ratelimit-unified-';
it.each<[what: string, headers: Record<string, string>, isIn: boolean]>([
  ['the header for it', { [`${UNIFIED}overage-in-use`]: 'true' }, true],
  [
    'a limit that is reached while extra usage goes on',
    { [`${UNIFIED}status`]: 'rejected', [`${UNIFIED}overage-status`]: 'allowed' },
    true,
  ],
  [
    'the same with a warning',
    { [`${UNIFIED}status`]: 'rejected', [`${UNIFIED}overage-status`]: 'allowed_warning' },
    true,
  ],
  ['it could be used, and is not', { [`${UNIFIED}status`]: 'allowed', [`${UNIFIED}overage-status`]: 'allowed' }, false],
  [
    'the header says no',
    {
      [`${UNIFIED}overage-in-use`]: 'false',
      [`${UNIFIED}status`]: 'rejected',
      [`${UNIFIED}overage-status`]: 'allowed',
    },
    false,
  ],
  ['nothing', {}, false],
])('extra usage by %s', (_what, headers, isIn) => {
  const { events, answer } = watched();
  answer(headers);
  answer(headers);
  answer({});
  const types = events.map(({ type }) => type);
  expect(types).toEqual(isIn ? ['overage-begin', 'overage-end'] : []);
});
