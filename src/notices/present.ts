import type { Bus, ProviderId } from '../events.ts';
import type { Wait } from '../words/notice.ts';
import type { Obstacle } from '../words/switch.ts';
import { couldNobody, followRequests } from './requests.ts';

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
  const requests = followRequests();
  let answeredLast: ProviderId | undefined;
  let failed: Obstacle[] | undefined;

  bus.on((event) => {
    const request = requests.note(event);
    switch (event.type) {
      case 'provider-steer':
        failed = undefined;
        break;
      case 'attempt-commit':
        if (request && request.thread !== 'side') failed = undefined;
        if (request?.thread === 'main') answeredLast = event.provider;
        break;
      case 'exchange-end':
        if (request?.thread === 'main' && couldNobody(event, request)) failed = request.obstacles;
        break;
      default:
        break;
    }
  });

  return () => ({
    ...(answeredLast !== undefined && { answeredLast }),
    ...(failed !== undefined && { failed }),
    waits: requests.all().flatMap(({ waits }) => waits ?? []),
  });
}
