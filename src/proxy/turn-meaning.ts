import { sinceThePrompt } from '../failover/transcript.ts';
import type { Compared } from '../meaning/compared.ts';
import type { ClientRequest } from './request.ts';

const KEPT_TURNS = 50;

/**
 * What the turns of late mean: a typed prompt is compared once, with the first request of its turn, and the result holds
 * for its tool loop and its subagents. The client's own side requests, such as titles, have no meaning of the user's.
 * @param compare compares a prompt with the examples of the routes.
 * @returns undefined where nobody has typed anything, or nobody knows to which turn a request belongs.
 */
export function createTurnMeaning(
  compare: (prompt: string) => Promise<Compared | undefined>,
): (request: ClientRequest) => Promise<Compared | undefined> {
  const turns = new Map<string, Promise<Compared | undefined>>();
  return async (request) => {
    if (request.endpoint !== 'messages') return undefined;
    const requestClass = request.asker.requestClass ?? request.turn().requestClass;
    if (!FOLLOWING.has(requestClass)) return undefined;
    const { prompt: id } = request.asker;
    const known = id === undefined ? undefined : turns.get(id);
    if (known !== undefined || requestClass !== 'main') return known;
    const typed = sinceThePrompt(request.parsed().messages).prompt;
    if (typed === '') return undefined;
    // An old client names no turn: its requests belong together by the words.
    const key = id ?? typed;
    const compared = turns.get(key) ?? compare(typed);
    turns.set(key, compared);
    if (turns.size > KEPT_TURNS) turns.delete(turns.keys().next().value!);
    return compared;
  };
}

const FOLLOWING: ReadonlySet<string> = new Set(['main', 'subagent', 'workflow']);
