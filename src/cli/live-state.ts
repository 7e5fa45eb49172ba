import type { Config } from '../config/schema.ts';
import { median } from '../failover/latency.ts';
import { restOf } from '../failover/rest.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from '../proxy/budget.ts';
import type { Router } from '../proxy/router.ts';
import type { LiveState, ProviderState } from '../report/live.ts';
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
    budget: budget.view(),
    providers,
    summary,
  };
}

/** Why it is not the one that the user, or the order, would have. */
function whyNotPreferred(providers: ProviderState[], serving: string, { router, config }: Input): string | undefined {
  const { pinned } = router.steering();
  const preferred = providers[0]!;
  if (pinned && pinned.provider === serving) {
    if (serving === preferred.id && !pinned.only) return undefined;
    return pinned.only ? `you chose ${pinned.provider} only` : `you chose ${pinned.provider}`;
  }
  const wanted = providers.find(({ id }) => id === pinned?.provider) ?? preferred;
  if (wanted.id === serving) return undefined;
  switch (wanted.state) {
    case 'resting':
      return `${wanted.id}: ${wanted.reason ?? 'resting'}`;
    case 'over_budget':
      return `${wanted.id}: over your budget`;
    case 'no_key':
      return `${wanted.id}: no key`;
    case 'ready':
      if (config.switchBack === 'manual') return `${wanted.id} is ready: ccmux use ${wanted.id}`;
      return `${wanted.id} is ready: it answers from your next turn on`;
  }
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
    state: stateOf(),
    ...(rest && { reason: rest.reason, until: rest.until, ...(rest.family && { restFamily: rest.family }) }),
    models: provider.own ? {} : Object.fromEntries(TIERS.map((tier) => [tier, provider.modelFor(tier)])),
    windows: [...known, ...counted],
    spentUsd: summary.providers.find((totals) => totals.id === id)?.usd ?? 0,
    ...(usualMs !== undefined && { usualMs }),
  };

  function stateOf(): ProviderState['state'] {
    if (provider.keySource === undefined) return 'no_key';
    if (rest) return 'resting';
    return paid && budget.isOver() ? 'over_budget' : 'ready';
  }
}
