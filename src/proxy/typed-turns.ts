import { sinceThePrompt } from '../failover/transcript.ts';
import type { When } from '../failover/when.ts';
import { keepNewest } from '../ground/newest.ts';
import type { Compared } from '../meaning/compared.ts';
import type { ClientRequest } from './request.ts';

/** What the user typed in the turn that a request belongs to, as far as the user's rules ask. */
export type TypedTurn = {
  /** For an agent's request: its own prompt is what a model has told it, and a rule speaks of what the user typed. */
  typed?: string;
  /** How the typed prompt compares with the examples of the routes; it holds for the tool loop and the agents too. */
  compared?: Compared | undefined;
};

type Turn = { typed: string; compared?: Promise<Compared | undefined> };

const KEPT_TURNS = 50;
/** The client's own side requests, such as titles, belong to no turn of the user's. */
const OF_A_TURN: ReadonlySet<string> = new Set(['main', 'subagent', 'workflow']);

/**
 * Remembers the typed turns of late. A prompt is read, and compared, with the first request of its turn.
 * @param input.rules asked each time, because more may come; without one that asks, nothing is read.
 * @param input.compare compares a prompt with the examples of the routes; undefined: no route has any.
 */
export function createTypedTurns(input: {
  rules: () => readonly { when: When }[];
  compare: ((prompt: string) => Promise<Compared | undefined>) | undefined;
}): (request: ClientRequest) => Promise<TypedTurn> {
  const { rules, compare } = input;
  const turns = new Map<string, Turn>();

  function turnOf(request: ClientRequest, requestClass: string): Turn | undefined {
    const { prompt: id } = request.asker;
    const known = id === undefined ? undefined : turns.get(id);
    if (known !== undefined || requestClass !== 'main') return known;
    const typed = sinceThePrompt(request.parsed().messages).prompt;
    if (typed === '') return undefined;
    // An old client names no turn: its requests belong together by the words.
    const key = id ?? typed;
    const turn = turns.get(key) ?? { typed };
    turns.set(key, turn);
    keepNewest(turns, KEPT_TURNS);
    return turn;
  }

  return async (request) => {
    const isAsked = compare !== undefined || rules().some(({ when }) => when.prompt !== undefined);
    if (!isAsked || request.endpoint !== 'messages') return {};
    const requestClass = request.asker.requestClass ?? request.turn().requestClass;
    const turn = OF_A_TURN.has(requestClass) ? turnOf(request, requestClass) : undefined;
    if (turn === undefined) return {};
    if (compare) turn.compared ??= compare(turn.typed);
    return { ...(requestClass !== 'main' && { typed: turn.typed }), compared: await turn.compared };
  };
}
