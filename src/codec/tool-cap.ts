import type { TranslationWarning } from '../events.ts';
import type { MessagesRequest, Tool, ToolReferenceBlock } from './anthropic.ts';
import { isCallable } from './tools.ts';
import { isToolResult, isToolUse, toBlocks } from './turns.ts';

/**
 * A request with no more tools than its host takes. The least needed tools go first: deferred ones that were never
 * looked up, then MCP tools that this conversation never called, then those that it called. The client's own tools
 * always stay.
 */
export function fitTools(
  request: MessagesRequest,
  most: number,
  model: string,
): { request: MessagesRequest; warnings: TranslationWarning[] } {
  const { tools = [] } = request;
  const callable = tools.filter(isCallable);
  if (callable.length <= most) return { request, warnings: [] };
  const needed = neededTools(request);
  const ranked = callable.map((tool, at) => ({ tool, at, need: needOf(tool, needed) }));
  const dispensable = ranked.filter(({ need }) => need < BUILT_IN).toSorted((a, b) => a.need - b.need || b.at - a.at);
  const left = new Set(dispensable.slice(0, callable.length - most).map(({ tool }) => tool));
  if (left.size === 0) return { request, warnings: [] };
  const names = [...left].map(({ name }) => name);
  const some = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return {
    request: { ...request, tools: tools.filter((tool) => !left.has(tool)) },
    warnings: [{ what: 'tools', detail: `${model} takes ${most} tools of ${callable.length}: ${some} left out` }],
  };
}

const BUILT_IN = 3;

function needOf(tool: Tool, needed: ReadonlySet<string>): number {
  if (needed.has(tool.name)) return tool.name.startsWith('mcp__') ? 2 : BUILT_IN;
  if (tool.defer_loading === true) return 0;
  return tool.name.startsWith('mcp__') ? 1 : BUILT_IN;
}

/** Tools that were called or looked up in the conversation, or that must be called now. */
function neededTools(request: MessagesRequest): Set<string> {
  const needed = new Set<string>();
  if (request.tool_choice?.type === 'tool') needed.add(request.tool_choice.name);
  for (const block of request.messages.flatMap(toBlocks)) {
    if (isToolUse(block)) needed.add(block.name);
    if (!isToolResult(block)) continue;
    const { content } = block;
    for (const part of Array.isArray(content) ? content : [])
      if (part.type === 'tool_reference') needed.add((part as ToolReferenceBlock).tool_name);
  }
  return needed;
}
