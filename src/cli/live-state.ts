import type { Config } from '../config/schema.ts';
import type { ProviderId } from '../events.ts';
import { median } from '../failover/latency.ts';
import { restOf } from '../failover/rest.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from '../proxy/budget.ts';
import type { Router } from '../proxy/router.ts';
import type { LiveState, ProviderState, ServingWhy } from '../report/live.ts';
import type { Summary } from '../report/summary.ts';
import type { SessionLedger } from './account.ts';

/** Whose model names stand for a family: what a provider answers with when Claude Code asks for one of these. */
const TIERS = ['opus', 'sonnet', 'haiku'] as const;

type Input = {
  session: string;
  startedAt: number;
  pageUrl: string;
  config: Config;
  router: Router;
  ledger: SessionLedger;
  budget: Budget;
  summary: Summary;
  allowed: ProviderId[];
  asks: ProviderId[];
  now: number;
};

/** The running session at this moment, put together for `ccmux status` and the live page. */
export function composeLiveState(input: Input): LiveState {
  const { router, budget, config, summary, now } = input;
  const providers = router.order().map((provider) => providerState(provider, input));
  const next = router.whoIsNext();
  const why = whyNotPreferred(providers, next.provider, input);
  return {
    version: 1,
    now,
    session: input.session,
    pid: process.pid,
    cwd: process.cwd(),
    startedAt: input.startedAt,
    pageUrl: input.pageUrl,
    serving: next.provider,
    ...(why !== undefined && { servingWhy: why }),
    ...(next.lastResort && { nobody: true as const }),
    switchBack: config.switchBack,
    steer: router.steering().pinned ?? null,
    ...(input.allowed.length > 0 && { allowed: input.allowed }),
    ...(input.asks.length > 0 && { asks: input.asks }),
    budget: budget.view(),
    providers,
    summary,
  };
}

/** Why it is not the one that the user, or the order, would have. */
function whyNotPreferred(providers: ProviderState[], serving: string, input: Input): ServingWhy | undefined {
  const { router, config } = input;
  const { pinned } = router.steering();
  const preferred = providers[0]!;
  if (pinned && pinned.provider === serving) {
    if (serving === preferred.id && !pinned.only) return undefined;
    return { kind: 'chosen', ...pinned };
  }
  const wanted = providers.find(({ id }) => id === pinned?.provider) ?? preferred;
  if (wanted.id === serving) return undefined;
  const { id } = wanted;
  if (wanted.reason !== undefined) return { kind: 'unavailable', provider: id, reason: wanted.reason };
  return { kind: 'ready', provider: id, answers: config.switchBack === 'manual' ? 'when-chosen' : 'next-turn' };
}

function providerState(provider: Provider, { router, ledger, budget, summary, now, config }: Input): ProviderState {
  const { id, label, kind, paid } = provider;
  const rest = restOf(router.rests(), id, router.family(), now);
  const limits = config.providers[id]?.limits;
  const known = ledger.windows(id)?.windows.filter(({ resetAt }) => resetAt === undefined || resetAt > now) ?? [];
  const counted = limits ? ledger.counted(id, limits) : [];
  const usualMs = median(ledger.samples(id));
  return {
    id,
    label,
    kind,
    paid,
    ...stateOf(),
    models: provider.own ? {} : Object.fromEntries(TIERS.map((tier) => [tier, provider.modelFor(tier)])),
    windows: [...known, ...counted],
    spentUsd: summary.providers.find((totals) => totals.id === id)?.usd ?? 0,
    ...(usualMs !== undefined && { usualMs }),
  };

  function stateOf(): Pick<ProviderState, 'state' | 'reason' | 'until' | 'restFamily'> {
    if (provider.keySource === undefined) {
      return { state: 'no_key', reason: { kind: 'no-key', variables: provider.keyVariables } };
    }
    if (rest) {
      const { reason, until, family } = rest;
      return { state: 'resting', reason, until, ...(family && { restFamily: family }) };
    }
    return paid && budget.isOver() ? { state: 'over_budget', reason: { kind: 'over-budget' } } : { state: 'ready' };
  }
}
