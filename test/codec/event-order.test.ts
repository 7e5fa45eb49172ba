import { expect, it } from 'vitest';
import { createEventOrder } from '../../src/codec/event-order.ts';
import { UpstreamError } from '../../src/errors.ts';

/** `s` message_start, `b0` a block, `d0` its delta, `e0` its end, `m` message_delta, `z` message_stop, `p` ping. */
const TYPES: Record<string, string> = {
  s: 'message_start',
  b: 'content_block_start',
  d: 'content_block_delta',
  e: 'content_block_stop',
  m: 'message_delta',
  z: 'message_stop',
  p: 'ping',
};

function run(events: string): void {
  const check = createEventOrder('anthropic');
  for (const each of events.split(' ')) {
    check({ type: TYPES[each[0]!]!, ...(each.length > 1 && { index: Number(each.slice(1)) }) });
  }
}

it.each(['s m z', 'p s b0 d0 p d0 e0 m z', 's b0 e0 b1 d1 e1 m z'])('lets pass: %s', (events) => {
  expect(() => run(events)).not.toThrow();
});

it.each(['b0', 'm', 's s', 's b1', 's b0 b1', 's d0', 's b0 d1', 's b0 e0 e0', 's b0 e0 b0', 's b0 m', 's m m'])(
  'refuses: %s',
  (events) => {
    expect(() => run(events)).toThrow(UpstreamError);
  },
);
