import { isContinued } from '../claude/thread.ts';
import { searchedFor } from '../claude/web-search.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { readNeeds, type Needs } from '../codec/needs.ts';
import { toolNamesOf } from '../codec/tools.ts';
import { webToolsOf, webWishOf } from '../codec/web-tools.ts';
import type { AskedFacts } from '../failover/request-facts.ts';
import { webLack } from '../ground/web.ts';
import type { Provider } from '../providers/provider.ts';
import type { Estimate, ExchangeContext } from './context.ts';
import type { ClientRequest } from './request.ts';

/**
 * What the choice of a provider depends on in a request.
 * @returns undefined where the body is no Messages request.
 */
export function readFacts(request: ClientRequest, context: ExchangeContext): AskedFacts | undefined {
  if (!request.isReadable()) return undefined;
  const { router } = context;
  const parsed = request.parsed();
  return {
    model: parsed.model,
    continued: isContinued(parsed),
    isSafetyCheck: request.isSafetyCheck(),
    turn: request.turn(),
    needs: needsOf(request),
    inputTokens: (id) => router.provider(id).tokens.count(parsed),
    maxTokens: parsed.max_tokens ?? 0,
    ...(request.endpoint === 'messages' && {
      costUsd: (id: string) => estimateOf(context, parsed, router.provider(id)).usd,
    }),
    toolCount: toolNamesOf(parsed).tools.size,
    family: request.family,
  };
}

/** Claude Code's own search wants nothing but a search, although it leaves the model the choice. */
function needsOf({ endpoint, parsed }: ClientRequest): Needs {
  const asked = parsed();
  const { web, ...needs } = readNeeds(asked);
  if (web === undefined || endpoint !== 'messages') return needs;
  return { ...needs, web: { ...web, must: web.must || searchedFor(asked) !== undefined } };
}

/** The usual longest answer of a coding agent, tokens; the request's own cap is the maximum. */
const USUAL_OUTPUT = 4_096;

/** How often a model usually searches at most, where the request lets it. */
const USUAL_SEARCHES = 4;

/** What this provider may charge for the request, with all input uncached. */
export function estimateOf(context: ExchangeContext, parsed: MessagesRequest, provider: Provider): Estimate {
  const input = provider.tokens.count(parsed);
  return context.estimate(provider, parsed.model, {
    input,
    output: Math.min(parsed.max_tokens ?? USUAL_OUTPUT, USUAL_OUTPUT),
    searches: searchesIn(parsed, provider),
  });
}

function searchesIn(parsed: MessagesRequest, { web }: Provider): number {
  const wish = webWishOf(parsed);
  if (!wish?.search || webLack(web?.(), wish) !== undefined) return 0;
  const most = webToolsOf(parsed).map((tool) => tool['max_uses']);
  return Math.min(USUAL_SEARCHES, ...most.filter((value) => typeof value === 'number'));
}
