import { createParser } from 'eventsource-parser';
import type { MessageEvent } from '../codec/anthropic.ts';
import { addEvent, addWhole, type AnswerFacts } from '../codec/answer-facts.ts';
import { mendHalves } from '../codec/halves.ts';
import { isRecord } from '../ground/check.ts';
import { parseJson } from '../codec/json.ts';
import { createAdaptedAnswer, eventsOfMessage, type AdaptedContext } from '../codec/adapt/answer.ts';
import type { WireEvent } from '../codec/adapt/blocks.ts';
import { eachOf, toWholeMessage } from '../codec/response.ts';
import { answerFailure, noMessage } from '../codec/stream-failure.ts';
import { isBusinessError } from '../codec/wire-shape.ts';
import { UpstreamError, type Failure } from '../errors.ts';

/** One ping for this many dropped events, because the client would hear nothing while thinking is left out. */
const PING_EVERY = 40;

/** As much of a body that is no message as its error may take, characters. */
const MAX_FOREIGN = 65_536;

/**
 * An adapted host's answer in the form that the client wants: a stream or one piece, whichever came and whatever its
 * content type. Already decompressed.
 * @param headers the response's, for reading an error in it.
 * @param holds kept current with what was given out.
 * @throws UpstreamError before the first content, if the body is not an answer.
 */
export async function* cleanAnswer(
  body: AsyncIterable<Uint8Array>,
  context: AdaptedContext,
  headers: Record<string, string>,
  holds: AnswerFacts,
): AsyncGenerator<Uint8Array> {
  const events = cleanEvents(body, context, headers);
  if (!context.stream) return yield await inOnePiece(events, holds);
  for await (const each of events) {
    for (const event of each) addEvent(holds, event);
    yield Buffer.from(
      each.map((event) => `event: ${event.type}\ndata: ${mendHalves(JSON.stringify(event))}\n\n`).join(''),
    );
  }
}

/** The events for the client, in groups as they arrive. */
async function* cleanEvents(
  body: AsyncIterable<Uint8Array>,
  context: AdaptedContext,
  headers: Record<string, string>,
): AsyncGenerator<WireEvent[]> {
  const answer = createAdaptedAnswer(context);
  const reader = createReader((failure) => ({ ...failure, headers }));
  let dropped = 0;
  const cleaned = (events: WireEvent[]): WireEvent[] =>
    events.flatMap((event) => {
      const kept = answer.take(event);
      return kept.length === 0 && ++dropped % PING_EVERY === 0 ? [{ type: 'ping' }] : kept;
    });
  try {
    for await (const chunk of body) {
      const events = cleaned(reader.push(chunk));
      if (events.length > 0) yield events;
    }
  } catch (error) {
    // A whole answer lacks nothing.
    if (!answer.isFinished()) throw error;
  }
  const last = [...cleaned(reader.end()), ...answer.end()];
  if (last.length > 0) yield last;
}

/** Reads events from a body: a stream, or a whole message. */
function createReader(withHeaders: (failure: Failure) => Failure) {
  const decoder = new TextDecoder();
  const found: WireEvent[] = [];
  /** The text until the first event of the wire. */
  let text: string | undefined = '';
  /** Decided by the first character. */
  let isJson: boolean | undefined;
  const parser = createParser({
    onEvent({ data }) {
      const event = parseJson(data);
      if (isRecord(event)) found.push(...eventOf(event));
    },
  });

  function eventOf(event: Record<string, unknown>): WireEvent[] {
    if (typeof event['type'] === 'string' || event['error']) {
      const known = event['error'] || /^(message|content_block|error)/.test(String(event['type']));
      if (known) text = undefined;
      return [{ type: 'error', ...event }];
    }
    return isBusinessError(event) ? fail(withHeaders(businessError(event))) : [];
  }

  function message(whole: string): WireEvent[] {
    const body = parseJson(whole);
    if (!isRecord(body)) return fail(withHeaders(noMessage('anthropic', whole)));
    if (body['type'] === 'error' || body['error']) return [{ type: 'error', ...body }];
    if (Array.isArray(body['content']) && (body['type'] === 'message' || body['role'] === 'assistant'))
      return eventsOfMessage(body);
    return fail(withHeaders(isBusinessError(body) ? businessError(body) : noMessage('anthropic', whole)));
  }
  return {
    push(chunk: Uint8Array): WireEvent[] {
      const more = decoder.decode(chunk, { stream: true });
      if (isJson === undefined && more.trim() !== '') isJson = /^[[{]/.test(more.trimStart());
      if (isJson || (text !== undefined && text.length < MAX_FOREIGN)) text += more;
      if (isJson) return [];
      parser.feed(more);
      return found.splice(0);
    },
    end(): WireEvent[] {
      if (isJson) return message(text ?? '');
      // The last event may lack its empty line.
      parser.feed('\n\n');
      if (text !== undefined) return fail(withHeaders(noMessage('anthropic', text)));
      return found.splice(0);
    },
  };
}

function fail(failure: Failure): never {
  throw new UpstreamError(failure);
}

function businessError(body: Record<string, unknown>): Failure {
  const text = JSON.stringify(body).slice(0, MAX_FOREIGN);
  return { wire: 'anthropic', cause: 'stream', headers: {}, body: text, translated: false };
}

async function inOnePiece(events: AsyncIterable<WireEvent[]>, holds: AnswerFacts): Promise<Uint8Array> {
  try {
    // A host's events may have more fields than the codec's own: unknown ones pass.
    const message = await toWholeMessage(eachOf(events as unknown as AsyncIterable<MessageEvent[]>));
    addWhole(holds, message);
    return Buffer.from(mendHalves(JSON.stringify(message)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = 'the arguments of a call are not valid JSON';
    throw new UpstreamError(answerFailure('anthropic', 'broken', 'malformed_tool_call', message), { cause: error });
  }
}

/** The headers of a rewritten answer, without the host's length and encoding. Names and values alternate. */
export function answerHeaders(rawHeaders: readonly string[], contentType?: string): string[] {
  const ours = contentType === undefined ? /^content-(length|encoding)$/i : /^content-(length|encoding|type)$/i;
  const kept: string[] = contentType === undefined ? [] : ['content-type', contentType];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!ours.test(rawHeaders[i]!)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return kept;
}
