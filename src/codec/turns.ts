import type { ContentBlock, Message, MessagesRequest, ToolResultBlock, ToolUseBlock } from './anthropic.ts';
import type { Warn } from './target.ts';

/** One tool call of the history, with the result that belongs to it. */
export type Call = {
  block: ToolUseBlock;
  /** How often this id was used before: 0 in a valid conversation. */
  occurrence: number;
  /** Undefined: the conversation holds none. */
  result: ToolResultBlock | undefined;
};

/**
 * A conversation in strict order: user and assistant alternate, the user is first and last, and each call of an
 * assistant's turn has its result. Other wires insist on all of this, Anthropic's on less.
 */
export type Turn =
  | { role: 'user'; blocks: ContentBlock[] }
  /** The original messages stay separate: each is one answer, and its reasoning comes before it. */
  | { role: 'assistant'; answers: { blocks: ContentBlock[]; calls: Call[] }[] };

/** @param warn called for what had to be added, moved or rephrased for the order. */
export function toTurns(messages: Message[], warn: Warn): Turn[] {
  const turns: Turn[] = [];
  const used = new Map<string, number>();
  for (const message of messages) {
    const blocks = toBlocks(message);
    if (message.role === 'assistant') {
      const calls = blocks.filter(isToolUse).map((block): Call => {
        const occurrence = used.get(block.id) ?? 0;
        used.set(block.id, occurrence + 1);
        return { block, occurrence, result: undefined };
      });
      const last = turns.at(-1);
      if (last?.role === 'assistant') last.answers.push({ blocks, calls });
      else turns.push({ role: 'assistant', answers: [{ blocks, calls }] });
    } else {
      const last = turns.at(-1);
      if (last?.role === 'user') last.blocks.push(...blocks);
      else turns.push({ role: 'user', blocks: [...blocks] });
    }
  }
  if (turns[0]?.role !== 'user') turns.unshift(user('(The beginning of the conversation is not shown.)'));
  if (turns.at(-1)?.role !== 'user') {
    warn('prefill', 'the answer was to go on from a given beginning; the model was asked to continue instead');
    turns.push(user('Continue exactly where your last message ends.'));
  }
  return joinResults(turns, warn);
}

/** Moves each result to its call. A result without a call becomes text, so that what the tool said is not lost. */
function joinResults(turns: Turn[], warn: Warn): Turn[] {
  let open: Call[] = [];
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      open = turn.answers.flatMap((answer) => answer.calls);
      continue;
    }
    turn.blocks = turn.blocks.flatMap((block): ContentBlock[] => {
      if (!isToolResult(block)) return [block];
      const call = open.find((candidate) => candidate.result === undefined && candidate.block.id === block.tool_use_id);
      if (call !== undefined) {
        call.result = block;
        return [];
      }
      warn('tool_result', 'a tool result without its call was sent as text');
      return asText(block);
    });
    for (const call of open)
      if (call.result === undefined)
        warn('tool_result', `the call of ${call.block.name} has no result in the conversation`);
    open = [];
  }
  return turns;
}

/** A result as blocks of a user's message. */
export function asText(result: ToolResultBlock): ContentBlock[] {
  const content = result.content ?? [];
  const head = { type: 'text', text: result.is_error ? 'A tool failed with:' : 'A tool answered:' };
  return [head, ...(typeof content === 'string' ? [{ type: 'text', text: content }] : content)];
}

/**
 * A message's blocks. A system message in the middle becomes a reminder in the user's role; an empty one disappears.
 */
export function toBlocks(message: Message): ContentBlock[] {
  const blocks =
    typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
  if (message.role !== 'system') return blocks;
  // No other host takes a system message in the middle, so it takes the form of Claude Code's own reminders.
  const words = blocks.map((block) => (block.type === 'text' ? String(block['text'] ?? '') : '')).join('\n');
  return words.trim() === '' ? [] : [{ type: 'text', text: `<system-reminder>\n${words}\n</system-reminder>` }];
}

function user(text: string): Turn {
  return { role: 'user', blocks: [{ type: 'text', text }] };
}

/** Tells a call from blocks of other and unknown types. */
export function isToolUse(block: ContentBlock): block is ToolUseBlock {
  return block.type === 'tool_use';
}

/** The ids of all calls of a conversation. */
export function callIdsOf({ messages }: MessagesRequest): string[] {
  return messages
    .flatMap(toBlocks)
    .filter(isToolUse)
    .map(({ id }) => id);
}

/** Tells a result from blocks of other and unknown types. */
export function isToolResult(block: ContentBlock): block is ToolResultBlock {
  return block.type === 'tool_result';
}
