import { fitnessOf } from '../failover/fitness.ts';
import { pathsIn, sinceThePrompt } from '../failover/transcript.ts';
import type { Traits } from '../failover/when.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { likenessIn, type Compared } from '../meaning/compared.ts';
import type { ClientRequest } from './request.ts';

/**
 * What the user's rules may ask about a request; read when a rule asks, and once.
 * @param compared how its turn's prompt came out beside the examples of the routes, if any route has examples.
 * @param typed what the user typed in the turn that an agent works for.
 */
export function traitsOf(
  request: ClientRequest,
  session: { mode: string | undefined; roots: readonly string[]; tokens: (request: MessagesRequest) => number },
  compared?: Compared,
  typed = '',
): Traits {
  const parsed = request.parsed;
  const since = once(() => sinceThePrompt(parsed().messages));
  const tokens = once(() => session.tokens(parsed()));
  return {
    agent: request.asker.agentType,
    family: request.family,
    mode: session.mode,
    requestClass: () => request.asker.requestClass ?? request.turn().requestClass,
    thinking: () => (parsed().thinking?.type ?? 'disabled') !== 'disabled',
    webSearch: () => (parsed().tools ?? []).some(({ type }) => type?.startsWith('web_search_')),
    tokens,
    paths: once(() => pathsIn(parsed().messages, session.roots)),
    prompt: () => `${typed}\n${since().prompt}`.trim(),
    likeness: (examples) => compared && likenessIn(compared, examples),
    fitness: () => fitnessOf({ ...since(), tokens: tokens() }),
  };
}

function once<T>(read: () => T): () => T {
  let known: { value: T } | undefined;
  return () => (known ??= { value: read() }).value;
}
