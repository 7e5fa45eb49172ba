import { addEvent, type AnswerFacts } from '../codec/answer-facts.ts';
import type { MessageEvent } from '../codec/anthropic.ts';
import type { Prompt } from '../codec/translate/request.ts';
import { toWholeMessage } from '../codec/response.ts';
import { encodeEvent } from '../codec/translate/sse.ts';
import { failureOf } from '../codec/stream-failure.ts';
import type { Failure, Wire } from '../errors.ts';
import { json, once } from './json-reply.ts';
import type { Reply } from './provider.ts';
import type { Transport } from './translated-transport.ts';

/**
 * A stream of bytes. Leaving it ends the upstream request at once, also while it waits for bytes, because tokens cost
 * money. While the upstream sends only comments and keep-alives, this sends pings.
 * @param holds kept current with the events that were given out.
 * @param pingEveryMs how often that is checked.
 */
export function encode(
  events: AsyncGenerator<MessageEvent>,
  transport: Transport,
  holds: AnswerFacts,
  pingEveryMs = 5_000,
): AsyncIterableIterator<Uint8Array> {
  const bytes = encodeEach(events, transport, holds, pingEveryMs);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => bytes.next(),
    async return() {
      transport.close();
      // The error from the abort itself does not matter.
      await bytes.return(undefined).catch(() => {});
      return { done: true, value: undefined };
    },
  };
}

async function* encodeEach(
  events: AsyncGenerator<MessageEvent>,
  transport: Transport,
  holds: AnswerFacts,
  pingEveryMs: number,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  try {
    for (let next = events.next(); ;) {
      const event = await orSilence(next, pingEveryMs);
      if (event === 'silence') {
        const living = transport.bytesSeen() > seen;
        seen = transport.bytesSeen();
        if (living) yield encodeEvent({ type: 'ping' });
        continue;
      }
      if (event.done) return;
      addEvent(holds, event.value);
      yield encodeEvent(event.value);
      seen = transport.bytesSeen();
      next = events.next();
    }
  } finally {
    transport.close();
  }
}

async function orSilence<T>(promise: Promise<T>, ms: number): Promise<T | 'silence'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silence'>((resolve) => (timer = setTimeout(() => resolve('silence'), ms)));
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** An answer in one piece. @throws UpstreamError */
export async function wholeReply(
  events: AsyncIterable<MessageEvent>,
  transport: Transport,
  model: string,
  prompt: Prompt,
  holds: AnswerFacts,
): Promise<Reply> {
  try {
    const message = await toWholeMessage(events);
    return json(200, message, limitHeaders(transport), model, prompt.warnings, holds);
  } finally {
    transport.close();
  }
}

/** The upstream's own answer, for reading its error and its limits. */
export function errorReply(
  answer: { status: number; headers: Headers; body: string },
  model: string,
  prompt: Prompt,
): Reply {
  const rawHeaders = [...answer.headers].filter(([name]) => !NOT_OF_THE_BODY.has(name)).flat();
  return { status: answer.status, rawHeaders, body: once(answer.body), model, warnings: prompt.warnings };
}

/** The body is already decoded, and its length changes. */
const NOT_OF_THE_BODY = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'set-cookie',
]);

/** The upstream's headers about its limits and this request, names and values alternating. */
export function limitHeaders(transport: Transport): string[] {
  const headers = [...(transport.headers() ?? [])];
  const limits = headers.filter(([name]) => /^(x-ratelimit-|ratelimit|retry-after)/.test(name)).flat();
  const id = headers.find(([name]) => /^(x-request-id|request-id|x-goog-request-id)$/.test(name));
  return id ? ['request-id', id[1], ...limits] : limits;
}

/**
 * Why there is no answer. A request that the AI SDK refuses to send is a fault of the translation, like the host's own
 * 400.
 */
export function sendFailure(error: unknown, wire: Wire): Failure {
  const name = error instanceof Error ? error.name : '';
  if (!name.startsWith('AI_') || name === 'AI_APICallError') return failureOf(error, wire);
  const functionality = (error as { functionality?: unknown } | null)?.functionality;
  const message = `${name}${typeof functionality === 'string' ? `: ${functionality}` : ''}`;
  return {
    wire,
    cause: 'status',
    status: 400,
    headers: {},
    body: JSON.stringify({ error: { type: 'translation', message } }),
    translated: true,
  };
}
