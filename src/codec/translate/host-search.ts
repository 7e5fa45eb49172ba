import type { JSONValue, LanguageModelV4CallOptions, LanguageModelV4ProviderTool } from '@ai-sdk/provider';
import { isRecord } from '../../ground/check.ts';
import { webLack } from '../../ground/web.ts';
import type { MessagesRequest, Tool } from '../anthropic.ts';
import type { Target, Warn } from '../target.ts';
import { webKindOf } from '../tools.ts';
import { domainsOf, lackText, usableWebTools, webWishOf, withoutWebTools } from '../web-tools.ts';

/** Anthropic's web tools in the words of another host. */
export type HostSearch = {
  /** The request without those that the host has not. */
  request: MessagesRequest;
  /** The host's own tools in their place. */
  tools: LanguageModelV4ProviderTool[];
  toolChoice?: LanguageModelV4CallOptions['toolChoice'];
  /** For `providerOptions`. */
  options: Record<string, JSONValue>;
};

/** @param must the answer is to be a search, also where the client leaves the choice to the model. */
export function toHostSearch(request: MessagesRequest, target: Target, must: boolean, warn: Warn): HostSearch {
  const web = usableWebTools(request);
  if (web.length === 0) return { request, tools: [], options: {} };
  const lacking = web.filter((tool) => {
    const lack = webLack(target.web, webWishOf(request, [tool])!);
    if (lack !== undefined) warn('web_search', lackText(lack, target.model));
    return lack !== undefined;
  });
  const used = web.filter((tool) => !lacking.includes(tool));
  const left = withoutWebTools(request, lacking);
  if (used.length === 0) return { request: left, tools: [], options: {} };
  const forced = must || webWishOf(left)?.must === true;
  return { request: left, ...(WIRES[target.dialect]?.(used, forced, target, warn) ?? { tools: [], options: {} }) };
}

type Translate = (web: Tool[], forced: boolean, target: Target, warn: Warn) => Omit<HostSearch, 'request'>;

/** Exa's default, at OpenRouter's price for a search. */
const MOST_RESULTS = 5;

const WIRES: Partial<Record<Target['dialect'], Translate>> = {
  // ai.google.dev, grounding with Google Search: the model decides how often it searches, and no call can be forced.
  gemini(web, _forced, { model }, warn) {
    for (const field of ['max_uses', 'user_location'])
      if (web.some((tool) => (tool[field] ?? null) !== null))
        warn('web_search', `${model} takes no ${field} for a search`);
    const tool = (name: string): LanguageModelV4ProviderTool => ({
      type: 'provider',
      id: `google.${name}`,
      name,
      args: {},
    });
    return {
      tools: web.map((one) => tool(webKindOf(one) === 'search' ? 'google_search' : 'url_context')),
      options: {},
    };
  },
  responses(web, forced) {
    const [tool] = web as [Tool];
    const { max_uses: most } = tool;
    const name = 'web_search';
    return {
      tools: [
        {
          type: 'provider',
          id: 'openai.web_search',
          name,
          args: { ...filtersOf(tool), userLocation: locationOf(tool) },
        },
      ],
      ...(forced && { toolChoice: { type: 'tool', toolName: name } }),
      options: typeof most === 'number' && most > 0 ? { maxToolCalls: most } : {},
    };
  },
  // OpenRouter's plugin searches once, before the model answers. Its engine is named, because only this one takes domains
  // whatever the model.
  chat(web, _forced, { model }, warn) {
    const [tool] = web as [Tool];
    if ((tool['user_location'] ?? null) !== null) warn('web_search', `${model} takes no user_location for a search`);
    const allowed = domainsOf(tool, 'allowed_domains');
    const blocked = domainsOf(tool, 'blocked_domains');
    const plugin = {
      id: 'web',
      engine: 'exa',
      max_results: MOST_RESULTS,
      ...(allowed && { include_domains: allowed }),
      ...(blocked && { exclude_domains: blocked }),
    };
    return { tools: [], options: { plugins: [plugin] } };
  },
};

function filtersOf(tool: Tool): Record<string, unknown> {
  const allowedDomains = domainsOf(tool, 'allowed_domains');
  const blockedDomains = domainsOf(tool, 'blocked_domains');
  if (allowedDomains === undefined && blockedDomains === undefined) return {};
  return { filters: { ...(allowedDomains && { allowedDomains }), ...(blockedDomains && { blockedDomains }) } };
}

/** Without a place OpenAI takes the United States; a place without fields is none. */
function locationOf({ user_location: given }: Tool): Record<string, string> {
  const fields = isRecord(given) ? given : {};
  const known = ['country', 'region', 'city', 'timezone'].flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? [[name, value] as const] : [];
  });
  return { type: 'approximate', ...Object.fromEntries(known) };
}
