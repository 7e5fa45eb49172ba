import { expect, it } from 'vitest';
import { verdictOf, type HandoffRule } from '../../src/failover/handoff.ts';
import { wayOf, type Way } from '../../src/failover/ways.ts';
import type { Route } from '../../src/failover/routes.ts';
import type { Candidate } from '../../src/failover/policy.ts';
import type { Traits } from '../../src/failover/when.ts';
import { comparingWords } from '../../src/meaning/by-words.ts';
import { explain } from '../../src/session/explain.ts';
import type { LiveState } from '../../src/state/live.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';
import { sampleEvents, sampleFailedOver, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

const now = new Date(2026, 10, 22, 15, 53).getTime();
const RULES: HandoffRule[] = [
  { when: { prompt: ['incident'] }, then: 'ask' },
  { when: { prompt: ['secret'] }, then: 'hold' },
];

function told(
  live: LiveState,
  prompt: string,
  more: { way?: Way; consented?: boolean; fitness?: 'long' } = {},
): string[] {
  const traits = { prompt: () => prompt, fitness: () => more.fitness ?? 'ordinary' } as unknown as Traits;
  const rules = {
    preview: () => more.way,
    handoff: () => ({ verdict: () => verdictOf(RULES, traits, now), consented: more.consented ?? false }),
  };
  return explain({ live, rules, traits, routes: [] }).split('\n');
}

const atEase = { ...sampleLive(sampleSummary(sampleEvents({ responses: 5 }))), serving: 'claude' };
const away = sampleFailedOver(sampleSummary(sampleEvents({ responses: 16 })), now);

it('tells of the last request and the next', () => {
  expect(told(atEase, '')).toEqual([
    'Last request (message 1): Claude answered · as your order says',
    'Next message: Claude would answer',
    'No rule of yours speaks of it.',
  ]);
});

it('names who could not answer, and the rule that asks', () => {
  const [last, next, rule] = told(away, 'the incident', { fitness: 'long' });
  expect(last).toContain('Gemini answered · Claude: 429 (5-hour limit)');
  expect(next).toMatch(/^Next message: Gemini would answer · Claude: 429 \(5-hour limit\), until .* · long chain$/);
  expect(rule).toBe('Your rule asks before anybody but Claude answers: prompt incident');
  expect(told(away, 'the incident', { consented: true })[2]).toBe(
    'Your rule asks first, and you have agreed: prompt incident',
  );
  expect(told(away, 'a secret')[2]).toBe('Your rule holds it for Claude: prompt secret');
});

it('names the way of its own', () => {
  const way: Way = { order: ['gemini', 'claude'], why: { kind: 'overflow', window: '5h', used: 0.92 } };
  expect(told(atEase, '', { way })[1]).toBe(
    'Next message: Gemini would answer · to spare Claude: 5-hour limit 92 % used',
  );
  const route: Way = { order: ['gemini'], why: { kind: 'route', index: 0, when: { hours: { from: 540, to: 1080 } } } };
  expect(told(atEase, '', { way: route })[1]).toContain('your route: hours 09:00-18:00');
  // The user has chosen: their choice beats routes and overflow.
  expect(told({ ...atEase, steer: { provider: 'claude', only: false } }, '', { way })[1]).toBe(
    'Next message: Claude would answer',
  );
});

it('names who is ready on a way of its own, and what keeps the first one from it', () => {
  const way: Way = { order: ['gemini', 'claude'], why: { kind: 'overflow', window: '5h', used: 0.92 } };
  const resting = { state: 'cooldown', reason: FIVE_HOURS, until: now + 60_000 } as const;
  const providers = atEase.providers.map((one) => (one.id === 'gemini' ? { ...one, ...resting } : one));
  expect(told({ ...atEase, providers }, '', { way })[1]).toMatch(/^Next message: Claude would answer · Gemini: 429 /);
});

it('tells why the last request went a way of its own, or was held', () => {
  const { summary } = atEase;
  const last = summary.responses.at(-1)!;
  const having = (more: object) => ({ ...atEase, summary: { ...summary, responses: [{ ...last, ...more }] } });
  expect(told(having({ moved: { kind: 'route', rule: 'agent Explore' }, thread: 'subagent' }), '')[0]).toBe(
    'Last request (message 1, a subagent): Claude answered · your route: agent Explore',
  );
  const held = { held: 'mode plan', provider: undefined, exchange: 99 };
  const failures = [{ ...summary.failures[0]!, exchange: 99, provider: 'claude', reason: FIVE_HOURS }];
  const live = having(held);
  expect(told({ ...live, summary: { ...live.summary, failures } }, '')[0]).toBe(
    'Last request (message 1): nobody answered · Claude: 429 (5-hour limit) · held for Claude by your rule: mode plan',
  );
});

const LOGS = ['summarise this log', 'what does this stack trace say'];

it.each<[prompt: string, told: string[]]>([
  [
    'summarise the log, please',
    [
      'Next message: Gemini would answer · your route: like "summarise this log" and 2 more (0.92)',
      'Your routes by example, compared by words (0.38 is enough):',
      '  0.92  like "summarise this log" and 2 more → Gemini',
      '  0.14  like "write a commit message" and 2 more → OpenRouter',
      '  0.00  like "write a good commit message" → Claude · only tags: another route claims its only example',
    ],
  ],
  [
    'summarise this log, then write the release notes',
    [
      'Next message: Claude would answer',
      'No rule of yours speaks of it.',
      'Your routes by example, compared by words (0.38 is enough):',
      '  0.38  like "summarise this log" and 2 more → Gemini · halved: it asks for other work',
      '  0.81  like "write a commit message" and 2 more → OpenRouter',
      '  0.07  like "write a good commit message" → Claude · only tags: another route claims its only example',
      '  More than one is nearly as like it: it goes by none of them.',
    ],
  ],
  [
    'write one good commit message for me',
    [
      'Next message: Claude would answer',
      'No rule of yours speaks of it.',
      'Your routes by example, compared by words (0.38 is enough):',
      '  0.00  like "summarise this log" and 2 more → Gemini',
      '  0.88  like "write a commit message" and 2 more → OpenRouter',
      '  0.93  like "write a good commit message" → Claude · only tags: another route claims its only example',
      '  More than one is nearly as like it: it goes by none of them.',
    ],
  ],
  [
    'fix the race',
    [
      'Next message: Claude would answer',
      'No rule of yours speaks of it.',
      'Your routes by example, compared by words (0.38 is enough):',
      '  0.10  like "summarise this log" and 2 more → Gemini · halved: it asks for other work',
      '  0.01  like "write a commit message" and 2 more → OpenRouter · halved: it asks for other work',
      '  0.00  like "write a good commit message" → Claude · only tags: another route claims its only example',
    ],
  ],
])('tells of %j how like the examples of each route it is', (prompt, lines) => {
  const routes: Route[] = [
    { when: { like: [...LOGS, 'read the CI log'] }, order: ['gemini', 'claude'] },
    {
      when: { like: ['write a commit message', 'draft a description', 'write the release notes'] },
      order: ['openrouter'],
    },
    { when: { like: ['write a good commit message'] }, order: ['claude'] },
  ];
  const candidates = ['claude', 'gemini', 'openrouter'].map((id) => ({ id }) as Candidate);
  const traits = { prompt: () => prompt, requestClass: () => 'main', fitness: () => 'ordinary' } as unknown as Traits;
  const rules = {
    preview: (of: Traits) => wayOf({ routes }, candidates, of, () => false, now),
    handoff: () => undefined,
  };
  const compared = comparingWords(routes.map(({ when }) => when.like!))(prompt);
  expect(explain({ live: atEase, rules, traits, routes, compared }).split('\n').slice(1)).toEqual(lines);
});
