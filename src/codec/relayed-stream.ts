import type { ContentBlock, ToolUseBlock } from './anthropic.ts';
import { isThinking, type ThinkingMemory } from './relayed-request.ts';

type WireEvent = {
  type: string;
  index?: number;
  content_block?: ContentBlock;
  delta?: Record<string, string>;
  [key: string]: unknown;
};

/**
 * Cleans the answer of a relayed host, so that nothing stays in the transcript that would have to be taken out again:
 * its thinking blocks (foreign signatures, which Claude would reject) are kept in memory and left out, the blocks
 * behind them are renumbered, and tool ids are brought into Anthropic's alphabet.
 *
 * @returns a function from one event of the host to the event for the client, or `undefined` where it is left out.
 */
export function createRelayedCleaner(memory: ThinkingMemory): (event: WireEvent) => WireEvent | undefined {
  const indexes = new Map<number, number>();
  const thinking = new Map<number, ContentBlock>();
  let next = 0;
  return (event) => {
    if (event.type === 'content_block_start' && event.content_block && event.index !== undefined) {
      if (isThinking(event.content_block)) {
        thinking.set(event.index, { ...event.content_block });
        return undefined;
      }
      indexes.set(event.index, next);
      return {
        ...event,
        index: next++,
        content_block: cleanBlock(event.content_block, [...thinking.values()], memory),
      };
    }
    if (event.index === undefined) return event;
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

/** The same for an answer that is not streamed. */
export function cleanMessage<T extends { content?: ContentBlock[] }>(message: T, memory: ThinkingMemory): T {
  if (!Array.isArray(message.content)) return message;
  const thinking = message.content.filter(isThinking);
  return {
    ...message,
    content: message.content.filter((block) => !isThinking(block)).map((block) => cleanBlock(block, thinking, memory)),
  };
}

function cleanBlock(block: ContentBlock, thinking: ContentBlock[], memory: ThinkingMemory): ContentBlock {
  if (block.type !== 'tool_use') return block;
  const call = block as ToolUseBlock;
  const id = call.id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
  if (thinking.length > 0) remember(memory, id, thinking);
  return { ...call, id };
}

/** Bounded: a session of days must not grow without end, and only recent steps of a loop are asked back. */
function remember(memory: ThinkingMemory, id: string, blocks: ContentBlock[]): void {
  memory.set(id, blocks);
  if (memory.size > 2_000) memory.delete(memory.keys().next().value!);
}
