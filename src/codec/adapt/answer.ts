import { UpstreamError, type Failure } from '../../errors.ts';
import { readEnding, type Ending } from '../ending.ts';
import { errorEvent } from '../error-event.ts';
import { createEventOrder } from '../event-order.ts';
import { asRecord } from '../json.ts';
import { isThinking } from './request.ts';
import type { Cleaning, WireEvent } from './blocks.ts';
import { createAdaptedCleaner } from './stream.ts';
import { failureOf } from '../stream-failure.ts';
import { judge, type Answerer } from '../verdict.ts';

/** Whose answer it is, for which request, and the callbacks. */
export type AdaptedContext = Cleaning &
  Answerer & {
    /** False for an answer in one piece: then a failure is always thrown, never sent as an event. */
    stream: boolean;
    /** Called with the reason why the answer ended. */
    onStop(reason: string): void;
    /** Called with the reason why the answer broke off, if part of it has reached the client. */
    onBroken(failure: Failure): void;
  };

/** The answer of an adapted host, event by event. */
export type AdaptedAnswer = {
  /**
   * @returns the events for the client. @throws UpstreamError if it is not an answer and the client has seen nothing.
   */
  take(event: WireEvent): WireEvent[];
  /** The stream has ended. Returns and throws as `take`. */
  end(): WireEvent[];
  /** The host has named the end: a later failure does not undo the answer. */
  isFinished(): boolean;
};

const NO_END: Ending = { type: 'broken', raw: 'no end', unknown: false };

/**
 * Turns an adapted host's events into an answer that the client can keep. Only pings pass before there is content, so
 * that until then another provider can be asked; afterwards a failure is an `error` event, which ends the answer.
 */
export function createAdaptedAnswer(context: AdaptedContext): AdaptedAnswer {
  const clean = createAdaptedCleaner(context);
  const check = createEventOrder(context.wire);
  /** Held back until there is content; undefined afterwards. */
  let held: WireEvent[] | undefined = [];
  let blocks = 0;
  const said = { hasText: false, hasCalls: false, hasThoughts: false };
  let lastDelta: WireEvent | undefined;
  let finished = false;
  let over = false;

  function give(events: WireEvent[], isContent: boolean): WireEvent[] {
    events.forEach(check);
    if (held === undefined) return events;
    held.push(...events);
    if (!isContent) return [];
    const all = held;
    held = undefined;
    return all;
  }

  function fail(error: unknown): WireEvent[] {
    if (held !== undefined || !context.stream) throw error;
    over = true;
    const failure = failureOf(error, context.wire);
    context.onBroken(failure);
    return [errorEvent(failure)];
  }

  function finish(ending: Ending): WireEvent[] {
    const { stop_details: _whose, ...delta } = asRecord(lastDelta?.delta);
    try {
      // An answer that broke off has no rest to wait for.
      if (ending.type === 'broken') judge({ ending, ...said }, context);
      const plain = ending.type === 'finished' ? ending.reason : 'end_turn';
      const rest = clean({
        ...lastDelta,
        type: 'message_delta',
        delta: { stop_sequence: null, ...delta, stop_reason: plain },
      });
      const last = rest.pop()!;
      note(rest);
      const { reason, line } = judge({ ending, ...said }, context);
      if (line !== undefined) last.delta = { ...last.delta, stop_reason: reason };
      finished = true;
      context.onStop(String(last.delta?.['stop_reason']));
      return give([...rest, ...(line === undefined ? [] : textBlock(line, blocks)), last], true);
    } catch (error) {
      return fail(error);
    }
  }

  function stop(ending: Ending): WireEvent[] {
    const last = finished ? [] : finish(ending);
    if (over) return last;
    over = true;
    return [...last, { type: 'message_stop' }];
  }

  function takeDelta(event: WireEvent): WireEvent[] {
    // Usage may come in another event than the reason.
    const usage = { ...asRecord(lastDelta?.['usage']), ...asRecord(event['usage']) };
    lastDelta = { ...lastDelta, ...event, usage };
    const delta = asRecord(event.delta);
    const reason = delta['stop_reason'];
    if (typeof reason !== 'string' || reason === '') return [];
    const ending = readEnding(reason, said.hasCalls);
    const { category } = asRecord(delta['stop_details']);
    return finish(ending.type === 'blocked' && typeof category === 'string' ? { ...ending, raw: category } : ending);
  }

  function takeBlock(event: WireEvent): WireEvent[] {
    try {
      return takeContent(event);
    } catch (error) {
      return fail(error);
    }
  }

  function takeContent(event: WireEvent): WireEvent[] {
    const kept = clean(event);
    // The part left out was thinking, also where a template's tags put it into a text.
    const isHidden =
      kept.length === 0 && typeof event.delta?.['text'] === 'string' && event.delta['text'].trim() !== '';
    if (isHidden || (event.content_block && isThinking(event.content_block))) said.hasThoughts = true;
    note(kept);
    return give(kept, said.hasText || said.hasCalls);
  }

  /** An empty block is never begun. */
  function note(kept: WireEvent[]): void {
    for (const { content_block: block } of kept) {
      if (!block) continue;
      blocks++;
      if (block.type === 'tool_use') said.hasCalls = true;
      else said.hasText = true;
    }
  }

  return {
    take(event) {
      if (over) return [];
      switch (event.type) {
        case 'ping':
          return [event];
        case 'message_stop':
          // The host has finished, with or without a reason.
          return stop(readEnding('end_turn', said.hasCalls));
        case 'message_delta':
          return finished ? [] : takeDelta(event);
        default:
          if (finished) return [];
          return event.type === 'error' || event['error']
            ? fail(new UpstreamError(hostError(event)))
            : takeBlock(event);
      }
    },
    end: () => (over ? [] : stop(NO_END)),
    isFinished: () => finished,
  };
}

/** The events of an answer that came in one piece. */
export function eventsOfMessage(message: Record<string, unknown>): WireEvent[] {
  const { content, stop_reason, stop_sequence, stop_details, usage, ...rest } = message;
  const blocks = (Array.isArray(content) ? content : []).map(asRecord);
  return [
    { type: 'message_start', message: { ...rest, content: [], stop_reason: null, stop_sequence: null, usage } },
    ...blocks.flatMap((content_block, index) => [
      { type: 'content_block_start', index, content_block } as WireEvent,
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason, stop_sequence, stop_details }, usage },
    { type: 'message_stop' },
  ];
}

function textBlock(text: string, index: number): WireEvent[] {
  return [
    { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index },
  ];
}

/** An error in Anthropic's form, or one of another wire in its stream. */
function hostError(event: WireEvent): Failure {
  const body = JSON.stringify(event).slice(0, 65_536);
  return { wire: 'anthropic', cause: 'stream', headers: {}, body, translated: false };
}
