import type { LiveState } from '../../src/state/live.ts';
import { FIVE_HOURS, OVERLOADED } from './reasons.ts';
import { sampleEvents, sampleFailedOver, sampleLive, sampleSummary } from './sample-session.ts';

/** The sample session in the moments in which a person needs the page most. */

const limited = () => sampleFailedOver(sampleSummary(sampleEvents({ responses: 20 })));

/** The first request waits for Claude's limit, as `failover.waitUpTo` says. */
export function waiting(): LiveState {
  const state = limited();
  const { servingWhy: _why, ...rest } = state;
  const waits = { provider: 'claude', until: state.now + 40_000, reason: FIVE_HOURS, requests: 1 };
  return { ...rest, serving: 'claude', answeredLast: 'claude', waiting: waits };
}

/** Claude is limited, one fallback is overloaded, the other over the budget. */
export function nobody(): LiveState {
  const state = limited();
  const soon = state.now + 90_000;
  const claudeBack = state.providers[0]!.until!;
  const over = { kind: 'over-budget' } as const;
  return {
    ...state,
    serving: 'claude',
    answeredLast: 'gemini',
    budget: { perSessionUsd: 0.1, spentSessionUsd: 0.1, spentDayUsd: 0.4, unknownPrices: false },
    providers: state.providers.map((row) => {
      if (row.id === 'gemini') return { ...row, state: 'cooldown', reason: OVERLOADED, until: soon };
      return row.id === 'openrouter' ? { ...row, state: 'over_budget', reason: over } : row;
    }),
    nobody: {
      kind: 'unavailable',
      until: soon,
      each: [
        { provider: 'claude', reason: FIVE_HOURS, until: claudeBack },
        { provider: 'gemini', reason: OVERLOADED, until: soon },
        { provider: 'openrouter', reason: over },
      ],
    },
  };
}

/** `ccmux use gemini --only`. */
export function pinned(): LiveState {
  const state = sampleLive(sampleSummary(sampleEvents()));
  return {
    ...state,
    serving: 'gemini',
    answeredLast: 'gemini',
    servingWhy: { kind: 'chosen', provider: 'gemini', only: true },
    steer: { provider: 'gemini', only: true },
  };
}

/** Answers from 50 ms to a minute and more, eight providers, and the pace of each of the first one's limits. */
export function manyProviders(): LiveState {
  const state = limited();
  const names = ['Groq', 'Mistral', 'DeepSeek', 'Moonshot', 'Ollama'];
  const more = names.map((label) => ({
    ...state.providers[2]!,
    id: label.toLowerCase(),
    label,
    models: { opus: `${label.toLowerCase()}-large` },
    paid: label !== 'Ollama',
  }));
  const responses = state.summary.responses.map((one, index) => ({ ...one, totalMs: 50 * 1.44 ** index }));
  const [claude, ...fallbacks] = state.providers;
  const forecast = { perHour: 0.12, overMs: 3_600_000, fullAt: state.now + 1_500_000 };
  const paced = { ...claude!, windows: claude!.windows.map((window) => ({ ...window, used: 0.7, forecast })) };
  return { ...state, providers: [paced, ...fallbacks, ...more], summary: { ...state.summary, responses } };
}

/** Claude's limits come near: forecasts, a net that was tested, subagents that run away, one key of three that rests. */
export function nearTheLimit(): LiveState {
  const summary = sampleSummary(sampleEvents({ responses: 12 }));
  const live = sampleLive(summary);
  const { now } = live;
  const [claude, gemini, openrouter] = live.providers;
  const until = now + 84 * 60_000;
  const week = now + 61 * 3_600_000;
  const windows = [
    {
      name: '5h',
      used: 0.82,
      resetAt: now + 110 * 60_000,
      source: 'wire',
      forecast: { perHour: 0.22, overMs: 3_600_000, fullAt: now + 49 * 60_000 },
    },
    {
      name: '7d',
      used: 0.81,
      resetAt: week,
      source: 'wire',
      forecast: { perHour: 0.004, overMs: 86_400_000, fullAt: now + 47 * 3_600_000 },
    },
    { name: '7d_opus', used: 0.34, resetAt: week, source: 'wire', forecast: { perHour: 0.002, overMs: 86_400_000 } },
  ] as const;
  const keys = [
    { source: 'WORK_KEY', reason: { kind: 'limit', status: 429, window: 'requestsPerDay' } as const, until },
    { source: 'TEAM_KEY' },
    { source: 'apiKeyCommand' },
  ];
  return {
    ...live,
    swarm: 120,
    providers: [
      { ...claude!, windows: [...windows] },
      { ...gemini!, keys, tested: { result: 'ready', at: now - 240_000 } },
      { ...openrouter!, tested: { result: 'failed', reason: { kind: 'key-refused', status: 401 }, at: now - 240_000 } },
      { ...openrouter!, id: 'groq', label: 'Groq', routed: true, windows: [], models: { sonnet: 'gpt-oss-120b' } },
    ],
    summary: {
      ...summary,
      rise: { provider: 'claude', since: summary.startedAt, resetAt: now, from: 0.4, to: 0.82 },
      overage: { provider: 'claude', since: now - 600_000, usd: 1.2, ongoing: true },
    },
  };
}
