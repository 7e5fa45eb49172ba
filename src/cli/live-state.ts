import type { Config } from '../config/schema.ts';
import { median } from '../failover/latency.ts';
import { restOf } from '../failover/rest.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from '../proxy/budget.ts';
import type { Router } from '../proxy/router.ts';
import type { LiveState, ProviderState } from '../report/live.ts';
import type { SharedState } from '../report/shared-state.ts';
import type { Summary } from '../report/summary.ts';

/** Whose model names stand for a family: what a provider answers with when Claude Code asks for one of these. */
const TIERS = ['opus', 'sonnet', 'haiku'] as const;

/** The running session at this moment, put together for `ccmux status` and the live page. */
export function composeLiveState(input: {
  session: string;
  startedAt: number;
  pageUrl: string;
  config: Config;
  router: Router;
  shared: SharedState;
  budget: Budget;
  summary: Summary;
  now: number;
}): LiveState {
  const { router, budget, config, summary, now } = input;
  const steering = router.steering();
  const providers = router.order().map((provider) => providerState(provider, input));
  const preferred = providers[0]!;
  const serving = router.whoIsNext();
  return {
    version: 1,
    now,
    session: input.session,
    pid: process.pid,
    cwd: process.cwd(),
    startedAt: input.startedAt,
    pageUrl: input.pageUrl,
    serving,
    ...(serving !== preferred.id && { servingWhy: whyNot(preferred, steering) }),
    switchBack: config.switchBack,
    steer: steering.pinned ?? null,
    budget: budget.view(),
    providers,
    summary,
  };

  function whyNot({ id, state, reason }: ProviderState, { pinned }: typeof steering): string {
    if (pinned) return pinned.only ? `only ${pinned.provider} was chosen` : `${pinned.provider} was chosen`;
    if (state === 'resting') return `${id}: ${reason ?? 'resting'}`;
    return config.switchBack === 'manual'
      ? `${id} is ready: ccmux use ${id}`
      : `${id} is ready: it answers from your next turn on`;
  }
}

function providerState(
  provider: Provider,
  { shared, budget, summary, now, config }: Parameters<typeof composeLiveState>[0],
): ProviderState {
  const { id, label, kind, paid } = provider;
  const rest = restOf(shared.rests(), id, undefined, now);
  const limits = config.providers[id]?.limits;
  const known = shared.windows(id)?.windows.filter(({ resetAt }) => resetAt === undefined || resetAt > now) ?? [];
  const counted = limits ? shared.counted(id, limits) : [];
  const usualMs = median(shared.samples(id));
  const state =
    provider.keySource === undefined ? 'no_key' : rest ? 'resting' : paid && budget.isOver() ? 'over_budget' : 'ready';
  return {
    id,
    label,
    kind,
    paid,
    state,
    ...(rest && { reason: rest.reason, until: rest.until }),
    models: provider.own ? {} : Object.fromEntries(TIERS.map((tier) => [tier, provider.modelFor(tier)])),
    windows: [...known, ...counted],
    spentUsd: summary.providers.find((totals) => totals.id === id)?.usd ?? 0,
    ...(usualMs !== undefined && { usualMs }),
  };
}
