import { describe, expect, it } from 'vitest';
import { explainSwitch, headline } from '../../src/page/client/sentences.ts';
import { viewOf } from '../../src/page/client/view.ts';
import type { LiveState } from '../../src/state/live.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';
import { sampleEvents, sampleFailedOver, sampleLive, sampleStart, sampleSummary } from '../helpers/sample-session.ts';

const now = new Date(2026, 10, 22, 15, 53).getTime();
const summary = sampleSummary(sampleEvents());
const failedOver = (change: Partial<LiveState>): LiveState => ({ ...sampleFailedOver(summary, now), ...change });

function tornNet(): LiveState {
  const state = sampleLive(summary);
  const tested = { result: 'failed', at: now } as const;
  return { ...state, providers: state.providers.map((row) => (row.id === 'gemini' ? { ...row, tested } : row)) };
}

/** Nobody has said when Claude is back. */
function overloaded(change: Partial<LiveState>): LiveState {
  const state = failedOver(change);
  const providers = state.providers.map((row) => (row.id === 'claude' ? { ...row, reason: OVERLOADED } : row));
  return { ...state, providers, servingWhy: { kind: 'unavailable', provider: 'claude', reason: OVERLOADED } };
}

const backAt = now + 72 * 60_000;
const NOBODY: NonNullable<LiveState['nobody']> = {
  kind: 'unavailable',
  until: backAt,
  each: [
    { provider: 'claude', reason: FIVE_HOURS, until: backAt },
    { provider: 'gemini', reason: { kind: 'over-budget' } },
  ],
};

