import type { MessageEvent, MessageUsage, ServerBlock, StopReason } from './anthropic.ts';
import type { SafeguardResult } from './anthropic.ts';

/** A whole answer, for a client that did not ask for a stream. */
export type WholeMessage = {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: (
    | { type: 'text'; text: string }
    | { type: 'tool_use'; id: string; name: string; input: unknown }
    | ServerBlock
  )[];
  stop_reason: StopReason | null;
  stop_sequence: string | null;
  usage: MessageUsage;
  safeguard_results?: SafeguardResult[];
};

/** Events that were given out together, one by one. */
export async function* eachOf(events: AsyncIterable<MessageEvent[]>): AsyncGenerator<MessageEvent> {
  for await (const each of events) yield* each;
}

/** Collects a stream's events. Failures come out of the iterable itself. */
export async function toWholeMessage(
  events: AsyncIterable<MessageEvent> | Iterable<MessageEvent>,
): Promise<WholeMessage> {
  let message: WholeMessage | undefined;
  let json = '';
  for await (const event of events) {
    if (event.type === 'message_start') message = { ...event.message, content: [] };
    if (message === undefined) continue;
    const block = message.content.at(-1);
    switch (event.type) {
      case 'content_block_start':
        message.content.push({ ...event.content_block });
        json = '';
        break;
      case 'content_block_delta':
        if (event.delta.type === 'input_json_delta') json += event.delta.partial_json;
        else if (block?.type === 'text') block.text += event.delta.text;
        break;
      case 'content_block_stop':
        if (block?.type === 'tool_use' || block?.type === 'server_tool_use') block.input = JSON.parse(json || '{}');
        break;
      case 'message_delta':
        message.stop_reason = event.delta.stop_reason;
        message.stop_sequence = event.delta.stop_sequence;
        message.usage = { ...message.usage, ...event.usage };
        if (event.delta.safeguard_results) message.safeguard_results = event.delta.safeguard_results;
        break;
      default:
        break;
    }
  }
  if (message === undefined) throw new Error('the events held no message');
  return message;
}
