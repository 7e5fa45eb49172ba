import type { Event, EventBody } from '../../src/events.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

/** 22 November 2026, 14:00 local time. */
export const START = new Date(2026, 10, 22, 14).getTime();

/** Events at seconds after `START`. */
export function script(...steps: [second: number, body: EventBody][]): Event[] {
  return steps.map(([second, body]) => ({ ...body, at: START + second * 1000 }));
}

export const sessionStart: EventBody = {
  type: 'session-start',
  session: '3f2a91',
  pid: 4711,
  version: '0.1.0',
  cwd: '/home/ada/race-condition',
  order: ['claude', 'gemini', 'openrouter'],
  providers: [
    { id: 'claude', label: 'Claude', kind: 'anthropic', paid: false },
    { id: 'gemini', label: 'Gemini', kind: 'gemini', paid: true },
    { id: 'openrouter', label: 'OpenRouter', kind: 'openai-compatible', paid: true },
  ],
};

export function ask(exchange: number, turn: number, preview: string, startsTurn = true): EventBody {
  return {
    type: 'exchange-start',
    exchange,
    endpoint: 'messages',
    thread: 'main',
    turn,
    startsTurn,
    model: 'claude-opus-4-8',
    stream: true,
    bytes: 180_000,
    preview,
  };
}

export function answered(exchange: number, provider: string, model: string, totalMs: number): EventBody {
  return {
    type: 'exchange-end',
    exchange,
    outcome: 'answered',
    provider,
    model,
    status: 200,
    stopReason: 'end_turn',
    requestId: `req_${provider}_${exchange}`,
    usage: { inputTokens: 1200, outputTokens: 350, cacheReadTokens: 41_000, cacheWriteTokens: 900 },
    usd: provider === 'claude' ? 0.12 : 0.021,
    firstByteMs: totalMs / 4,
    totalMs,
  };
}

/** The journey: Claude answers five turns, is limited on the sixth, Gemini serves two, and Claude is back. */
export function journey(): Event[] {
  const model = 'claude-opus-4-8';
  const resetAt = START + 1800_000;
  const early = [
    'the worker pool deadlocks when two jobs finish at once, find out why',
    'read the scheduler too',
    'what holds the lock there?',
    'write the fix',
    'now run the tests',
  ].flatMap((preview, index): [number, EventBody][] => [
    [10 + index * 240, ask(index + 1, index + 1, preview)],
    [13 + index * 240, answered(index + 1, 'claude', model, 2600 + index * 100)],
  ]);
  return script(
    [0, sessionStart],
    ...early,
    [1500, ask(6, 6, 'the test still hangs, why?')],
    [
      1500.4,
      {
        type: 'attempt-fail',
        exchange: 6,
        attempt: 1,
        provider: 'claude',
        failure: 'rate_limit',
        status: 429,
        reason: FIVE_HOURS,
        action: 'failover',
        ms: 410,
        requestId: 'req_011CVlimit',
      },
    ],
    [
      1500.4,
      {
        type: 'provider-cooldown',
        provider: 'claude',
        until: resetAt,
        failure: 'rate_limit',
        reason: FIVE_HOURS,
      },
    ],
    [1504.6, answered(6, 'gemini', 'gemini-3-pro-preview', 4200)],
    [
      1504.6,
      {
        type: 'translation-warn',
        exchange: 6,
        provider: 'gemini',
        warnings: [
          { what: 'thinking', detail: "Claude's thinking blocks were left out" },
          { what: 'cache-control', detail: 'cache breakpoints have no counterpart' },
        ],
      },
    ],
    [
      1504.6,
      {
        type: 'provider-switch',
        exchange: 6,
        from: 'claude',
        to: 'gemini',
        cause: 'failover',
        reason: FIVE_HOURS,
        ms: 4200,
        usualMs: 2800,
        backAt: resetAt,
      },
    ],
    [1600, ask(7, 7, 'and if both jobs fail?')],
    [
      1603.9,
      {
        type: 'translation-warn',
        exchange: 7,
        provider: 'gemini',
        warnings: [{ what: 'thinking', detail: "Claude's thinking blocks were left out" }],
      },
    ],
    [1603.9, answered(7, 'gemini', 'gemini-3-pro-preview', 3900)],
    [1850, ask(8, 8, 'good, commit it')],
    [1850, { type: 'provider-ready', provider: 'claude' }],
    [1852.7, answered(8, 'claude', model, 2700)],
    [
      1852.7,
      { type: 'provider-switch', exchange: 8, from: 'gemini', to: 'claude', cause: 'back', ms: 2700, usualMs: 4050 },
    ],
    [1900, { type: 'session-end', exitCode: 0 }],
  );
}
