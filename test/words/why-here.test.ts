import { expect, it } from 'vitest';
import type { EventOf, Reason } from '../../src/events.ts';
import type { Response, Summary } from '../../src/state/summary.ts';
import { whyHere } from '../../src/words/why-here.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';

const LABELS: Record<string, string> = { claude: 'Claude', gemini: 'Gemini', groq: 'Groq' };

const answered = (more: Partial<Response> = {}): Response => ({
  at: 0,
  exchange: 9,
  turn: 4,
  thread: 'main',
  provider: 'gemini',
  askedModel: 'claude-opus-5-5',
  outcome: 'answered',
  totalMs: 1,
  warnings: 0,
  ...more,
});
const failed = (provider: string, reason: Reason, more: object = {}): EventOf<'attempt-fail'> => ({
  type: 'attempt-fail',
  at: 0,
  exchange: 9,
  attempt: 1,
  provider,
  failure: 'rate_limit',
  reason,
  action: 'failover',
  ms: 1,
  ...more,
});
const switched = (more: Partial<EventOf<'provider-switch'>>): EventOf<'provider-switch'> => ({
  type: 'provider-switch',
  at: 0,
  exchange: 5,
  from: 'claude',
  to: 'gemini',
  cause: 'failover',
  reason: FIVE_HOURS,
  ms: 1,
  ...more,
});
const passed = (provider: string, detail: Reason) => ({ provider, reason: 'cooldown' as const, detail });

// oxfmt-ignore
it.each<[what: string, response: Partial<Response>, session: Partial<Summary>, why: string]>([
  ['the first of the order', { provider: 'claude' }, {}, 'as your order says'],
  ['a route', { moved: { kind: 'route', rule: 'agent Explore' } }, {}, 'your route: agent Explore'],
  ['an overflow', { moved: { kind: 'overflow', window: '5h', used: 0.92 } }, {}, 'to spare Claude: 5-hour limit 92 % used'],
  ['a route whose first could not', { moved: { kind: 'route', rule: 'class main' } }, { failures: [failed('groq', OVERLOADED)] }, 'your route: class main · Groq: 529 overloaded'],
  ['a failure', {}, { failures: [failed('claude', FIVE_HOURS)] }, 'Claude: 429 (5-hour limit)'],
  ['the same failure twice', {}, { failures: [failed('claude', OVERLOADED), failed('claude', OVERLOADED)] }, 'Claude: 529 overloaded, twice'],
  ["another request's failure", { provider: 'claude' }, { failures: [failed('claude', OVERLOADED, { exchange: 8 })] }, 'as your order says'],
  ['its first key', { key: 2 }, { failures: [failed('gemini', { kind: 'key-refused', status: 401 }, { key: 1 })] }, 'Gemini (key 1): 401 (key or login refused)'],
  ['a limit that holds', { skipped: [passed('claude', FIVE_HOURS), passed('groq', OVERLOADED)] }, {}, 'Claude was not asked: 429 (5-hour limit)'],
  ['a limit that is over, within the message', {}, { switches: [switched({})], responses: [answered({ exchange: 5, turn: 3 })] }, 'since message 3: Claude: 429 (5-hour limit)'],
  ['a choice', {}, { switches: [switched({ cause: 'steer' })] }, 'you chose Gemini'],
  ['a choice of the first', { provider: 'claude' }, { switches: [switched({ cause: 'steer', from: 'gemini', to: 'claude' })] }, 'you chose Claude'],
  ['a return', { provider: 'claude' }, { switches: [switched({}), switched({ cause: 'back', from: 'gemini', to: 'claude', exchange: 7 })] }, 'as your order says'],
  ['a change that came later', { provider: 'claude' }, { switches: [switched({ exchange: 12 })] }, 'as your order says'],
  ['a rule that holds', { provider: 'claude', outcome: 'relayed', held: 'paths payments/**' }, { failures: [failed('claude', FIVE_HOURS)] }, 'Claude: 429 (5-hour limit) · held for Claude by your rule: paths payments/**'],
  ['nobody', { provider: undefined as never, outcome: 'failed', skipped: [passed('groq', OVERLOADED)] }, { failures: [failed('claude', FIVE_HOURS)] }, 'Claude: 429 (5-hour limit) · Groq was not asked: 529 overloaded'],
  ['a long chain', { fitness: 'long' }, { failures: [failed('claude', FIVE_HOURS)] }, 'Claude: 429 (5-hour limit) · long chain: check this one'],
])('%s', (_what, response, session, why) => {
  const whole = { order: ['claude', 'gemini', 'groq'], responses: [], failures: [], switches: [], ...session };
  expect(whyHere(answered(response), whole, (id) => LABELS[id] ?? id).join(' · ')).toBe(why);
});
