import type { IncomingMessage } from 'node:http';
import { connectionOf, NOT_A_PERSON, type Person } from '../launch/person.ts';
import type { PageOptions } from '../page/routes.ts';
import type { Router } from '../proxy/router.ts';
import type { LiveState } from '../state/live.ts';
import type { Approvals } from './approvals.ts';
import type { SessionMemory } from './memory.ts';
import type { Money } from './money.ts';

/**
 * What the page and `ccmux use`, `allow`, `budget` and `memory` may order by HTTP. A model may run a program that sends
 * such an order, so what costs money or safety is for a person alone.
 */
export function pageOrders(session: {
  live: () => LiveState;
  router: Pick<Router, 'use'>;
  approvals: Approvals;
  money: Pick<Money, 'lift'>;
  memory: Pick<SessionMemory, 'wish'>;
  person: Person;
}): Pick<PageOptions, 'use' | 'lift' | 'allow' | 'memory' | 'forbid'> {
  const { live, router, approvals, money, memory, person } = session;
  const told = (refusal: string | undefined) => (refusal === undefined ? live() : { error: refusal });
  const byPerson = async (request: IncomingMessage, effect: () => string | undefined) =>
    (await person.isOutside(connectionOf(request))) ? told(effect()) : { error: NOT_A_PERSON, person: false as const };
  return {
    use: (provider, only) => told(router.use(provider, only)),
    lift: (usd, request) => byPerson(request, () => money.lift(usd)),
    // `ccmux allow` is not a browser and names no origin.
    allow: (provider, request) =>
      byPerson(request, () => approvals.allow(provider, request.headers.origin === undefined ? 'terminal' : 'page')),
    memory: async (on, request) => (on ? byPerson(request, () => memory.wish(on)) : told(memory.wish(on))),
    forbid() {
      approvals.forbid();
      return live();
    },
  };
}
