import type { Likeness, MoveReason, ProviderId } from '../events.ts';
import { isMoved, type Fullest, type Overflow } from './overflow.ts';
import type { Candidate } from './policy.ts';
import { routeOf, type Route } from './routes.ts';
import { ruleText } from './rule-text.ts';
import type { Traits, When } from './when.ts';

/** What the user wants for some of the requests before anybody has failed. */
export type Wishes = {
  routes: readonly Route[];
  /** Present while a limit is so full that requests move. */
  overflow?: { settings: Overflow; fullest: Fullest };
  /** The main thread's turn that this request belongs to was moved, or was left where it is; undefined: it begins. */
  turnMoved?: boolean | undefined;
};

/** A way of its own, and why; `index`: the route's place. */
export type Way = { order: readonly ProviderId[]; why: Why };
export type Why = { kind: 'route'; index: number; when: When; like?: Likeness } | ({ kind: 'overflow' } & Fullest);

/**
 * The way of one request: the first route that speaks of it, else out of the way of a limit that is nearly full; none
 * for everything that goes as configured. Auto mode's safety check and a summary of the conversation have none.
 * @param order in the user's order, and behind it those that only a route asks.
 */
export function wayOf(
  { routes, overflow, turnMoved }: Wishes,
  order: readonly Candidate[],
  traits: Traits,
  isSafetyCheck: () => boolean,
  now: number,
): Way | undefined {
  if (routes.length === 0 && overflow === undefined) return undefined;
  const isFixed = () => traits.requestClass() === 'compaction' || isSafetyCheck();
  const known = (ids: readonly ProviderId[]) => ids.filter((id) => order.some((one) => one.id === id));
  const found = routeOf(routes, traits, now);
  if (found !== undefined && known(found.route.order).length > 0) {
    const { when } = found.route;
    const like = when.like && likeOf(when.like, traits);
    const why = { kind: 'route', index: found.index, when, ...(like && { like }) } as const;
    return isFixed() ? undefined : { order: known(found.route.order), why };
  }
  const isSelfContained = () => turnMoved ?? traits.fitness() === 'self-contained';
  if (overflow === undefined || !isMoved(overflow.settings, traits.requestClass(), isSelfContained)) return undefined;
  const others = order.filter(({ own, routed }) => !own && !routed);
  if (others.length === 0 || isFixed()) return undefined;
  const own = order.filter((one) => one.own);
  return { order: [...others, ...own].map(({ id }) => id), why: { kind: 'overflow', ...overflow.fullest } };
}

/** What is told of how like its examples a prompt is. */
export function likeOf(examples: readonly string[], traits: Traits): Likeness | undefined {
  const { score, by } = traits.likeness(examples) ?? {};
  return score === undefined || by === undefined ? undefined : { score, by };
}

/** The reason as it is told: a route by what it speaks of. */
export function toldReason(why: Why): MoveReason {
  if (why.kind !== 'route') return why;
  const { kind, when, like } = why;
  return { kind, rule: ruleText(when), ...(like && { like }) };
}
