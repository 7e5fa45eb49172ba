import { sinceThePrompt } from '../failover/transcript.ts';
import type { When } from '../failover/when.ts';
import type { ClientRequest } from './request.ts';

const KEPT_TURNS = 50;

/**
 * What was typed in the turns of late. An agent's own prompt is what a model has told it; a rule speaks of what the user
 * typed, and holds for the agents of that turn.
 * @param rules asked each time, because more may come; nothing is read while none of them speaks of a prompt.
 * @returns the typed prompt of the turn that an agent's request belongs to; '' for everything else.
 */
export function createTurnPrompts(rules: () => readonly { when: When }[]): (request: ClientRequest) => string {
  const turns = new Map<string, string>();
  return (request) => {
    const { prompt: id } = request.asker;
    if (id === undefined || request.endpoint !== 'messages') return '';
    if (rules().every(({ when }) => when.prompt === undefined)) return '';
    const requestClass = request.asker.requestClass ?? request.turn().requestClass;
    if (FOLLOWING.has(requestClass)) return turns.get(id) ?? '';
    if (requestClass !== 'main' || turns.has(id)) return '';
    turns.set(id, sinceThePrompt(request.parsed().messages).prompt);
    if (turns.size > KEPT_TURNS) turns.delete(turns.keys().next().value!);
    return '';
  };
}

const FOLLOWING: ReadonlySet<string> = new Set(['subagent', 'workflow']);
