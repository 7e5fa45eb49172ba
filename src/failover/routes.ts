import type { ProviderId } from '../events.ts';
import { matches, type Traits, type When } from './when.ts';

/** Who answers some of the requests, in an order of their own, and with which models. */
export type Route = {
  when: When;
  order: readonly ProviderId[];
  models?: { default?: string; opus?: string; sonnet?: string; haiku?: string };
};

/** The first route that speaks of a request, and its place among them; everything else goes as configured. */
export function routeOf(
  routes: readonly Route[],
  traits: Traits,
  now: number,
): { route: Route; index: number } | undefined {
  const index = routes.findIndex(({ when }) => matches(when, traits, now) && !onlyTags(when, traits));
  const route = routes[index];
  return route && { route, index };
}

/** The first route that speaks of a request but moves nothing: its examples are too like those of another route. */
export function tagOf(routes: readonly Route[], traits: Traits, now: number): Route | undefined {
  return routes.find(({ when }) => matches(when, traits, now) && onlyTags(when, traits));
}

function onlyTags({ like }: When, traits: Traits): boolean {
  return like !== undefined && traits.likeness(like)?.onlyTags === true;
}
