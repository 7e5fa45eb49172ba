import { expect, it } from 'vitest';
import { footerSegment } from '../../src/notices/footer.ts';
import type { LiveState, Tested } from '../../src/state/live.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';
import { sampleEvents, sampleFailedOver, sampleSummary } from '../helpers/sample-session.ts';

const now = new Date(2026, 10, 22, 15, 53).getTime();
const at = (minutes: number) => now + minutes * 60_000;
const live = (change: Partial<LiveState>): LiveState => ({
  ...sampleFailedOver(sampleSummary(sampleEvents()), now),
  answeredLast: 'gemini',
  ...change,
});
const NOBODY: NonNullable<LiveState['nobody']> = {
  kind: 'unavailable',
  until: at(2),
  each: [
    { provider: 'claude', reason: FIVE_HOURS, until: at(72) },
    { provider: 'gemini', reason: { kind: 'overloaded', status: 503 }, until: at(2) },
  ],
};
const WAITING = { provider: 'claude', until: at(1), reason: FIVE_HOURS, requests: 1 };

/** Both fallbacks have no cooldown, and too little of the budget is left for either. */
function tooDear(): LiveState['providers'] {
  const reason = { kind: 'over-budget' as const, needsUsd: 3, leftUsd: 1 };
  return live({}).providers.map((one) => (one.id === 'claude' ? one : { ...one, state: 'over_budget', reason }));
}

/** Claude answers, and Gemini's key was tested. */
function torn(tested: Tested = { result: 'failed', reason: { kind: 'key-refused', status: 401 }, at: now }) {
  const [claude, gemini, ...others] = live({}).providers;
  const providers = [{ ...claude!, state: 'ready' as const, windows: [] }, { ...gemini!, tested }, ...others];
  return { answeredLast: 'claude', serving: 'claude', providers };
}

const segment = (
  change: Partial<LiveState>,
  columns: number,
  more: Partial<Parameters<typeof footerSegment>[0]> = {},
) =>
  footerSegment({
    live: live(change),
    back: { at: at(72), reason: FIVE_HOURS },
    stdin: {},
    format: ['who', 'next', 'limits', 'approvals', 'budget'],
    columns,
    color: false,
    ...more,
  });

// oxfmt-ignore
const rows: [what: string, columns: number, change: Partial<LiveState>, expected: string][] = [
  ['a failover', 116, {}, 'ccmux ▸ Gemini · Claude back 17:05 (in 1 h 12 min)'],
  ['a failover', 36, {}, 'ccmux ▸ Gemini · Claude back 17:05'],
  ['a failover', 20, {}, 'ccmux ▸ Gemini'],
  ['next is somebody else', 116, { answeredLast: 'openrouter', serving: 'gemini' }, 'ccmux ▸ OpenRouter · Claude back 17:05 (in 1 h 12 min)'],
  ['a choice', 116, { steer: { provider: 'gemini', only: false } }, 'ccmux ◆ Gemini · your choice (ccmux use auto)'],
  ['one and nobody else', 116, { steer: { provider: 'gemini', only: true } }, 'ccmux ◆ only Gemini · undo: ccmux use auto'],
  ['one and nobody else', 36, { steer: { provider: 'gemini', only: true } }, 'ccmux ◆ only Gemini'],
  ['a wait', 116, { waiting: WAITING, serving: 'claude' }, 'ccmux ◷ waiting for Claude until 15:54 (in 1 min) · skip: ccmux use gemini'],
  ['a wait', 60, { waiting: WAITING, serving: 'claude' }, 'ccmux ◷ waiting for Claude until 15:54 (in 1 min)'],
  ['a wait', 36, { waiting: WAITING, serving: 'claude' }, 'ccmux ◷ Claude at 15:54'],
  ['the next would wait', 116, { waiting: { ...WAITING, requests: 0 } }, 'ccmux ◷ next waits for Claude until 15:54 (in 1 min) · skip: ccmux use gemini'],
  ['a place in a queue', 116, { waiting: { ...WAITING, provider: 'gemini', reason: { kind: 'full', perMinute: 10 } }, serving: 'gemini' }, 'ccmux ◷ waiting for Gemini until 15:54 (in 1 min) · skip: ccmux use openrouter'],
  ['a wait, the others too dear', 116, { waiting: WAITING, serving: 'claude', providers: tooDear() }, 'ccmux ◷ waiting for Claude until 15:54 (in 1 min) · budget too low for Gemini and OpenRouter'],
  ['a wait, the others too dear', 76, { waiting: WAITING, serving: 'claude', providers: tooDear() }, 'ccmux ◷ waiting for Claude until 15:54 (in 1 min) · budget too low'],
  ['nobody', 120, { nobody: NOBODY }, 'ccmux ✕ nobody, next try 15:55 (in 2 min) · Claude: 429 (5-hour limit), until 17:05 · Gemini: 503 overloaded'],
  ['nobody', 130, { nobody: NOBODY }, 'ccmux ✕ nobody, next try 15:55 (in 2 min) · Claude: 429 (5-hour limit), until 17:05 · Gemini: 503 overloaded, next try 15:55'],
  ['nobody', 76, { nobody: NOBODY }, 'ccmux ✕ nobody, next try 15:55 (in 2 min) · Claude: 429 (5-hour limit)'],
  ['nobody', 36, { nobody: NOBODY }, 'ccmux ✕ nobody, next try 15:55'],
  ['nobody until a limit ends', 36, { nobody: { ...NOBODY, until: at(72), each: [NOBODY.each[0]!] } }, 'ccmux ✕ nobody until 17:05'],
  ['nobody, one of them too dear', 108, { nobody: { ...NOBODY, each: [NOBODY.each[0]!, { provider: 'gemini', reason: { kind: 'over-budget', needsUsd: 3, leftUsd: 1 } }] } }, 'ccmux ✕ nobody until 15:55 (in 2 min) · Claude: 429 (5-hour limit), until 17:05 · Gemini: over your budget'],
  ['nobody could, somebody may now', 116, { nobody: { kind: 'failed', each: [] } }, 'ccmux ✕ nobody could answer'],
  ['a fallback that was tested and cannot answer', 116, torn(), 'ccmux ▸ Claude · Gemini: 401 (key or login refused)'],
  ['subagents that run away', 116, { swarm: 120 }, 'ccmux ▸ Gemini · Claude back 17:05 (in 1 h 12 min) · subagents: over 120 requests a minute'],
  ['a fallback that was tested and can', 116, torn({ result: 'ready', at: now }), 'ccmux ▸ Claude'],
];
it.each(rows)('tells of %s in %i columns', (_what, columns, change, expected) => {
  expect(segment(change, columns)).toBe(expected);
});

