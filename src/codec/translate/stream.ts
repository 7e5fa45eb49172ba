import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { UpstreamError, type Failure } from '../../errors.ts';
import { createAnswer, type AnswerContext } from './answer.ts';
import type { MessageEvent } from '../anthropic.ts';
import { errorEvent } from '../error-event.ts';
import { failureOf } from '../stream-failure.ts';

/** What is needed to stream an answer. */
export type StreamContext = AnswerContext & {
  /** Epoch milliseconds. */
  now: () => number;
  /** True for an answer that is sent in one piece: then a failure is always thrown, never sent as an event. */
  whole: boolean;
  /** Told why the answer broke off, where a part of it has reached the client: the events can only say that it did. */
  onBroken?: (failure: Failure) => void;
  /** True once the client hung up: then no error is sent. */
  aborted: () => boolean;
};

/** The client gives up after 300 silent seconds; a sign of life this often is enough. */
const PING_EVERY_MS = 5_000;

/**
 * Turns an answer's parts into Anthropic's events: what one part has brought is given out together.
 *
 * Nothing but pings is yielded before there is content, so a failure until then can be thrown (`UpstreamError`) and
 * another provider asked. Afterwards a failure is an `error` event, and the end. Calls are held until their arguments
 * are complete and valid JSON. Reasoning shows only as pings: a thinking block with a foreign signature could not stay
 * in the transcript.
 */
export async function* toMessageEvents(
  parts: AsyncIterable<LanguageModelV4StreamPart>,
  context: StreamContext,
): AsyncGenerator<MessageEvent[]> {
  const answer = createAnswer(context);
  let started = false;
  let lastPing = -Infinity;
  try {
    for await (const part of parts) {
      answer.take(part);
      const events = answer.drain();
      if (events.length > 0) {
        if (!started) events.unshift(answer.start());
        started = true;
        lastPing = context.now();
        yield events;
      } else if (isSignOfLife(part) && context.now() - lastPing >= PING_EVERY_MS) {
        lastPing = context.now();
        yield [{ type: 'ping' }];
      }
    }
    const events = answer.finish();
    if (!started) events.unshift(answer.start());
    started = true;
    yield events;
  } catch (error) {
    if (context.aborted()) throw error;
    const failure = context.upstreamFailure?.() ?? failureOf(error, context.wire);
    if (!started || context.whole) throw new UpstreamError(failure, { cause: error });
    context.onBroken?.(failure);
    yield [errorEvent(failure)];
  }
}

/** The model works without visible output yet. */
function isSignOfLife(part: LanguageModelV4StreamPart): boolean {
  if (part.type === 'ping' || part.type === 'text-delta') return true;
  return part.type.startsWith('reasoning-') || part.type.startsWith('tool-input-');
}
