import type { LiveState } from '../../src/state/live.ts';
import { sampleEvents, sampleFailedOver, sampleSummary } from './sample-session.ts';

/** Everything that can be wrong at once: no key, over budget, unanswered requests, ccmux's own faults, long names. */
export function troubledSession(): LiveState {
  const state = sampleFailedOver(sampleSummary(sampleEvents({ responses: 20 })));
  const { summary } = state;
  const last = summary.responses.at(-1)!;
  const providers = state.providers.map((row) =>
    row.id === 'gemini' ? { ...row, state: 'over_budget' as const, reason: { kind: 'over-budget' } as const } : row,
  );
  providers[2] = { ...providers[2]!, state: 'no_key', reason: { kind: 'no-key', variables: ['OPENROUTER_API_KEY'] } };
  providers.push({
    ...providers[2],
    id: 'workstation',
    label: 'The workstation under my desk',
    state: 'ready',
    models: { opus: 'qwen3-coder-480b-a35b-instruct-q4_k_m-with-a-name-that-does-not-end' },
    spentUsd: 0,
    paid: false,
  });
  delete providers[3]!.reason;
  const apiKeyLimits = ['requests', 'input-tokens', 'output-tokens', 'tokens'].map((name, index) => ({
    name,
    limit: 2_000_000,
    remaining: 2_000_000 - 480_000 * (index + 1),
    resetAt: state.now + 42_000,
    source: 'wire' as const,
  }));
  providers[0] = { ...providers[0]!, windows: [...providers[0]!.windows, ...apiKeyLimits] };
  const {
    provider: _nobody,
    model: _none,
    requestId: _unknown,
    usage: _unused,
    usd: _free,
    losses: _whole,
    ...rest
  } = last;
  const asked = { ...rest, warnings: 0, totalMs: 300, firstByteMs: 280 };
  return {
    ...state,
    serving: 'workstation',
    providers,
    budget: { perSessionUsd: 0.1, spentSessionUsd: 0.1, spentDayUsd: 0.4, unknownPrices: true },
    summary: {
      ...summary,
      responses: [
        ...summary.responses,
        {
          ...asked,
          exchange: 90,
          turn: 8,
          outcome: 'failed',
          status: 529,
          preview: 'x'.repeat(80),
          skipped: [{ provider: 'gemini', reason: 'budget', detail: { kind: 'over-budget' } }],
        },
        { ...asked, exchange: 91, turn: 9, provider: 'gemini', outcome: 'cancelled', preview: 'Stop.' },
        {
          ...asked,
          exchange: 92,
          turn: 10,
          provider: 'claude',
          model: 'claude-opus-4-8',
          outcome: 'relayed',
          status: 400,
        },
      ],
      faults: [{ where: 'journal', message: 'no space left on device', count: 3 }],
    },
  };
}
