import type { ProviderId } from '../events.ts';
import type { LiveState } from '../report/live.ts';
import type { Response, Summary } from '../report/summary.ts';

/** What the page is given when it opens: a running session, or one that is over. */
export type PageData =
  | { mode: 'live'; state: LiveState }
  | { mode: 'frozen'; summary: Summary; /** Epoch milliseconds. */ generatedAt: number };

/**
 * One `change` of the event stream: everything small as it is now, and of the responses only those that are
 * new or different since the last message (`rest.summary.responses` is empty).
 */
export type Change = { rest: LiveState; responses: Response[] };

/** Body of `POST use`. */
export type UseRequest = { provider: ProviderId | 'auto'; only: boolean };

/**
 * The state after a change.
 *
 * @param before the last known state; its responses are in the order in which they ended.
 */
export function applyChange(before: LiveState, change: Change): LiveState {
  const known = before.summary.responses;
  let responses = known;
  if (change.responses.length > 0) {
    const fresh = new Map(change.responses.map((response) => [response.exchange, response]));
    responses = known.map((response) => {
      const replacement = fresh.get(response.exchange);
      if (replacement === undefined) return response;
      fresh.delete(response.exchange);
      return replacement;
    });
    responses.push(...fresh.values());
  }
  return { ...change.rest, summary: { ...change.rest.summary, responses } };
}
