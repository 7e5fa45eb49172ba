import type { Reason } from '../events.ts';

/** What is known of the end of a cooldown, by its reason. */

/**
 * True if the moment beside a reason is the end itself: the host named it, or it was counted. Else it is only when ccmux
 * tries again, and nobody may be told that the provider is back then.
 */
export function isEndKnown(reason: Reason | undefined): boolean {
  switch (reason?.kind) {
    case 'limit':
    case 'billing':
      return reason.endUnknown !== true;
    case 'full':
    case 'own-limit':
    case 'words': // of an earlier ccmux, which told everything so
      return true;
    default:
      return false;
  }
}

/** False for what the user must mend: another try would end as the first one did. */
export function waitingHelps(reason: Reason): boolean {
  switch (reason.kind) {
    case 'key-refused':
    case 'not-permitted':
    case 'not-found':
    case 'setup':
    case 'certificate':
      return false;
    case 'billing':
      return isEndKnown(reason);
    default:
      return true;
  }
}

/** The first moment at which waiting may have helped, of several obstacles; undefined: it helps with none. */
export function soonestEnd<Obstacle extends { reason?: Reason; until?: number | undefined }>(
  obstacles: readonly Obstacle[],
): (Obstacle & { until: number }) | undefined {
  return obstacles
    .filter((one): one is Obstacle & { until: number } => one.until !== undefined)
    .filter(({ reason }) => reason === undefined || waitingHelps(reason))
    .toSorted((a, b) => a.until - b.until)[0];
}
