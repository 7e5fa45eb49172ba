import { fields, isRecord, isString, optional } from '../ground/check.ts';
import type { ContentBlock, MessagesRequest, Tool } from './anthropic.ts';

/**
 * The tools as they are at the end of the conversation. Claude Code tells of a tool that comes or goes during a session
 * (an MCP server that connects late, or is lost) in a system message: blocks `tool_addition`, with the tool's definition
 * or the name of one that was declared, and `tool_removal` (observed, 2.1.330; beta
 * `mid-conversation-tool-changes-2026-07-01`). Other hosts know the declared list alone.
 * @returns the same request if nothing came or went.
 */
export function withLateTools(request: MessagesRequest): MessagesRequest {
  const changes = request.messages.flatMap(({ role, content }) =>
    role === 'system' && typeof content !== 'string' ? content.flatMap((block) => changeOf(block) ?? []) : [],
  );
  if (changes.length === 0) return request;
  const present = new Map((request.tools ?? []).map((tool) => [tool.name, tool]));
  /** Those that have gone as well: one of them may come back by its name alone. */
  const declared = new Map(present);
  for (const { name, definition, isRemoval } of changes) {
    if (definition) declared.set(name, definition);
    const tool = declared.get(name);
    if (isRemoval) present.delete(name);
    else if (tool) present.set(name, tool);
  }
  return { ...request, tools: [...present.values()] };
}

type Change = { name: string; definition: Tool | undefined; isRemoval: boolean };

/** Undefined for any other block, and for one in a form that is not known. */
function changeOf({ type, ...block }: ContentBlock): Change | undefined {
  if (type !== 'tool_addition' && type !== 'tool_removal') return undefined;
  const isRemoval = type === 'tool_removal';
  const { tool } = block as { tool?: unknown };
  if (isReference(tool)) return { name: tool.name, definition: undefined, isRemoval };
  if (isDefinition(tool)) return { name: tool.definition.name, definition: tool.definition, isRemoval };
  return undefined;
}

const hasName = fields({ name: isString });
const hasDefinition = fields({
  definition: fields({ name: isString, description: optional(isString), input_schema: isRecord }),
});

const isReference = (tool: unknown): tool is { name: string } => hasName(tool);
const isDefinition = (tool: unknown): tool is { definition: Tool } => hasDefinition(tool);
