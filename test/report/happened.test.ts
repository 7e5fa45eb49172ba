import { expect, it } from 'vitest';
import type { EventBody, Reason } from '../../src/events.ts';
import { happenings } from '../../src/report/happened.ts';
import { summarise } from '../../src/state/fold.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';
import { ask, script, sessionStart, START } from './story.ts';

/** What a report tells of auto mode: who was asked, what was allowed, and which checks nobody could make. */

const LABELS: Record<string, string> = { claude: 'Claude', gemini: 'Gemini', openrouter: 'OpenRouter' };

function told(...events: EventBody[]): string[] {
  const steps = events.map((body, index): [number, EventBody] => [index + 1, body]);
  const summary = summarise(script([0, sessionStart], ...steps));
  return happenings(summary, (id) => LABELS[id] ?? id, START + 3_600_000).map(({ parts }) => parts.join(' · '));
}

const wanted = (asked: boolean, provider = 'gemini'): EventBody => ({
  type: 'approval-ask',
  provider,
  tool: 'Bash',
  asked,
});
const consent = (by: 'prompt' | 'page' | 'terminal'): EventBody => ({ type: 'consent-give', provider: 'gemini', by });

const check = (exchange: number, turn: number): EventBody =>
  ({ ...ask(exchange, turn, '', false), thread: 'side', safetyCheck: true }) as EventBody;
const failed = (exchange: number, reason: typeof FIVE_HOURS | typeof OVERLOADED): EventBody => ({
  type: 'attempt-fail',
  exchange,
  attempt: 1,
  provider: 'claude',
  failure: 'rate_limit',
  reason,
  action: 'failover',
  ms: 1,
});
const end = (exchange: number, outcome: 'failed' | 'relayed' | 'answered', status = 429): EventBody => ({
  type: 'exchange-end',
  exchange,
  outcome,
  status,
  totalMs: 1,
});

const skipped = (exchange: number, provider: string): EventBody => ({
  type: 'provider-skip',
  exchange,
  provider,
  reason: 'cooldown',
  detail: FIVE_HOURS,
});
const relayed = (exchange: number, turn: number, reason: Reason): EventBody[] => [
  ask(exchange, turn, '', true),
  { ...failed(exchange, FIVE_HOURS), reason, action: 'relay' } as EventBody,
  { ...end(exchange, 'relayed', 'status' in reason ? reason.status : 429), provider: 'claude' } as EventBody,
];

const NOT_RUN = 'Claude Code runs nothing that was not checked';

