import type { TranslationWarning } from '../../events.ts';
import type {
  ContentBlock,
  Message,
  MessagesRequest,
  ThinkingBlock,
  Tool,
  ToolReferenceBlock,
  ToolResultBlock,
  ToolUseBlock,
} from '../anthropic.ts';
import { webLack, type WebAbility } from '../../ground/web.ts';
import { withPlainCacheMarks } from '../cache-marks.ts';
import { describeBlock, describeToolReference } from '../content.ts';
import type { OutputCap } from '../output-cap.ts';
import { createHostIds, type AdaptedCarry } from './carry.ts';
import { createWarnings, type Warn } from '../target.ts';
import { isToolResult, isToolUse, toBlocks } from '../turns.ts';
import { lackText, webToolsOf, webWishOf, withoutWebTools } from '../web-tools.ts';

/** The target of a request. `maxOutput`: the most that the model can answer with, in tokens. */
export type AdaptedTarget = {
  model: string;
  maxOutput: number;
  memory: AdaptedCarry;
  /** What the host can do with the web by itself; absent: nothing. */
  web?: WebAbility | 'off' | undefined;
};

/** A request as it goes to an adapted host. */
export type AdaptedRequest = {
  /** A new request; the given one is unchanged. */
  request: MessagesRequest;
  warnings: TranslationWarning[];
  /** Set where the client asked for more than the model can answer with. */
  cap: OutputCap | undefined;
};

/**
 * Turns Claude Code's request into one that any Anthropic-compatible host takes. Hosts document Claude Code as a
 * client, so only what belongs to Anthropic alone changes: the model's name, thinking blocks (only their maker accepts
 * the signatures), the positional billing header, lifetime and scope of cache marks, `system` messages in the middle,
 * deferred tools (tool search is a feature of Anthropic's own API), and fields outside the published wire. The host's
 * own calls get their ids and thinking back.
 */
export function toAdaptedRequest(asked: MessagesRequest, target: AdaptedTarget): AdaptedRequest {
  const warnings: TranslationWarning[] = [];
  const warn = createWarnings(warnings);
  const request = withOwnWeb(asked, target, warn);
  const hostId = createHostIds(target.memory);
  const adapted: MessagesRequest = {
    ...pick(request, FIELDS),
    model: target.model,
    messages: joinNeighbours(
      request.messages.map((message) => adaptMessage(message, target, hostId, warn)).filter(hasContent),
    ),
  };
  if (Array.isArray(request.system)) {
    adapted.system = request.system.filter((block) => !block.text.startsWith('x-anthropic-billing-header:'));
  }
  if (request.tools) {
    adapted.tools = request.tools.filter((tool) => tool.name !== 'DeferredToolPlaceholder').map(adaptTool);
  }
  const capped = request.max_tokens !== undefined && request.max_tokens > target.maxOutput;
  if (capped) adapted.max_tokens = target.maxOutput;
  if (request.thinking?.budget_tokens !== undefined && adapted.max_tokens !== undefined) {
    // A budget must stay below the cap that was just lowered.
    const budget = Math.min(request.thinking.budget_tokens, adapted.max_tokens - 1024);
    if (budget >= 1024) adapted.thinking = { ...request.thinking, budget_tokens: budget };
    else {
      delete adapted.thinking;
      warn('thinking', `no room for a thinking budget within ${adapted.max_tokens} tokens`);
    }
  }
  if (needsMissingThinking(adapted)) {
    delete adapted.thinking;
    warn('thinking', `${target.model} cannot think on from a step that another model began`);
  }
  return {
    request: withPlainCacheMarks(adapted),
    warnings,
    cap: capped ? { tokens: target.maxOutput, cause: 'model' } : undefined,
  };
}

/** The request with those of the web tools that the host has. */
function withOwnWeb(request: MessagesRequest, { web, model }: AdaptedTarget, warn: Warn): MessagesRequest {
  const lacking = webToolsOf(request).filter((tool) => {
    const lack = webLack(web, webWishOf(request, [tool])!);
    if (lack !== undefined) warn('web_search', lackText(lack, model));
    return lack !== undefined;
  });
  return withoutWebTools(request, lacking);
}

/** The published fields of a request; `metadata` names the account. */
const FIELDS: readonly string[] = [
  'max_tokens',
  'system',
  'tools',
  'tool_choice',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
];

