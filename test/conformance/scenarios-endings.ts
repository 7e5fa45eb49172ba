import { expect } from 'vitest';
import { readOutcome } from '../../src/failover/outcome.ts';
import { reasonText } from '../../src/words/why.ts';
import { ending, erring, opening, saying, thinking, type WireName } from '../helpers/wires.ts';
import { ask, askWell, requestOf } from './ask.ts';
import { script, UNTOUCHED, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';

/** What is an answer, and what only looks like one. Each in both modes. */
export const ENDINGS: Scenario[] = [
  failing('a page in place of an answer', () => '<!doctype html><title>Sign in</title>', {
    reason: /is not a message: an HTML page/,
  }),
  failing('a business error with a 200', () => JSON.stringify({ code: 1113, msg: 'Insufficient balance' }), {
    reason: /no credit/,
  }),
  failing('nothing at all', () => '', { reason: /is not a message: an empty body/ }),
  failing('broken off', (wire) => opening(wire) + saying(wire, 'Half of') + ending(wire, 'network_error'), {
    reason: /^answer broke off \(network_error\)$/,
  }),
  failing('blocked before content', (wire) => opening(wire) + ending(wire, BLOCKED[wire]), {
    reason: /^refused \(/,
    again: false,
  }),
  failing('nothing but thinking', (wire) => opening(wire) + thinking(wire, 'Let me see.') + ending(wire), {
    reason: /^nothing but thinking$/,
    again: false,
  }),
  failing(
    'thinking until the output limit',
    (wire) => opening(wire) + thinking(wire, 'Let me') + ending(wire, 'full'),
    {
      reason: /^output limit reached while thinking$/,
      again: false,
    },
  ),
  {
    name: 'an error behind the end',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      for (const stream of [true, false]) {
        raw(host, (wire) => opening(wire) + saying(wire, 'All of it.') + ending(wire) + erring(wire, 'late'));
        const asked = await askWell(host, requestOf(), { stream });
        expect(asked).toMatchObject({ text: 'All of it.', stopReason: 'end_turn' });
      }
      return undefined;
    },
  },
  {
    name: 'a stream without its last empty line, under no type of its own',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      for (const stream of [true, false]) {
        raw(host, (wire) => (opening(wire) + saying(wire, 'All of it.') + ending(wire)).trimEnd(), 'text/plain');
        const asked = await askWell(host, requestOf(), { stream });
        expect(asked).toMatchObject({ text: 'All of it.', stopReason: 'end_turn' });
      }
      return undefined;
    },
  },
];

const BLOCKED = { adapted: 'refusal', gemini: 'SAFETY', chat: 'content_filter', responses: 'content_filter' };

function raw(host: Host, body: (wire: WireName) => string, contentType = 'text/event-stream'): void {
  script(host, { type: 'raw', contentType, chunks: [body(host.wire as WireName)] });
}

/** @param expected `again: false`: asking the same provider again would not help, and it gets no cooldown. */
function failing(
  name: string,
  body: (wire: WireName) => string,
  expected: { reason: RegExp; again?: false },
): Scenario {
  return {
    name,
    async run(host) {
      if (host.wire === 'own') return "Claude's own answer is its client's to judge";
      for (const stream of [true, false]) {
        raw(host, body);
        const { failure, events } = await ask(host, requestOf(), { stream });
        expect(events).not.toContain('message_stop');
        expect(failure, 'no failure').toBeDefined();
        // What has begun can only say in words that it broke off.
        if (events.includes('error')) continue;
        const outcome = readOutcome(failure!, { now: Date.now(), streak: 0, on: [], fallback: true });
        expect(reasonText(outcome.reason)).toMatch(expected.reason);
        expect(outcome.action).toBe('failover');
        if (expected.again === false) {
          expect(outcome.retryable).toBe(false);
          expect(outcome).not.toHaveProperty('cooldown');
        }
      }
      return undefined;
    },
  };
}
