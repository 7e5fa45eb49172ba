import type { ContentBlock } from './anthropic.ts';
import { isRecord } from './json.ts';
import type { RelayedMemory } from './relayed-memory.ts';
import { isThinking } from './relayed-request.ts';
import { uncheckedCalls } from './safeguards.ts';
import type { Mint } from './tool-ids.ts';
import { isToolUse } from './turns.ts';
import { cleanWireUsage } from './usage.ts';

type WireEvent = {
  type: string;
  index?: number;
  content_block?: ContentBlock;
  delta?: Record<string, unknown>;
  [key: string]: unknown;
};

type WireMessage = { content?: ContentBlock[]; usage?: unknown; safeguard_results?: unknown };

/** Whose answer is cleaned, who makes its new ids, and whether the client asked for the server's check of its calls. */
export type Cleaning = { memory: RelayedMemory; mint: Mint; asksForCheck: boolean };

/**
 * Cleans the answer of a relayed host, so that nothing stays in the transcript that would have to be taken out again:
 * its thinking blocks (foreign signatures, which Claude would reject) are kept in memory and left out, the blocks
 * behind them are renumbered, and each call gets an id of our own, because hosts repeat theirs.
 *
 * @returns a function from one event of the host to the event for the client, or `undefined` where it is left out.
 */
export function createRelayedCleaner(cleaning: Cleaning): (event: WireEvent) => WireEvent | undefined {
  const indexes = new Map<number, number>();
  const thinking = new Map<number, ContentBlock>();
  const calls: string[] = [];
  let next = 0;
  return (event) => {
    if (event.type === 'content_block_start' && event.content_block && event.index !== undefined) {
      if (isThinking(event.content_block)) {
        thinking.set(event.index, { ...event.content_block });
        return undefined;
      }
      indexes.set(event.index, next);
      const block = cleanBlock(event.content_block, [...thinking.values()], cleaning);
      if (isToolUse(block)) calls.push(block.id);
      return { ...event, index: next++, content_block: block };
    }
    if (event.type === 'message_delta') {
      // A verdict of the host's own, on its own proposal, would be nobody's.
      const { safeguard_results: _theirs, ...delta } = event.delta ?? {};
      const usage = cleanWireUsage(event['usage'], ['output_tokens']);
      return { ...event, usage, delta: { ...delta, ...uncheckedCalls(cleaning.asksForCheck, calls) } };
    }
    if (event.index === undefined) return withCleanUsage(event);
    const block = thinking.get(event.index) as Record<string, string> | undefined;
    if (block) {
      for (const [key, value] of Object.entries(event.delta ?? {})) {
        if (key !== 'type' && typeof value === 'string') block[key] = (block[key] ?? '') + value;
      }
      return undefined;
    }
    return { ...event, index: indexes.get(event.index) ?? event.index };
  };
}

/** Hosts send counts that are strings or negative, or none where the client needs one. */
function withCleanUsage(event: WireEvent): WireEvent {
  const { message } = event;
  return event.type === 'message_start' && isRecord(message)
    ? { ...event, message: { ...message, usage: cleanWireUsage(message['usage']) } }
    : event;
}

/** The same for an answer that is not streamed. */
export function cleanMessage<T extends WireMessage>(message: T, cleaning: Cleaning): T {
  if (!Array.isArray(message.content)) return message;
  const thinking = message.content.filter(isThinking);
  const content = message.content
    .filter((block) => !isThinking(block))
    .map((block) => cleanBlock(block, thinking, cleaning));
  const ids = content.filter(isToolUse).map(({ id }) => id);
  const { safeguard_results: _theirs, ...kept } = message;
  const usage = cleanWireUsage(message.usage);
  return { ...kept, content, usage, ...uncheckedCalls(cleaning.asksForCheck, ids) } as unknown as T;
}

function cleanBlock(block: ContentBlock, thinking: ContentBlock[], { memory, mint }: Cleaning): ContentBlock {
  if (!isToolUse(block)) return block;
  const id = mint('toolu_');
  memory.remember(id, { hostId: block.id, thinking });
  return { ...block, id };
}