function adaptMessage(message: Message, target: AdaptedTarget, hostId: (id: string) => string, warn: Warn): Message {
  if (message.role === 'system') return { role: 'user', content: toBlocks(message) };
  const { role } = message;
  if (typeof message.content === 'string') return { role, content: message.content };
  if (role === 'user') return { role, content: message.content.map((block) => adaptBlock(block, hostId, warn)) };
  const content: ContentBlock[] = [];
  for (const block of message.content) {
    if (isThinking(block)) continue;
    if (isToolUse(block)) {
      const thinking = thinkingOf(block, target);
      // The first step's thinking begins the message, as the wire wants it; the others' goes before their calls.
      if (content.some(isToolUse)) content.push(...thinking);
      else content.unshift(...thinking);
    }
    content.push(adaptBlock(block, hostId, warn));
  }
  return { role, content };
}

function thinkingOf(call: ToolUseBlock, { memory, model }: AdaptedTarget): ContentBlock[] {
  const known = memory.recall(call.id);
  return known?.model === model ? known.thinking : [];
}

/**
 * With `thinking: enabled` Claude wants the step whose results it gets to begin with its own thinking: 400 "Expected
 * `thinking` or `redacted_thinking`, but found `tool_use`" (platform.claude.com, extended thinking with tool use).
 * Other models follow only their own host's rules.
 */
function needsMissingThinking({ model, thinking, messages }: MessagesRequest): boolean {
  if (thinking?.type !== 'enabled' || !/claude|anthropic/i.test(model)) return false;
  const last = messages.at(-1);
  const step = messages.at(-2);
  if (!last || step?.role !== 'assistant' || !toBlocks(last).some(isToolResult)) return false;
  const first = toBlocks(step)[0];
  return first !== undefined && !isThinking(first);
}

/**
 * The blocks that every host of this wire knows, with their published fields; server tools and their results are
 * Anthropic's own.
 */
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  image: ['source'],
  document: ['source', 'title', 'context', 'citations'],
  tool_use: ['id', 'name', 'input'],
  tool_result: ['tool_use_id', 'content', 'is_error'],
};

function adaptBlock(block: ContentBlock, hostId: (id: string) => string, warn: Warn): ContentBlock {
  const fields = BLOCKS[block.type];
  if (!fields) return { type: 'text', text: describeBlock(block, warn) };
  const known = pick(block, ['type', 'cache_control', ...fields]);
  if (isToolUse(known)) return { ...known, id: hostId(known.id) } satisfies ToolUseBlock;
  if (!isToolResult(known)) return known;
  const result: ToolResultBlock = { ...known, tool_use_id: hostId(known.tool_use_id) };
  if (!Array.isArray(known.content)) return result;
  return { ...result, content: known.content.map(adaptResultPart) };
}

function adaptResultPart(part: ContentBlock): ContentBlock {
  if (part.type !== 'tool_reference')
    return pick(part, ['type', 'cache_control', ...(BLOCKS[part.type] ?? Object.keys(part))]);
  return { type: 'text', text: describeToolReference(part as ToolReferenceBlock) };
}

/** A client tool keeps its published fields; Anthropic's own tools keep everything. */
function adaptTool(tool: Tool): Tool {
  return tool.type === undefined ? pick(tool, ['name', 'description', 'input_schema', 'cache_control']) : tool;
}

function pick<T extends object>(value: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name))) as T;
}

/** Removing a message or turning `system` into `user` can leave two of one role in a row, which strict hosts reject. */
function joinNeighbours(messages: Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role)
      joined[joined.length - 1] = { role: last.role, content: [...toBlocks(last), ...toBlocks(message)] };
    else joined.push(message);
  }
  return joined.map(resultsFirst);
}

/** Strict hosts want the results right after their calls: a reminder between them moves behind. */
function resultsFirst(message: Message): Message {
  if (message.role !== 'user' || typeof message.content === 'string') return message;
  const others = message.content.filter((block) => !isToolResult(block));
  return { ...message, content: [...message.content.filter(isToolResult), ...others] };
}

function hasContent(message: Message): boolean {
  return message.content.length > 0;
}

/** A block that only its maker can use, because it is signed or encrypted. */
export function isThinking(block: ContentBlock): block is ThinkingBlock {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}
