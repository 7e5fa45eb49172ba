import type { Event, EventOf } from '../events.ts';
import type { Wait } from '../words/notice.ts';
import type { Obstacle } from '../words/switch.ts';

/** A request that is running, as its events have told. */
export type RunningRequest = {
  thread: EventOf<'exchange-start'>['thread'];
  /** Who could not answer it: each provider once, with its last obstacle. */
  obstacles: Obstacle[];
  /** Its answer is on the way to the client. */
  committed: boolean;
  /** What it waits for. `at`: since when. */
  waits?: Wait & { at: number };
  /** The action after the last failure. */
  action?: EventOf<'attempt-fail'>['action'];
};

/** The requests of a session that are running, folded from its events. */
export type RunningRequests = {
  /** @returns the request that an event is about, as it is after it; undefined for every other event. */
  note(event: Event): RunningRequest | undefined;
  get(exchange: number): RunningRequest | undefined;
  all(): RunningRequest[];
};

export function followRequests(): RunningRequests {
  const running = new Map<number, RunningRequest>();
  return {
    note(event) {
      if (!('exchange' in event)) return undefined;
      if (event.type === 'exchange-start' && event.endpoint === 'messages') {
        running.set(event.exchange, { thread: event.thread, obstacles: [], committed: false });
      }
      const request = running.get(event.exchange);
      if (request) apply(request, event);
      if (event.type === 'exchange-end') running.delete(event.exchange);
      return request;
    },
    get: (exchange) => running.get(exchange),
    all: () => [...running.values()],
  };
}

function apply(request: RunningRequest, event: Event): void {
  switch (event.type) {
    case 'provider-wait':
      request.waits = event;
      break;
    case 'exchange-wait':
      request.waits = queueOf(event);
      break;
    case 'attempt-start':
      delete request.waits;
      break;
    case 'provider-skip':
      if (event.reason !== 'not_chosen')
        addObstacle(request.obstacles, { provider: event.provider, reason: event.detail, asked: false });
      break;
    case 'attempt-fail':
      addObstacle(request.obstacles, { provider: event.provider, reason: event.reason, asked: true });
      request.action = event.action;
      break;
    case 'attempt-commit':
      request.committed = true;
      break;
    default:
      break;
  }
}

/** A place in the queue of a fallback whose requests of this minute are used up. */
function queueOf({ provider, at, ms, perMinute }: EventOf<'exchange-wait'>): Wait & { at: number } {
  const reason = { kind: 'full' as const, ...(perMinute !== undefined && { perMinute }) };
  return { provider, until: at + ms, reason, at };
}

/** An attempt says more than a skip. */
function addObstacle(obstacles: Obstacle[], obstacle: Obstacle): void {
  const place = obstacles.findIndex(({ provider }) => provider === obstacle.provider);
  if (place === -1) obstacles.push(obstacle);
  else if (obstacle.asked) obstacles[place] = obstacle;
}

/**
 * True if no provider could answer, also if the client got Claude's own error because Claude alone was left. The
 * client's own mistake does not count.
 */
export function couldNobody({ outcome }: EventOf<'exchange-end'>, { action }: Pick<RunningRequest, 'action'>): boolean {
  return outcome === 'failed' || (outcome === 'relayed' && action !== undefined && action !== 'relay');
}
