import type { Bus, EventOf, ProviderId, Reason } from '../events.ts';
import type { Obstacle } from '../words/switch.ts';

/** What a session's events say of this moment. */
export type Present = {
  /** Who gave the conversation's last answer. */
  answeredLast?: ProviderId;
  /** For whom requests wait at this moment, the one that waits longest first. */
  waits: { provider: ProviderId; until: number; reason: Reason }[];
  /** Nobody could answer the conversation's last request: what stood in each one's way. */
  failed?: Obstacle[];
};

/** Follows a session's events. @returns a function that tells how it stands. */
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
  waits?: Present['waits'][number];
  /** What was made of the last failure. */
  action?: EventOf<'attempt-fail'>['action'];
};

/** A place in the queue of a fallback that has had its requests of this minute. */
function queueOf({ provider, at, ms, perMinute }: EventOf<'exchange-wait'>): Present['waits'][number] {
  const reason = { kind: 'full' as const, ...(perMinute !== undefined && { perMinute }) };
  return { provider, until: at + ms, reason };
}

/** Each provider once, with what it said last: one that was tried has said more than one that was passed over. */
export function addObstacle(obstacles: Obstacle[], obstacle: Obstacle): void {
  const place = obstacles.findIndex(({ provider }) => provider === obstacle.provider);
  if (place === -1) obstacles.push(obstacle);
  else if (obstacle.asked) obstacles[place] = obstacle;
}

/**
 * Nobody could answer: also where the client got Claude's own error because it was the only one left to ask. An error
 * that is the client's own mistake is none of this.
 */
export function couldNobody(
  { outcome }: EventOf<'exchange-end'>,
  { action }: { action?: EventOf<'attempt-fail'>['action'] },
): boolean {
  return outcome === 'failed' || (outcome === 'relayed' && action !== undefined && action !== 'relay');
}
