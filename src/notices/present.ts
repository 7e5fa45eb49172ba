import type { Bus, EventOf, ProviderId } from '../events.ts';
import type { Wait } from '../words/notice.ts';
import type { Obstacle } from '../words/switch.ts';

/** The session's present state, folded from its events. */
export type Present = {
  /** Who gave the conversation's last answer. */
  answeredLast?: ProviderId;
  /** The providers that requests wait for, the longest wait first. */
  waits: Wait[];
  /** No provider could answer the conversation's last request: each one's obstacle. */
  failed?: Obstacle[];
};

/** Follows a session's events. @returns a function that gives the present state. */
export function watchPresent(bus: Bus): () => Present {
  const running = new Map<number, Running>();
  let answeredLast: ProviderId | undefined;
  let failed: Obstacle[] | undefined;

  bus.on((event) => {
    if (event.type === 'provider-steer') failed = undefined;
    if (event.type === 'exchange-start' && event.endpoint === 'messages') {
      running.set(event.exchange, { thread: event.thread, obstacles: [] });
    }
    const exchange = 'exchange' in event ? running.get(event.exchange) : undefined;
    if (exchange === undefined) return;
    switch (event.type) {
      case 'provider-wait':
        exchange.waits = event;
        break;
      case 'exchange-wait':
        exchange.waits = queueOf(event);
        break;
      case 'attempt-start':
        delete exchange.waits;
        break;
      case 'provider-skip':
        if (event.reason !== 'not_chosen')
          addObstacle(exchange.obstacles, { provider: event.provider, reason: event.detail, asked: false });
        break;
      case 'attempt-fail':
        addObstacle(exchange.obstacles, { provider: event.provider, reason: event.reason, asked: true });
        exchange.action = event.action;
        break;
      case 'attempt-commit':
        if (exchange.thread !== 'side') failed = undefined;
        if (exchange.thread === 'main') answeredLast = event.provider;
        break;
      case 'exchange-end':
        running.delete(event.exchange);
        if (exchange.thread === 'main' && couldNobody(event, exchange)) failed = exchange.obstacles;
        break;
      default:
        break;
    }
  });

  return () => ({
    ...(answeredLast !== undefined && { answeredLast }),
    ...(failed !== undefined && { failed }),
    waits: [...running.values()].flatMap(({ waits }) => (waits === undefined ? [] : [waits])),
  });
}

/** One request that is running. */
type Running = {
  thread: EventOf<'exchange-start'>['thread'];
  obstacles: Obstacle[];
  waits?: Wait;
  /** The action after the last failure. */
  action?: EventOf<'attempt-fail'>['action'];
};

/** A place in the queue of a fallback whose requests of this minute are used up. */
export function queueOf({ provider, at, ms, perMinute }: EventOf<'exchange-wait'>): Wait {
  const reason = { kind: 'full' as const, ...(perMinute !== undefined && { perMinute }) };
  return { provider, until: at + ms, reason };
}

/** Each provider once, with its last obstacle: an attempt says more than a skip. */
export function addObstacle(obstacles: Obstacle[], obstacle: Obstacle): void {
  const place = obstacles.findIndex(({ provider }) => provider === obstacle.provider);
  if (place === -1) obstacles.push(obstacle);
  else if (obstacle.asked) obstacles[place] = obstacle;
}

/**
 * True if no provider could answer, also if the client got Claude's own error because Claude alone was left. The
 * client's own mistake does not count.
 */
export function couldNobody(
  { outcome }: EventOf<'exchange-end'>,
  { action }: { action?: EventOf<'attempt-fail'>['action'] },
): boolean {
  return outcome === 'failed' || (outcome === 'relayed' && action !== undefined && action !== 'relay');
}
