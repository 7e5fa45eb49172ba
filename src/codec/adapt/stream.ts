import { UpstreamError } from '../../errors.ts';
import type { ContentBlock } from '../anthropic.ts';
import { isRecord } from '../json.ts';
import { createAdaptedBlocks, type Cleaning, type WireEvent } from './blocks.ts';
import { uncheckedCalls } from '../safeguards.ts';
import { answerFailure } from '../stream-failure.ts';
import { cleanWireUsage } from '../usage.ts';

type WireMessage = { content?: ContentBlock[]; stop_reason?: unknown; usage?: unknown; safeguard_results?: unknown };

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
        return [withCleanUsage(event)];
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

/** Hosts send counts that are strings or negative, or none where the client needs one. */
function withCleanUsage(event: WireEvent): WireEvent {
  const { message } = event;
  return isRecord(message) ? { ...event, message: { ...message, usage: cleanWireUsage(message['usage']) } } : event;
}

/** The same for an answer in one piece: cleaned as if it were streamed. */
export function cleanMessage<T extends WireMessage>(message: T, cleaning: Cleaning): T {
  if (!Array.isArray(message.content)) return message;
  const clean = createAdaptedCleaner(cleaning);
  const { safeguard_results: _theirs, content: given, stop_reason, ...kept } = message;
  const events = given.flatMap((content_block, index) => [
    ...clean({ type: 'content_block_start', index, content_block }),
    ...clean({ type: 'content_block_stop', index }),
  ]);
  const delta = { ...(stop_reason !== undefined && { stop_reason }) };
  const [end, ...rest] = clean({ type: 'message_delta', delta }).toReversed();
  const content = assemble([...events, ...rest.toReversed()]);
  return { ...kept, content, usage: cleanWireUsage(message.usage), ...end?.delta } as unknown as T;
}

function assemble(events: WireEvent[]): ContentBlock[] {
  const content: ContentBlock[] = [];
  for (const { index = 0, content_block: block, delta } of events) {
    if (block) content[index] = { ...block };
    const open = content[index];
    if (typeof delta?.['text'] === 'string' && open)
      Object.assign(open, { text: `${String(open['text' as never])}${delta['text']}` });
    if (typeof delta?.['partial_json'] === 'string' && open)
      Object.assign(open, { input: JSON.parse(delta['partial_json']) });
  }
  return content;
}