it.each<[string, EventBody[], string[]]>([
  ['nothing', [], []],
  [
    'questions',
    [wanted(true), wanted(true)],
    ['Gemini proposed actions that Claude did not check · you were asked about 2 calls'],
  ],
  [
    'one question, a consent, and what ran by it',
    [wanted(true), consent('page'), wanted(false)],
    [
      'Gemini proposed actions that Claude did not check · you were asked about 1 call · 1 call ran by your consent',
      "Gemini's commands run without a question until Claude answers again",
    ],
  ],
  [
    'two fallbacks',
    [wanted(true), wanted(true, 'openrouter')],
    [
      'Gemini proposed actions that Claude did not check · you were asked about 1 call',
      'OpenRouter proposed actions that Claude did not check · you were asked about 1 call',
    ],
  ],
  [
    'subagents that ran away',
    [{ type: 'swarm-begin', perMinute: 120, stops: false }],
    ['subagents send over 120 requests a minute'],
  ],
  [
    'keys that could not answer, each once',
    [
      ask(1, 1, '', true),
      { ...failed(1, OVERLOADED), provider: 'gemini', key: 2, action: 'next-key' } as EventBody,
      end(1, 'answered'),
      { ...failed(2, OVERLOADED), provider: 'gemini', key: 2, action: 'next-key' } as EventBody,
    ],
    ['Message 1 · Gemini (key 2): 529 overloaded, twice · next key'],
  ],
  [
    'a check that Claude refused',
    [check(1, 3), failed(1, FIVE_HOURS), end(1, 'failed')],
    [`Message 3 · auto mode asked Claude whether an action may run · Claude: 429 (5-hour limit) · ${NOT_RUN}`],
  ],
  [
    'its two stages, told once',
    [check(1, 3), failed(1, FIVE_HOURS), end(1, 'failed'), check(2, 3), end(2, 'failed')],
    [`Message 3 · auto mode asked Claude 2 times whether an action may run · Claude: 429 (5-hour limit) · ${NOT_RUN}`],
  ],
  [
    'a known limit, for which Claude was not asked again',
    [check(1, 3), end(1, 'failed')],
    [`Message 3 · auto mode asked Claude whether an action may run · Claude: 429 · ${NOT_RUN}`],
  ],
  [
    'an error that went back to the client',
    [check(1, 2), failed(1, OVERLOADED), end(1, 'relayed', 529), check(2, 3), failed(2, FIVE_HOURS), end(2, 'failed')],
    [
      `Message 2 · auto mode asked Claude whether an action may run · Claude: 529 overloaded · ${NOT_RUN}`,
      `Message 3 · auto mode asked Claude whether an action may run · Claude: 429 (5-hour limit) · ${NOT_RUN}`,
    ],
  ],
  ['a check that Claude made', [check(1, 3), end(1, 'answered', 200)], []],
  [
    'errors that went back to the client, each with its cause and alike ones once',
    [
      ...relayed(1, 1, FIVE_HOURS),
      ...relayed(2, 2, FIVE_HOURS),
      ...relayed(3, 2, { kind: 'limit', status: 429, window: '7d' }),
      ...relayed(4, 3, { kind: 'billing', what: 'low-balance', status: 400 }),
      ...relayed(5, 3, { kind: 'too-long', status: 400 }),
      ...relayed(6, 3, { kind: 'key-refused', status: 401 }),
    ],
    [
      'Messages 1 to 2 · Claude: 429 (5-hour limit) · error passed on to Claude Code',
      'Message 2 · Claude: 429 (7-day limit) · error passed on to Claude Code',
      'Message 3 · Claude: 400 (credit balance too low) · error passed on to Claude Code',
      'Message 3 · Claude: 400 (conversation too long) · error passed on to Claude Code',
      'Message 3 · Claude: 401 (key or login refused) · error passed on to Claude Code',
    ],
  ],
  [
    'what nobody could answer, again and again: once, and anew where it is another reason',
    [
      ...[1, 2, 3].flatMap((one) => [ask(one, 1, '', true), failed(one, FIVE_HOURS), end(one, 'failed')]),
      ...[4, 5].flatMap((one) => [ask(one, 1, '', true), failed(one, OVERLOADED), end(one, 'failed')]),
      ask(6, 1, '', true),
      end(6, 'answered'),
      ...[7, 8].flatMap((one) => [ask(one, one - 5, '', true), failed(one, OVERLOADED), end(one, 'failed')]),
    ],
    [
      'Message 1 · no provider could answer, 3 times · Claude: 429 (5-hour limit)',
      'Message 1 · no provider could answer, 2 times · Claude: 529 overloaded',
      'Messages 2 to 3 · no provider could answer · Claude: 529 overloaded',
    ],
  ],
  [
    'one that was passed over and then asked all the same: once',
    [ask(1, 1, '', true), skipped(1, 'claude'), skipped(1, 'gemini'), failed(1, FIVE_HOURS), end(1, 'failed')],
    ['Message 1 · no provider could answer · Claude: 429 (5-hour limit) · Gemini was not asked: 429 (5-hour limit)'],
  ],
])('%s', (_, events, lines) => expect(told(...events)).toEqual(lines));

it('tells which route moved a message by its examples, and which only tags one', () => {
  const like = { score: 0.714, by: 'words' } as const;
  const routed = { kind: 'route', rule: 'like "summarise this log"', like } as const;
  const done = (exchange: number, provider: string): EventBody =>
    ({ ...end(exchange, 'answered'), provider }) as EventBody;
  expect(
    told(
      ask(1, 1, 'summarise the log'),
      { type: 'exchange-move', exchange: 1, to: 'gemini', why: routed },
      done(1, 'gemini'),
      ask(2, 2, 'sum up the diff'),
      { type: 'exchange-tag', exchange: 2, rule: 'like "sum this up"', like },
      done(2, 'claude'),
    ),
  ).toEqual([
    'Message 1 · 1 request to Gemini · your route: like "summarise this log" (0.71)',
    'Message 2 · only tagged by your route: like "sum this up" (0.71) · another route claims its examples',
  ]);
});
