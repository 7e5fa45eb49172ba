import { addEvent, type AnswerFacts } from '../codec/answer-facts.ts';
import type { MessageEvent } from '../codec/anthropic.ts';
import type { Prompt } from '../codec/translate/request.ts';
import { eachOf, toWholeMessage } from '../codec/response.ts';
import { encodeEvents } from '../codec/translate/sse.ts';
import { failureOf } from '../codec/stream-failure.ts';
import type { Failure, Wire } from '../errors.ts';
import { json, once } from './json-reply.ts';
import type { Reply } from './provider.ts';
import type { ErrorAnswer, Transport } from './translated-transport.ts';

/**
 * A stream of bytes. Leaving it ends the upstream request at once, also while it waits for bytes, because tokens cost
 * money. While the upstream sends only comments and keep-alives, this sends pings.
 * @param holds kept current with the events that were given out.
 * @param pingEveryMs how often that is checked.
 */
export function encode(
  events: AsyncGenerator<MessageEvent[]>,
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
  events: AsyncGenerator<MessageEvent[]>,
  transport: Transport,
  holds: AnswerFacts,
  pingEveryMs: number,
): AsyncGenerator<Uint8Array> {
  const silence = createSilence(pingEveryMs);
  let seen = 0;
  try {
    for (let coming = events.next(); ;) {
      const next = await silence.or(coming);
      if (next === SILENCE) {
        const living = transport.bytesSeen() > seen;
        seen = transport.bytesSeen();
        if (living) yield encodeEvents([{ type: 'ping' }]);
        continue;
      }
      if (next.done) return;
      for (const event of next.value) addEvent(holds, event);
      yield encodeEvents(next.value);
      seen = transport.bytesSeen();
      coming = events.next();
    }
  } finally {
    silence.end();
    transport.close();
  }
}

const SILENCE = Symbol('nothing came');

/** One timer for all that is waited for, one after the other. */
function createSilence(ms: number) {
  let fall = () => {};
  const timer = setTimeout(() => fall(), ms);
  return {
    or<T>(promise: Promise<T>): Promise<T | typeof SILENCE> {
      timer.refresh();
      return new Promise((resolve, reject) => {
        fall = () => resolve(SILENCE);
        promise.then(resolve, reject);
      });
    },
    end: () => clearTimeout(timer),
  };
}

/** An answer in one piece. @throws UpstreamError */
export async function wholeReply(
  events: AsyncIterable<MessageEvent[]>,
  transport: Transport,
  model: string,
  prompt: Prompt,
  holds: AnswerFacts,
): Promise<Reply> {
  try {
    const message = await toWholeMessage(eachOf(events));
    return json(200, message, limitHeaders(transport), model, prompt.warnings, holds);
  } finally {
    transport.close();
  }
}

/** The upstream's own answer, for reading its error and its limits. */
export function errorReply({ status, rawHeaders: all, body }: ErrorAnswer, model: string, prompt: Prompt): Reply {
  const rawHeaders = all.filter((_, i) => !NOT_OF_THE_BODY.has(all[i - (i % 2)]!));
  return { status, rawHeaders, body: once(body), model, warnings: prompt.warnings };
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
  const all = transport.rawHeaders();
  const limits: string[] = [];
  let id: string | undefined;
  for (let i = 0; i < all.length; i += 2) {
    const [name, value] = [all[i]!, all[i + 1]!];
    if (/^(x-ratelimit-|ratelimit|retry-after)/.test(name)) limits.push(name, value);
    else if (/^(x-request-id|request-id|x-goog-request-id)$/.test(name)) id ??= value;
  }
  return id === undefined ? limits : ['request-id', id, ...limits];
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
