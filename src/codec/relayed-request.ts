import type { TranslationWarning } from '../events.ts';
import { describeBlock, describeToolReference } from './content.ts';
import { createWarnings, type Warn } from './target.ts';
import type {
  ContentBlock,
  Message,
  MessagesRequest,
  ThinkingBlock,
  ToolReferenceBlock,
  ToolUseBlock,
} from './anthropic.ts';

/** Thinking that a host gave before a tool call, by that call's id: the host wants it back, nobody else may see it. */
export type ThinkingMemory = Map<string, ContentBlock[]>;

export type RelayedTarget = { model: string; maxOutput: number; thinking: ThinkingMemory };

/**
 * Makes Claude Code's request one that any Anthropic-compatible host takes. Hosts document Claude Code as a client, so
 * what it sends stays; changed is only what belongs to Anthropic alone: the model's name, thinking blocks (their
 * signatures are checked by whoever made them), the positional billing header, account metadata, messages of the role
 * `system` in the middle, and deferred tools (tool search is a feature of Anthropic's own API).
 *
 * @returns a new request; the given one is not touched.
 */
export function toRelayedRequest(
  request: MessagesRequest,
  target: RelayedTarget,
): { request: MessagesRequest; warnings: TranslationWarning[] } {
  const { context_management: _edits, safeguards: _safeguards, metadata: _metadata, ...kept } = request;
  const warnings: TranslationWarning[] = [];
  const warn = createWarnings(warnings);
  const adapted: MessagesRequest = {
    ...kept,
    model: target.model,
    messages: joinNeighbours(
      request.messages.map((message) => adaptMessage(message, target.thinking, warn)).filter(hasContent),
    ),
  };
  if (Array.isArray(request.system)) {
    adapted.system = request.system.filter((block) => !block.text.startsWith('x-anthropic-billing-header:'));
  }
  if (request.tools) {
    adapted.tools = request.tools
      .filter((tool) => tool.name !== 'DeferredToolPlaceholder')
      .map(
        ({ defer_loading: _defer, eager_input_streaming: _eager, ...tool }) =>
          tool as (typeof request.tools & {})[number],
      );
  }
  if (request.max_tokens !== undefined && request.max_tokens > target.maxOutput) {
    adapted.max_tokens = target.maxOutput;
    warn('max_tokens', `${target.model} can answer with ${target.maxOutput} tokens at most`);
  }
  if (request.thinking?.budget_tokens !== undefined && adapted.max_tokens !== undefined) {
    // A budget must stay below the cap that was just lowered.
    const budget = Math.min(request.thinking.budget_tokens, adapted.max_tokens - 1024);
    if (budget >= 1024) adapted.thinking = { ...request.thinking, budget_tokens: budget };
    else {
      delete adapted.thinking;
      warn('thinking', `no room for a thinking budget within ${adapted.max_tokens} tokens`);
    }
  }
  return { request: adapted, warnings };
}

function adaptMessage(message: Message, thinking: ThinkingMemory, warn: Warn): Message {
  if (message.role === 'system') {
    return {
      role: 'user',
      content: [{ type: 'text', text: `<system-reminder>\n${textOf(message.content)}\n</system-reminder>` }],
    };
  }
  if (typeof message.content === 'string') return message;
  if (message.role === 'user') return { ...message, content: message.content.map((block) => adaptBlock(block, warn)) };
  const content = message.content.filter((block) => !isThinking(block)).map((block) => adaptBlock(block, warn));
  const call = content.find((block): block is ToolUseBlock => block.type === 'tool_use');
  return { ...message, content: [...((call && thinking.get(call.id)) ?? []), ...content] };
}

/** What every host of this wire knows; server tools and their results are Anthropic's own. */
const COMMON = new Set(['text', 'image', 'document', 'tool_use', 'tool_result']);

function adaptBlock(block: ContentBlock, warn: Warn): ContentBlock {
  if (!COMMON.has(block.type)) return { type: 'text', text: describeBlock(block, warn) };
  if (block.type !== 'tool_result' || !Array.isArray(block['content' as keyof ContentBlock])) return block;
  const result = block as Extract<ContentBlock, { tool_use_id: string }>;
  return {
    ...result,
    content: (result.content as ContentBlock[]).map((part) =>
      part.type === 'tool_reference' ? { type: 'text', text: describeToolReference(part as ToolReferenceBlock) } : part,
    ),
  };
}

/** Removing a message or turning `system` into `user` can leave two of one role in a row, which strict hosts reject. */
function joinNeighbours(messages: Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role)
      joined[joined.length - 1] = { role: last.role, content: [...blocksOf(last), ...blocksOf(message)] };
    else joined.push(message);
  }
  return joined.map(resultsFirst);
}

/** Strict hosts want the results of the calls before at once: a reminder that stood between them comes after. */
function resultsFirst(message: Message): Message {
  if (message.role !== 'user' || typeof message.content === 'string') return message;
  const [results, rest] = [message.content.filter(isToolResult), message.content.filter((it) => !isToolResult(it))];
  return { ...message, content: [...results, ...rest] };
}

function isToolResult(block: ContentBlock): boolean {
  return block.type === 'tool_result';
}

function blocksOf(message: Message): ContentBlock[] {
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
}

function hasContent(message: Message): boolean {
  return message.content.length > 0;
}

function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return content.map((block) => (block.type === 'text' ? (block as { text: string }).text : '')).join('\n');
}

export function isThinking(block: ContentBlock): block is ThinkingBlock {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}
