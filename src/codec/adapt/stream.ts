import { UpstreamError } from '../../errors.ts';
import { isRecord } from '../../ground/check.ts';
import { createAdaptedBlocks, type Cleaning, type WireEvent } from './blocks.ts';
import { uncheckedCalls } from '../safeguards.ts';
import { answerFailure } from '../stream-failure.ts';
import { cleanWireUsage } from '../usage.ts';

/**
 * Cleans the answer of an adapted host, so that nothing enters the transcript that would have to be removed later (see
 * `blocks.ts`), and its end says what it holds.
 *
 * @returns a function from one event of the host to the events for the client. It throws `UpstreamError` at the end of
 *   an answer whose only call cannot be run.
 */
export function createAdaptedCleaner(cleaning: Cleaning): (event: WireEvent) => WireEvent[] {
  const blocks = createAdaptedBlocks(cleaning);
  return (event) => {
    switch (event.type) {
      case 'message_start':
        return [cleanStart(event)];
      case 'content_block_start':
      case 'content_block_delta':
      case 'content_block_stop':
        return blocks.take(event);
      case 'message_delta':
        return finish(event);
      default:
        return [event];
    }
  };

  function finish(event: WireEvent): WireEvent[] {
    const isCut = event.delta?.['stop_reason'] === 'max_tokens';
    const events = blocks.end(isCut);
    const { calls, lost } = blocks;
    if (lost.length > 0 && calls.length === 0 && !isCut)
      throw new UpstreamError(
        answerFailure(
          'anthropic',
          'broken',
          'malformed_tool_call',
          `the arguments of the call of ${lost[0]} are not valid JSON`,
        ),
      );
    // A host's verdict on its own proposal does not count.
    const { safeguard_results: _theirs, stop_reason: reason, ...delta } = event.delta ?? {};
    const usage = cleanWireUsage(event['usage'], ['output_tokens']);
    const stop = reason === undefined ? {} : { stop_reason: stopReason(reason, calls.length > 0) };
    return [
      ...events,
      { ...event, usage, delta: { ...delta, ...stop, ...uncheckedCalls(cleaning.asksForCheck, calls) } },
    ];
  }
}

/** The client runs calls after `tool_use`, and expects none otherwise. */
function stopReason(reason: unknown, hasCalls: boolean): unknown {
  if (hasCalls) return reason === 'end_turn' || reason === 'stop' || reason === null ? 'tool_use' : reason;
  return reason === 'tool_use' ? 'end_turn' : reason;
}

/**
 * Hosts send counts that are strings or negative, or none where the client needs one. A host's own verdict on its
 * proposals goes here too: an answer in one piece carries it at its top.
 */
function cleanStart(event: WireEvent): WireEvent {
  if (!isRecord(event.message)) return event;
  const { safeguard_results: _theirs, usage, ...message } = event.message;
  return { ...event, message: { ...message, usage: cleanWireUsage(usage) } };
}
