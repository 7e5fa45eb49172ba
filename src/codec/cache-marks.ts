import type { CacheControl, ContentBlock, Message, MessagesRequest, ToolResultBlock } from './anthropic.ts';

type Change = (mark: CacheControl) => CacheControl | undefined;

/** A request without its cache marks, for a host that rejects them. Tool inputs and results stay unchanged. */
export function withoutCacheMarks(request: MessagesRequest): MessagesRequest {
  return withMarks(request, () => undefined);
}

/** Marks as every host of this wire knows them, without Anthropic's own lifetime and scope. */
export function withPlainCacheMarks(request: MessagesRequest): MessagesRequest {
  return withMarks(request, ({ type }) => ({ type }));
}

function withMarks(request: MessagesRequest, change: Change): MessagesRequest {
  const changed: MessagesRequest = withMark(
    {
      ...request,
      messages: request.messages.map((message): Message =>
        typeof message.content === 'string'
          ? message
          : { ...message, content: message.content.map((block) => inBlock(block, change)) },
      ),
    },
    change,
  );
  if (Array.isArray(request.system)) changed.system = request.system.map((block) => withMark(block, change));
  if (request.tools) changed.tools = request.tools.map((tool) => withMark(tool, change));
  return changed;
}

function inBlock(block: ContentBlock, change: Change): ContentBlock {
  const changed = withMark(block, change);
  if (changed.type !== 'tool_result') return changed;
  const { content } = changed as ToolResultBlock;
  return Array.isArray(content) ? { ...changed, content: content.map((part) => inBlock(part, change)) } : changed;
}

function withMark<T extends object>(value: T, change: Change): T {
  const { cache_control: mark, ...rest } = value as T & { cache_control?: CacheControl | null };
  const changed = mark ? change(mark) : undefined;
  return (changed ? { ...rest, cache_control: changed } : rest) as T;
}
