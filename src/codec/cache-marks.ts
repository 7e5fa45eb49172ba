import type { ContentBlock, Message, MessagesRequest, ToolResultBlock } from './anthropic.ts';

/** A request without its cache marks, for a host that rejects them. What tools take and give is left as it is. */
export function withoutCacheMarks(request: MessagesRequest): MessagesRequest {
  const plain: MessagesRequest = withoutMark({
    ...request,
    messages: request.messages.map((message): Message =>
      typeof message.content === 'string' ? message : { ...message, content: message.content.map(plainBlock) },
    ),
  });
  if (Array.isArray(request.system)) plain.system = request.system.map(withoutMark);
  if (request.tools) plain.tools = request.tools.map(withoutMark);
  return plain;
}

function plainBlock(block: ContentBlock): ContentBlock {
  const plain = withoutMark(block);
  if (plain.type !== 'tool_result') return plain;
  const { content } = plain as ToolResultBlock;
  return Array.isArray(content) ? { ...plain, content: content.map(plainBlock) } : plain;
}

function withoutMark<T extends object>(value: T): T {
  const { cache_control: _mark, ...rest } = value as T & { cache_control?: unknown };
  return rest as T;
}
