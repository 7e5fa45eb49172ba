import type { ProviderId } from '../events.ts';
import { ruleText } from '../failover/rule-text.ts';
import type { Way } from '../failover/ways.ts';
import type { Traits } from '../failover/when.ts';
import type { Rules } from '../proxy/rules.ts';
import type { LiveState } from '../state/live.ts';
import { explainText, type Explained } from '../words/explain.ts';

/**
 * What `ccmux explain` says: of the last request why it went where it went, and of the next, or of a prompt that is
 * given, what would be decided.
 */
export function explain(session: {
  live: LiveState;
  rules: Pick<Rules, 'preview' | 'handoff'>;
  /** Of the next message of the main thread. */
  traits: Traits;
}): string {
  const { live, rules, traits } = session;
  const { now, providers, summary, serving } = live;
  const label = (id: ProviderId) => providers.find((one) => one.id === id)?.label ?? id;
  const last = summary.responses.at(-1);
  const way = live.steer === null ? rules.preview(traits) : undefined;
  const preferred = providers[0];
  const { reason, until } = preferred ?? {};
  const isAway = preferred !== undefined && serving !== preferred.id && reason !== undefined;
  const handoff = rules.handoff(traits);
  const verdict = handoff?.verdict();
  const next: Explained['next'] = {
    provider: way?.order[0] ?? serving,
    ...(isAway && { obstacle: { provider: preferred.id, reason, ...(until !== undefined && { until }) } }),
    ...(way && { moved: reasonOf(way) }),
    ...(verdict &&
      verdict.then !== 'go' && {
        rule: { then: verdict.then, text: ruleText(verdict.rule?.when ?? {}), consented: handoff!.consented },
      }),
    fitness: traits.fitness(),
  };
  const failures = summary.failures.filter(({ exchange }) => exchange === last?.exchange);
  return explainText({ ...(last && { last: { ...last, failures } }), next }, label, now);
}

function reasonOf({ why }: Way): NonNullable<Explained['next']['moved']> {
  return why.kind === 'route' ? { kind: 'route', rule: ruleText(why.when) } : why;
}
