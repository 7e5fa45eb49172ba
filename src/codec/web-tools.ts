import type { WebLack, WebWish } from '../ground/web.ts';
import type { MessagesRequest, TextBlock, Tool } from './anthropic.ts';
import { isCallable, webKindOf } from './tools.ts';

/** The web tools among a request's tools. */
export function webToolsOf({ tools = [] }: MessagesRequest): Tool[] {
  return tools.filter((tool) => webKindOf(tool) !== undefined);
}

/** Those of them that the answer may use. */
export function usableWebTools(request: MessagesRequest): Tool[] {
  const { tool_choice: choice } = request;
  if (choice?.type === 'none') return [];
  const web = webToolsOf(request);
  const forced = choice?.type === 'tool' ? web.filter(({ name }) => name === choice.name) : [];
  return forced.length > 0 ? forced : web;
}

/**
 * What a request asks of the host's own web tools; undefined: nothing.
 * @param web the tools to look at, where not all of them count.
 */
export function webWishOf(
  request: MessagesRequest,
  web: readonly Tool[] = usableWebTools(request),
): WebWish | undefined {
  if (web.length === 0) return undefined;
  const { tools = [], tool_choice: choice } = request;
  const only = !tools.some(isCallable);
  return {
    search: web.some((tool) => webKindOf(tool) === 'search'),
    fetch: web.some((tool) => webKindOf(tool) === 'fetch'),
    domains: web.some((tool) => domainsOf(tool, 'allowed_domains') ?? domainsOf(tool, 'blocked_domains')),
    only,
    must: choice?.type === 'tool' ? web.some(({ name }) => name === choice.name) : choice?.type === 'any' && only,
  };
}

/** A list of domains that a web tool names; undefined: none. */
export function domainsOf(tool: Tool, field: 'allowed_domains' | 'blocked_domains'): string[] | undefined {
  const list = tool[field];
  const domains = Array.isArray(list) ? list.filter((domain) => typeof domain === 'string') : [];
  return domains.length > 0 ? domains : undefined;
}

/** Why a provider cannot do it. @param label the provider's. */
export function lackText(lack: WebLack, label: string): string {
  switch (lack) {
    case 'off':
      return 'Web search is off for providers other than Claude (setting webSearch)';
    case 'search':
      return `${label} has no web search`;
    case 'fetch':
      return `${label} cannot fetch web pages`;
    case 'domains':
      return `${label} cannot limit a web search to domains; search without them`;
    case 'mixed':
      return `${label} cannot search the web beside other tools`;
  }
}

/** The request without these web tools. If none is left, a line tells the model, so that it does not claim to have looked. */
export function withoutWebTools(request: MessagesRequest, dropped: readonly Tool[]): MessagesRequest {
  if (dropped.length === 0) return request;
  const { tools = [], tool_choice: choice, ...rest } = request;
  const kept = tools.filter((tool) => !dropped.includes(tool));
  const hasChoice = kept.length > 0 && (choice?.type !== 'tool' || kept.some(({ name }) => name === choice.name));
  const without = {
    ...rest,
    ...(kept.length > 0 && { tools: kept }),
    ...(choice && hasChoice && { tool_choice: choice }),
  };
  return kept.some((tool) => webKindOf(tool) !== undefined) ? without : withLine(without, NO_WEB);
}

const NO_WEB =
  'You cannot search the web or fetch pages here. Where the question needs it, say that you could not look it up.';

function withLine(request: MessagesRequest, text: string): MessagesRequest {
  const { system } = request;
  const before: TextBlock[] = typeof system === 'string' ? [{ type: 'text', text: system }] : (system ?? []);
  return { ...request, system: [...before, { type: 'text', text }] };
}
