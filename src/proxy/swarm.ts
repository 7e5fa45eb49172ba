import type { Asker } from '../claude/asker.ts';
import type { Bus } from '../events.ts';
import { CALM, withRequest, type Swarm } from '../failover/runaway.ts';
import type { Provider } from '../providers/provider.ts';

/** The guard against subagents that run away: how many requests they send, and whether paid fallbacks are stopped. */
export type SwarmGuard = {
  /** Counts a request. @returns how many a minute may be, where it is one too many; undefined where it is not. */
  isOver(asker: Asker): number | undefined;
  /** How many a minute may be, while they are more. */
  over(): number | undefined;
};

const CLASSES: ReadonlySet<string | undefined> = new Set(['subagent', 'workflow']);

/** @param input.most `budget.subagentsPerMinute`; asked each time, because it may become stricter. */
export function createSwarmGuard(input: {
  most: () => number;
  /** In the user's order. */
  providers: readonly Provider[];
  bus: Bus;
  now: () => number;
}): SwarmGuard {
  const { most, bus, now } = input;
  const stops = paidFallbacks(input.providers).length > 0;
  let swarm: Swarm = CALM;
  const over = () => (swarm.over === undefined ? undefined : most());
  return {
    isOver({ agent, requestClass }) {
      if (agent === undefined && !CLASSES.has(requestClass)) return undefined;
      const was = swarm.over;
      swarm = withRequest(swarm, now(), most());
      if (was === undefined && swarm.over !== undefined) {
        bus.emit({ type: 'swarm-begin', perMinute: most(), stops });
      }
      if (was !== undefined && swarm.over === undefined) bus.emit({ type: 'swarm-end' });
      return over();
    },
    over,
  };
}

/** Whom the guard stops. The provider that the user has put first is no fallback, whatever it costs. */
export function paidFallbacks(order: readonly Provider[]): Provider[] {
  return order.filter(({ paid }, place) => paid && place > 0);
}
