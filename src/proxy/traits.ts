import { fitnessOf } from '../failover/fitness.ts';
import { pathsIn, sinceThePrompt } from '../failover/transcript.ts';
import type { Traits } from '../failover/when.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { likenessIn } from '../meaning/compared.ts';
import type { ClientRequest } from './request.ts';
import type { TypedTurn } from './typed-turns.ts';

/** What the user's rules may ask about a request; read when a rule asks, and once. */
export function traitsOf(
  request: ClientRequest,
  session: { mode: string | undefined; roots: readonly string[]; tokens: (request: MessagesRequest) => number },
  { typed = '', compared }: TypedTurn,
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
