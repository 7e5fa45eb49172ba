import { expect, it } from 'vitest';
import { createBus, type EventBody } from '../../src/events.ts';
import { watchPresent } from '../../src/notices/present.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

const NOW = 1_000_000;

function session() {
  const bus = createBus(() => NOW);
  const present = watchPresent(bus);
  bus.emit({
    type: 'exchange-start',
    exchange: 1,
    endpoint: 'messages',
    thread: 'main',
    turn: 1,
    startsTurn: true,
    model: 'claude-opus-5-5',
    stream: true,
    bytes: 10,
  });
  return { emit: (body: EventBody) => bus.emit(body), waits: () => present().waits };
}

// oxfmt-ignore
it.each<[string, EventBody, object]>([
  ['the end of a limit', { type: 'provider-wait', exchange: 1, provider: 'claude', until: NOW + 9, reason: FIVE_HOURS }, { provider: 'claude', until: NOW + 9, reason: FIVE_HOURS }],
  ['a place in a queue', { type: 'exchange-wait', exchange: 1, provider: 'gemini', ms: 9, perMinute: 10 }, { provider: 'gemini', until: NOW + 9, reason: { kind: 'full', perMinute: 10 } }],
  ['a place, the host has not told how many', { type: 'exchange-wait', exchange: 1, provider: 'gemini', ms: 9 }, { provider: 'gemini', until: NOW + 9, reason: { kind: 'full' } }],
])('a request waits for %s, until it is sent or given up', (_what, wait, expected) => {
  for (const end of [
    { type: 'attempt-start', exchange: 1, attempt: 1, provider: 'claude' },
    { type: 'exchange-end', exchange: 1, outcome: 'cancelled', totalMs: 5 },
  ] satisfies EventBody[]) {
    const { emit, waits } = session();
    emit(wait);
    expect(waits()).toMatchObject([expected]);
    emit(end);
    expect(waits()).toEqual([]);
  }
});
