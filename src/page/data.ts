import type { ProviderId } from '../events.ts';
import type { Figures, Group } from '../state/figures.ts';
import type { LiveState } from '../state/live.ts';
import type { Response, Summary } from '../state/summary.ts';

/** The page's initial data: a running session, or one that is over. */
export type PageData =
  | { mode: 'live'; state: LiveState }
  | {
      mode: 'frozen';
      summary: Summary;
      /** Epoch milliseconds. */
      generatedAt: number;
      /** Its process was alive when the report was made. */
      running?: true;
    };

/**
 * One `change` of the event stream: everything small as it is now (`rest`, in whose summary the long lists are empty),
 * and of the long lists only what is new, so that a long session costs no more to watch than a short one.
 */
export type Change = {
  rest: LiveState;
  /** Those that ended or changed since the last message. */
  responses: Response[];
  failures: Tail<Summary['failures']>;
  switches: Tail<Summary['switches']>;
};

/** What a list holds from an index on; before it, the list is as it was. */
export type Tail<List extends unknown[]> = { from: number; items: List };

/** The answer of `GET history`: all sessions of some days. */
export type PageHistory = {
  /** Epoch milliseconds. */
  since: number;
  readAt: number;
  total: Figures;
  sessions: Group[];
  /** How many could not be counted. */
  unreadable: number;
};

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
  const { failures, switches } = before.summary;
  return {
    ...change.rest,
    summary: {
      ...change.rest.summary,
      responses,
      failures: withTail(failures, change.failures),
      switches: withTail(switches, change.switches),
    },
  };
}

function withTail<Item>(list: Item[], { from, items }: Tail<Item[]>): Item[] {
  return items.length === 0 && from === list.length ? list : [...list.slice(0, from), ...items];
}
