import { expect, it } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import { fold } from '../../src/state/fold.ts';
import { emptySummary, type Summary } from '../../src/state/summary.ts';
import { planTexts } from '../../src/words/plan.ts';

const START = new Date(2026, 10, 22, 14, 31).getTime();
const RESET = START + 5 * 3_600_000;
const MINUTE = 60_000;

/** A session's events, one a minute. */
function folded(...events: EventBody[]): Summary {
  return events.reduce(
    (summary, body, minute) => fold(summary, { ...body, at: START + minute * MINUTE }),
    emptySummary(),
  );
}

const read = (used: number, resetAt = RESET): EventBody => ({
  type: 'quota-read',
  provider: 'claude',
  windows: [{ name: '5h', used, resetAt, source: 'wire' }],
});
function answer(
  exchange: number,
  thread: 'main' | 'side' | 'subagent',
  usd: number | null,
  provider = 'claude',
): EventBody[] {
  const asked = { turn: 1, startsTurn: false, model: 'claude-opus-5', stream: true, bytes: 1 };
  return [
    { type: 'exchange-start', exchange, endpoint: 'messages', thread, ...asked },
    { type: 'exchange-end', exchange, outcome: 'answered', provider, totalMs: 1 },
    { type: 'exchange-price', exchange, provider, usd },
  ];
}

it('tells how the 5-hour window has filled, and who took the session’s own part', () => {
  const summary = folded(
    read(0.4),
    ...answer(1, 'main', 0.7),
    ...answer(2, 'subagent', 0.25),
    ...answer(3, 'side', 0.05),
    ...answer(4, 'main', 9, 'gemini'),
    read(0.62),
    read(0.61),
  );
  expect(planTexts(summary, START).taken).toBe(
    "40 % → 62 % since 14:31 · of this session's part: conversation 70 %, subagents 25 %, auxiliary requests 5 %",
  );
});

it('begins again with the window, and says nothing of shares without a price', () => {
  const summary = folded(
    read(0.9),
    ...answer(1, 'main', null),
    read(0.02, RESET + 5 * 3_600_000),
    ...answer(2, 'main', null),
  );
  expect(summary.rise).toMatchObject({ from: 0.02, to: 0.02 });
  const risen = { ...summary, rise: { ...summary.rise!, to: 0.05 } };
  expect(planTexts(risen, START).taken).toMatch(/^2 % → 5 % since \d\d:\d\d$/);
  expect(planTexts(summary, START)).toEqual({});
});

it('adds up what is billed as extra usage, and only that', () => {
  const summary = folded(
    ...answer(1, 'main', 1),
    { type: 'overage-begin', provider: 'claude' },
    ...answer(2, 'main', 0.5),
    ...answer(3, 'main', 5, 'gemini'),
    ...answer(4, 'subagent', 0.25),
    { type: 'overage-end', provider: 'claude' },
    ...answer(5, 'main', 1),
  );
  expect(planTexts(summary, START).billed).toBe('extra usage, from 14:34: est. $0.75');
  const unknown = folded({ type: 'overage-begin', provider: 'claude' }, ...answer(1, 'main', null));
  expect(planTexts(unknown, START).billed).toBe('billed as extra usage since 14:31: cost unknown');
});
