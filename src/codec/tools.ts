import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { MessagesRequest, Tool } from './anthropic.ts';
import type { Target, Warn } from './target.ts';
import type { ToolNames } from './tool-names.ts';
import { cleanSchema } from './tool-schema.ts';

/**
 * A tool that the client itself runs: neither Anthropic's server tools (they have a `type` and no schema) nor the
 * placeholder that Claude Code 2.1.330 sends while it keeps tools back ("Reserved placeholder … never call this tool").
 */
export function isCallable(tool: Tool): boolean {
  if (tool.name === 'DeferredToolPlaceholder') return false;
  return tool.type === undefined || tool.type === null || tool.type === 'custom' || tool.input_schema !== undefined;
}

/** Which of Anthropic's server tools for the web it is; they are named with the date of their version. */
export function webKindOf({ type }: Tool): 'search' | 'fetch' | undefined {
  if (typeof type !== 'string') return undefined;
  return /^web_search_\d/.test(type) ? 'search' : /^web_fetch_\d/.test(type) ? 'fetch' : undefined;
}

/** The declared tools by who runs them: the client, or the host on its behalf. */
export function toolNamesOf(request: MessagesRequest): { tools: Set<string>; serverTools: Set<string> } {
  const all = request.tools ?? [];
  const namesOf = (tools: Tool[]) => new Set(tools.map(({ name }) => name));
  return {
    tools: namesOf(all.filter(isCallable)),
    serverTools: namesOf(all.filter((tool) => !isCallable(tool) && typeof tool.type === 'string')),
  };
}

/** The tools and how they may be called. `defer_loading`, `cache_control`, `strict` and the like are dropped. */
export function toTools(
  request: MessagesRequest,
  target: Target,
  names: ToolNames,
  warn: Warn,
): Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice'> {
  const callable: Tool[] = [];
  for (const tool of request.tools ?? []) {
    // The web tools have an equal at some hosts (`translate/host-search.ts`).
    if (isCallable(tool)) callable.push(tool);
    else if (webKindOf(tool) !== undefined) continue;
    else if (tool.type !== undefined) warn('server_tool', `${tool.name} runs at Anthropic only and was left out`);
  }
  if (callable.length === 0) return {};
  if (!target.capabilities.tools) {
    warn('tools', `${target.model} takes no tools: ${callable.length} were left out`);
    return {};
  }
  const seen = new Set<string>();
  const tools: LanguageModelV4FunctionTool[] = [];
  for (const tool of callable) {
    if (seen.has(tool.name)) continue;
    seen.add(tool.name);
    tools.push({
      type: 'function',
      name: names.toProvider(tool.name),
      description: tool.description ?? '',
      inputSchema: cleanSchema(
        tool.input_schema,
        target.dialect !== 'gemini',
      ) as LanguageModelV4FunctionTool['inputSchema'],
    });
  }
  const toolChoice = toToolChoice(request, seen, names, warn);
  return { tools, ...(toolChoice && { toolChoice }) };
}

function toToolChoice(
  request: MessagesRequest,
  known: Set<string>,
  names: ToolNames,
  warn: Warn,
): LanguageModelV4CallOptions['toolChoice'] {
  const choice = request.tool_choice;
  switch (choice?.type) {
    case 'any':
      return { type: 'required' };
    case 'none':
      return { type: 'none' };
    case 'tool':
      if (known.has(choice.name)) return { type: 'tool', toolName: names.toProvider(choice.name) };
      // The host's own is forced in the host's own way.
      if (request.tools?.some((tool) => tool.name === choice.name && webKindOf(tool) !== undefined)) return undefined;
      warn('tool_choice', `the tool that had to be called, ${choice.name}, is not among those that can be sent`);
      return undefined;
    case 'auto':
      return { type: 'auto' };
    default:
      return undefined;
  }
}

/** True when the client wants one call at a time. */
export function wantsSingleCalls(request: MessagesRequest): boolean {
  const choice = request.tool_choice;
  return choice !== undefined && choice.type !== 'none' && choice.disable_parallel_tool_use === true;
}
