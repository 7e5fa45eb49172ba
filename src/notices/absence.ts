import type { ProviderId } from '../events.ts';

/** So long somebody else has to answer before it is worth a word of its own. */
const LONG_MS = 3_600_000;

/**
 * Whether the provider of first choice has been away for an hour: true once for each absence.
 * @param answers who has given the conversation an answer.
 */
export function createAbsence(first: ProviderId, now: () => number): (answers: ProviderId) => boolean {
  let since: number | undefined;
  let isTold = false;
  return (answers) => {
    if (answers === first) {
      since = undefined;
      isTold = false;
      return false;
    }
    since ??= now();
    const isDue = !isTold && now() - since >= LONG_MS;
    isTold ||= isDue;
    return isDue;
  };
}
