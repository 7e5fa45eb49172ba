import type { ProviderId } from '../events.ts';
import type { Route } from '../failover/routes.ts';
import { ruleText } from '../failover/rule-text.ts';
import { toldReason } from '../failover/ways.ts';
import type { Traits } from '../failover/when.ts';
import { areSame, likenessIn, onlyTags, type Compared } from '../meaning/compared.ts';
import type { Rules } from '../proxy/rules.ts';
import type { LiveState } from '../state/live.ts';
import { whyHere } from '../words/why-here.ts';
import { explainText, type Explained } from '../words/explain.ts';
import { labelsOf } from '../words/label.ts';

/**
 * What `ccmux explain` says: of the last request why it went where it went, and of the next, or of a prompt that is
 * given, what would be decided.
 */
export function explain(session: {
  live: LiveState;
  rules: Pick<Rules, 'preview' | 'handoff'>;
  /** Of the next message of the main thread. */
  traits: Traits;
  routes: readonly Route[];
  /** How the prompt compares with the examples of the routes, if a prompt is given and any route has examples. */
  compared?: Compared | undefined;
}): string {
  const { live, rules, routes, compared } = session;
  const traits: Traits = {
    ...session.traits,
    likeness: (examples) => compared && likenessIn(compared, examples),
  };
  const { now, providers, summary, serving } = live;
  const label = labelsOf(providers);
  const last = summary.responses.at(-1);
  const way = live.steer === null ? rules.preview(traits) : undefined;
  const answers = way === undefined ? serving : firstReady(way.order, providers);
  const preferred = way === undefined ? providers[0] : providers.find(({ id }) => id === way.order[0]);
  const { reason, until } = preferred ?? {};
  const isAway = preferred !== undefined && answers !== preferred.id && reason !== undefined;
  const handoff = rules.handoff(traits);
  const verdict = handoff?.verdict();
  const next: Explained['next'] = {
    provider: answers,
    ...(isAway && { obstacle: { provider: preferred.id, reason, ...(until !== undefined && { until }) } }),
    ...(way && { moved: toldReason(way.why) }),
    ...(verdict &&
      verdict.then !== 'go' && {
        rule: { then: verdict.then, text: ruleText(verdict.rule?.when ?? {}), consented: handoff!.consented },
      }),
    fitness: traits.fitness(),
    ...(compared && { comparison: comparisonOf(compared, routes) }),
  };
  const why = last && { last: { response: last, why: whyHere(last, summary, label) } };
  return explainText({ ...why, next }, label, now);
}

/** Who is asked of a way of its own; where nobody is ready, the first one's own words say why. */
function firstReady(order: readonly ProviderId[], providers: LiveState['providers']): ProviderId {
  const ready = order.find((id) => providers.some((one) => one.id === id && one.state === 'ready'));
  return ready ?? order[0]!;
}

function comparisonOf(compared: Compared, routes: readonly Route[]): NonNullable<Explained['next']['comparison']> {
  const { by, least, meant } = compared;
  const sets = compared.sets.map((set) => {
    const route = routes.find(({ when }) => when.like !== undefined && areSame(when.like, set.examples));
    const { score, halved, mistaken, of } = set;
    return {
      rule: ruleText({ like: set.examples }),
      to: route?.order[0] ?? '',
      score,
      halved,
      ...(onlyTags(set) && { confused: { mistaken, of } }),
    };
  });
  return { by, least, isTie: meant === undefined && sets.some(({ score }) => score >= least), sets };
}
