/**
 * Server-side threads, as far as Claude Code 2.1.330 shows them: a request with `thread: {type: "create"}` holds the
 * whole conversation; one with `{type: "continue", previous_message_id}` holds only what is new since that answer, and
 * may leave out the tools. An unknown thread is a 404.
 */
import { anthropicError } from './anthropic-check.ts';
import type { SimulatedRequest } from './script.ts';
import type { Direct } from './server.ts';

type Conversation = { messages: unknown[]; tools?: unknown[]; system?: unknown };

export type Threads = {
  /** Puts the known messages before the new ones, in `request.json`. @returns why not. */
  join(request: SimulatedRequest): Direct | undefined;
  remember(request: SimulatedRequest, answer: { id: string; content: unknown[] }): void;
};

export function createThreads(): Threads {
  const known = new Map<string, Conversation>();
  return {
    join(request) {
      const { json } = request;
      if (json.thread?.type !== 'continue') return undefined;
      const before = known.get(json.thread.previous_message_id);
      if (!before) return notFound();
      request.json = { ...before, ...json, messages: [...before.messages, ...json.messages] };
      return undefined;
    },
    remember({ json }, { id, content }) {
      if (json.thread === undefined) return;
      const { messages, tools, system } = json;
      known.set(id, { messages: [...messages, { role: 'assistant', content }], tools, system });
    },
  };
}

function notFound(): Direct {
  const error = { message: 'thread_not_found', details: { error_code: 'thread_not_found' } };
  const { status, body } = anthropicError(404, 'not_found_error', error.message);
  return { status, body: { ...(body as object), error: { type: 'not_found_error', ...error } } };
}