describe('the headline', () => {
  it.each<[string, LiveState, [string, string, string?]]>([
    [
      'the first in the order answers',
      sampleLive(summary),
      ['Claude answers now', 'It is the first in your order.', 'If it is limited, overloaded or down, Gemini answers.'],
    ],
    [
      'the first in the order answers, and the test of the next one has failed',
      tornNet(),
      [
        'Claude answers now',
        'It is the first in your order.',
        'If it is limited, overloaded or down, Gemini is asked, although its test has failed.',
      ],
    ],
    [
      'nobody else is ready',
      { ...sampleLive(summary), providers: sampleLive(summary).providers.slice(0, 1) },
      ['Claude answers now', 'It is the first in your order.', expect.any(String)],
    ],
    [
      'a fallback answers, back with the next turn',
      failedOver({}),
      [
        'Gemini answers now',
        'Claude answered 429 (5-hour limit).',
        'Claude is back at 17:05 (in 1 h 12 min), from your next message on.',
      ],
    ],
    [
      'a fallback answers until it is told otherwise',
      failedOver({ switchBack: 'manual' }),
      [
        'Gemini answers now',
        'Claude answered 429 (5-hour limit).',
        'Claude is back at 17:05 (in 1 h 12 min); then: ccmux use claude',
      ],
    ],
    [
      'a fallback answers, back at once',
      failedOver({ switchBack: 'immediate' }),
      [
        'Gemini answers now',
        'Claude answered 429 (5-hour limit).',
        'Claude is back at 17:05 (in 1 h 12 min), from the next request on.',
      ],
    ],
    ...(['turn', 'immediate', 'manual'] as const).map((switchBack): [string, LiveState, [string, string, string]] => [
      `a fallback answers after a failure that names no end: ${switchBack}`,
      overloaded({ switchBack }),
      [
        'Gemini answers now',
        'Claude answered 529 overloaded.',
        switchBack === 'manual'
          ? 'Claude can be tried again at 17:05 (in 1 h 12 min); then: ccmux use claude'
          : 'Claude is tried again at 17:05 (in 1 h 12 min).',
      ],
    ]),
    [
      'the preferred is ready again but the turn is not over',
      {
        ...sampleLive(summary),
        serving: 'gemini',
        servingWhy: { kind: 'ready', provider: 'claude', answers: 'next-turn' },
      },
      ['Gemini answers now', 'Claude is available again and answers from your next message on.'],
    ],
    [
      'nobody is ready',
      failedOver({ serving: 'claude', nobody: NOBODY }),
      [
        'No provider is available until 17:05',
        'Claude: 429 (5-hour limit), until 17:05. Gemini: over your budget. Requests still go to Claude.',
        'Claude is back at 17:05 (in 1 h 12 min), from your next message on.',
      ],
    ],
    [
      'nobody could answer the last message, and nobody is unavailable any more',
      {
        ...sampleLive(summary),
        nobody: { kind: 'failed', each: NOBODY.each.map(({ provider, reason }) => ({ provider, reason })) },
      },
      [
        'No provider could answer your last message',
        'Claude: 429 (5-hour limit). Gemini: over your budget. The next request goes to Claude.',
      ],
    ],
    [
      'only one was wanted, and it is not ready',
      failedOver({
        serving: 'claude',
        steer: { provider: 'claude', only: true },
        nobody: { ...NOBODY, each: NOBODY.each.slice(0, 1) },
      }),
      [
        'No provider is available until 17:05',
        'Claude: 429 (5-hour limit), until 17:05. You chose Claude and nobody else. Requests still go to Claude.',
        'Claude is back at 17:05 (in 1 h 12 min), from your next message on.',
      ],
    ],
    [
      'requests wait for a limit',
      failedOver({
        serving: 'claude',
        waiting: { provider: 'claude', until: now + 40_000, reason: FIVE_HOURS, requests: 1 },
      }),
      [
        'Waiting for Claude until 15:53 (in 40 s)',
        'Claude: 429 (5-hour limit). You let ccmux wait for a limit that is over soon (failover.waitUpTo).',
        'To go on with Gemini at once: ccmux use gemini',
      ],
    ],
    [
      'a request waits for its place with a fallback',
      failedOver({
        waiting: { provider: 'gemini', until: now + 40_000, reason: { kind: 'full', perMinute: 10 }, requests: 1 },
      }),
      [
        'Waiting for Gemini until 15:53 (in 40 s)',
        'Gemini: its 10 requests a minute are used up. A short wait for a place costs less than a change of provider.',
        'To go on with OpenRouter at once: ccmux use openrouter',
      ],
    ],
    [
      'the next in the order is too dear for what is left',
      {
        ...sampleLive(summary),
        providers: sampleLive(summary).providers.map((row) =>
          row.id === 'gemini'
            ? { ...row, state: 'over_budget', reason: { kind: 'over-budget', needsUsd: 3, leftUsd: 1 } }
            : row,
        ),
      },
      [
        'Claude answers now',
        'It is the first in your order.',
        'If it is limited, overloaded or down, OpenRouter answers.',
      ],
    ],
    [
      'the next request would wait',
      failedOver({
        serving: 'claude',
        answeredLast: 'claude',
        waiting: { provider: 'claude', until: now + 40_000, reason: FIVE_HOURS, requests: 0 },
      }),
      [
        'The next request waits for Claude until 15:53',
        'Claude: 429 (5-hour limit). You let ccmux wait for a limit that is over soon (failover.waitUpTo).',
        'To go on with Gemini at once: ccmux use gemini',
      ],
    ],
    [
      'somebody else answers next than answered last',
      { ...sampleLive(summary), answeredLast: 'gemini' },
      [
        'Claude answers next',
        'Gemini answered last. It is the first in your order.',
        'If it is limited, overloaded or down, Gemini answers.',
      ],
    ],
    [
      'one family of models is unavailable',
      failedOver({
        servingWhy: {
          kind: 'unavailable',
          provider: 'claude',
          reason: { kind: 'limit', status: 429, window: '7d_opus' },
        },
        providers: failedOver({}).providers.map((row) =>
          row.id === 'claude' ? { ...row, cooldownFamily: 'opus' } : row,
        ),
      }),
      [
        'Gemini answers now',
        'Claude answered 429 (7-day Opus limit).',
        'Claude is back for Opus at 17:05 (in 1 h 12 min), from your next message on.',
      ],
    ],
    [
      'the first is over the budget',
      failedOver({
        servingWhy: { kind: 'unavailable', provider: 'claude', reason: { kind: 'over-budget' } },
        providers: sampleLive(summary).providers,
      }),
      ['Gemini answers now', 'Claude cannot answer: over your budget.'],
    ],
    [
      'somebody was chosen',
      { ...sampleLive(summary), serving: 'gemini', steer: { provider: 'gemini', only: false } },
      ['Gemini answers now', 'You chose Gemini. If it fails, the next in your order answers.'],
    ],
    [
      'somebody was chosen, and nobody else',
      { ...sampleLive(summary), serving: 'gemini', steer: { provider: 'gemini', only: true } },
      ['Gemini answers now', 'You chose Gemini and nobody else: if it fails, you see its error.'],
    ],
  ])('%s', (_name, state, [title, why, next]) => {
    const view = viewOf({ mode: 'live', state });
    expect(headline(view, now)).toEqual({ title, why, ...(next === undefined ? {} : { next }) });
  });

  it.each([
    [31, 'Claude gave 22 of 31 answers', 'Gemini gave 7 and OpenRouter 2, after 2 failovers.'],
    [15, 'Claude gave every answer', '15 answers, without a failover.'],
    [0, 'No answers', 'No request was answered in this session.'],
  ])('of a report with %i responses', (responses, title, why) => {
    const frozen = sampleSummary(sampleEvents({ ended: true, responses }));
    expect(headline(viewOf({ mode: 'frozen', summary: frozen, generatedAt: now }), now)).toEqual({ title, why });
  });
});

describe('a switch', () => {
  const view = viewOf({ mode: 'frozen', summary, generatedAt: now });

  it('by failover is explained by its reason, its time against the usual, and the way back', () => {
    const event = { ...summary.switches[0]!, at: now, backAt: now + 4_320_000 };
    expect(explainSwitch(view, event)).toEqual({
      title: 'Claude → Gemini',
      facts: [
        'Claude: 429 (5-hour limit)',
        "answered by Gemini in 4.2 s (Claude's average: 2.8 s)",
        'Claude is back at 17:05',
      ],
    });
  });

  it('says no more than is known', () => {
    const { reason: _reason, usualMs: _usual, backAt: _back, ...bare } = summary.switches[0]!;
    expect(explainSwitch(view, bare).facts).toEqual(['Claude could not answer', 'answered by Gemini in 4.2 s']);
    expect(explainSwitch(view, { ...bare, cause: 'steer', at: sampleStart }).facts[0]).toBe('you chose Gemini');
    expect(explainSwitch(view, { ...bare, cause: 'steer', only: true, at: sampleStart }).facts[0]).toBe(
      'you chose Gemini and nobody else',
    );
  });
});