const claudeWith = (...windows: LiveState['providers'][number]['windows']): Partial<LiveState> => {
  const [claude, ...others] = live({}).providers;
  return { answeredLast: 'claude', serving: 'claude', providers: [{ ...claude!, state: 'ready', windows }, ...others] };
};
const fiveHours = (used: number, fullAt?: number) => ({
  name: '5h',
  used,
  resetAt: at(72),
  source: 'wire' as const,
  ...(fullAt !== undefined && { forecast: { perHour: 0.4, overMs: 3_600_000, fullAt } }),
});
// oxfmt-ignore
it.each<[what: string, columns: number, windows: LiveState['providers'][number]['windows'], expected: string]>([
  ['half of it used, and full before its reset', 116, [fiveHours(0.52, at(40))], 'ccmux ▸ Claude · 5-hour limit 52 % used (full 16:33 at this pace)'],
  ['the same', 52, [fiveHours(0.52, at(40))], 'ccmux ▸ Claude · 5-hour limit 52 % used (full 16:33)'],
  ['the same', 40, [fiveHours(0.52, at(40))], 'ccmux ▸ Claude · 5-hour limit 52 % used'],
  ['less than half of it used', 116, [fiveHours(0.49, at(40))], 'ccmux ▸ Claude'],
  ['much of it used, and not full before its reset', 116, [fiveHours(0.78)], 'ccmux ▸ Claude · 5-hour limit 78 % used (resets 17:05)'],
  ['two limits, the one that is full first', 116, [{ name: '7d', used: 0.9, source: 'wire' }, fiveHours(0.6, at(50))], 'ccmux ▸ Claude · 5-hour limit 60 % used (full 16:43 at this pace)'],
])('of a limit tells what matters: %s, in %i columns', (_what, columns, windows, expected) => {
  expect(segment(claudeWith(...windows), columns)).toBe(expected);
});

it('shows the fields that the user chose, in that order', () => {
  expect(segment({}, 0, { format: ['next', 'who'] })).toBe('ccmux ▸ Claude back 17:05 (in 1 h 12 min) · Gemini');
});

it('paints who answers, and nothing where the user wants no colour', () => {
  expect(segment({}, 0, { color: true })).toContain('\u001B[36mGemini\u001B[39m');
  expect(segment({ nobody: NOBODY }, 0, { color: true })).toContain('\u001B[31mnobody, next try');
});
