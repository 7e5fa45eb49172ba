import { soonestEnd } from '../words/ends.ts';
import type { Config } from '../config/schema.ts';
import type { QuotaWindow } from '../events.ts';
import { forecastOf } from '../failover/forecast.ts';
import { median } from '../failover/latency.ts';
import { cooldownOf } from '../failover/cooldown.ts';
import type { Next } from '../failover/situation.ts';
import { keyCooldowns } from '../failover/key-turn.ts';
import type { KeyName, Provider } from '../providers/provider.ts';
import type { Budget } from '../proxy/budget.ts';
import type { Router } from '../proxy/router.ts';
import type { SwarmGuard } from '../proxy/swarm.ts';
import type { LiveState, Nobody, ProviderState, ServingWhy, Waiting, WindowState } from '../state/live.ts';
import { watchPresent, type Present } from '../notices/present.ts';
import type { Summary } from '../state/summary.ts';
import type { Approvals } from './approvals.ts';
import type { OpenLedger } from './ledger.ts';
import type { NetTest } from './net-test.ts';
import type { SessionRecord } from './record.ts';

/** A Claude model of each family: the provider's model for it is shown. */
const TIERS = ['opus', 'sonnet', 'haiku'] as const;

/** `url`: the session's own address, token included. */
type Parts = {
  id: string;
  startedAt: number;
  url: string;
  config: Config;
  router: Router;
  ledger: OpenLedger;
  budget: Budget;
  approvals: Approvals;
  netTest: NetTest;
  swarm: SwarmGuard;
};

type Input = Parts & { summary: Summary; present: Present; now: number };

/** @returns the running session at each moment, for `ccmux status`, the footer and the live page. */
export function followLiveState(
  session: Parts & { record: Pick<SessionRecord, 'bus'>; summary: () => Summary; now: () => number },
): () => LiveState {
  const present = watchPresent(session.record.bus);
  return () => compose({ ...session, summary: session.summary(), present: present(), now: session.now() });
}

function compose(input: Input): LiveState {
  const { router, ledger, budget, config, approvals, summary, now } = input;
  const next = router.whoIsNext();
  const providers = router.order().map((provider) => providerState(provider, input, next));
  const waiting = whomWeWaitFor(input);
  const nobody = waiting === undefined ? whyNobody(providers, input) : undefined;
  const serving = waiting?.provider ?? next.provider;
  const why = whyNotPreferred(providers, serving, input);
  const { answeredLast } = input.present;
  const [allowed, asks] = [approvals.allowed(), approvals.asks()];
  const swarm = input.swarm.over();
  const shared = ledger.sharedBy();
  return {
    version: 1,
    now,
    session: input.id,
    pid: process.pid,
    cwd: process.cwd(),
    startedAt: input.startedAt,
    pageUrl: `${input.url}/ccmux/`,
    ...(answeredLast !== undefined && { answeredLast }),
    serving,
    ...(why !== undefined && { servingWhy: why }),
    ...(waiting !== undefined && { waiting }),
    ...(nobody !== undefined && { nobody }),
    switchBack: config.switchBack,
    steer: router.steering().pinned ?? null,
    ...(allowed.length > 0 && { allowed }),
    ...(asks.length > 0 && { asks }),
    budget: budget.view(),
    ...(swarm !== undefined && { swarm }),
    ...(shared && { shared }),
    providers,
    summary,
  };
}

/** Waiting requests come first; without any, the next request's fate. */
function whomWeWaitFor({ router, present: { waits } }: Input): Waiting | undefined {
  const [first] = waits;
  if (first === undefined) {
    const reset = router.resetToWaitFor();
    return reset && { ...reset, requests: 0 };
  }
  const { provider, until, reason } = first;
  return { provider, until, reason, requests: waits.length };
}

/** No provider is available, or none could answer the last request: each with its reason and its time. */
function whyNobody(providers: ProviderState[], { router, config, present, now }: Input): Nobody | undefined {
  const only = router.steering().pinned?.only === true || !config.failover.enabled;
  const wanted = router.steering().pinned?.provider ?? providers[0]!.id;
  const asked = providers.filter(({ id, routed }) => !routed && (!only || id === wanted));
  const each = asked.flatMap(({ id, reason, until }) =>
    reason === undefined ? [] : [{ provider: id, reason, ...(until !== undefined && { until }) }],
  );
  if (each.length === asked.length) {
    const soonest = soonestEnd(each);
    return { kind: 'unavailable', ...(soonest && { until: soonest.until }), each };
  }
  if (present.failed === undefined) return undefined;
  const failed = new Map(present.failed.map(({ provider, reason }) => [provider, reason]));
  return {
    kind: 'failed',
    each: asked.flatMap(({ id, reason: current, until }) => {
      const reason = current ?? failed.get(id);
      return reason === undefined
        ? []
        : [{ provider: id, reason, ...(until !== undefined && until > now && { until }) }];
    }),
  };
}

/** Why it is not the provider that the user or the order prefers. */
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

function providerState(provider: Provider, input: Input, { passedOver }: Next): ProviderState {
  const { router, ledger, budget, summary, now, config } = input;
  const { id, label, kind, paid } = provider;
  const cooldown = cooldownOf(router.cooldowns(), id, router.family(), now);
  const limits = config.providers[id]?.limits;
  const known = ledger.windows(id)?.windows.filter(({ resetAt }) => resetAt === undefined || resetAt > now) ?? [];
  const counted = limits ? ledger.counted(id, limits) : [];
  const usualMs = median(ledger.samples(id));
  const tested = input.netTest.of(id);
  return {
    id,
    label,
    kind,
    paid,
    ...(provider.routed && { routed: true as const }),
    ...stateOf(),
    models: provider.own ? {} : Object.fromEntries(TIERS.map((tier) => [tier, provider.modelFor(tier)])),
    windows: [...known.map(withForecast), ...counted],
    ...(provider.keys && { keys: keysOf(provider.keys) }),
    ...(tested && { tested }),
    spentUsd: summary.providers.find((totals) => totals.id === id)?.usd ?? 0,
    ...(usualMs !== undefined && { usualMs }),
  };

  function keysOf(keys: readonly KeyName[]): ProviderState['keys'] & {} {
    const marks = keys.map(({ mark }) => mark);
    const resting = keyCooldowns(router.cooldowns(), id, marks, router.family(), now);
    return keys.map(({ source }, at) => {
      const { reason, until } = resting[at] ?? {};
      return { source, ...(reason && { reason }), ...(until !== undefined && { until }) };
    });
  }

  function withForecast(window: QuotaWindow): WindowState {
    const forecast = forecastOf(window.name, ledger.used(id, window.name), now);
    return forecast === undefined ? window : { ...window, forecast };
  }

  function stateOf(): Pick<ProviderState, 'state' | 'reason' | 'until' | 'cooldownFamily'> {
    if (provider.keySource === undefined) {
      return { state: 'no_key', reason: { kind: 'no-key', variables: provider.keyVariables } };
    }
    if (cooldown) {
      const { reason, until, family } = cooldown;
      return { state: 'cooldown', reason, until, ...(family && { cooldownFamily: family }) };
    }
    const passed = passedOver.find((one) => one.provider === id);
    if (passed) return { state: passed.reason === 'budget' ? 'over_budget' : 'cannot_take', reason: passed.detail };
    return paid && budget.isOver() ? { state: 'over_budget', reason: { kind: 'over-budget' } } : { state: 'ready' };
  }
}
