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
  const index = routes.findIndex(({ when }) => matches(when, traits, now));
  const route = routes[index];
  return route && { route, index };
}
