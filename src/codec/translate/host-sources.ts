import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isRecord } from '../../ground/check.ts';
import { ANNOTATIONS } from '../carry.ts';
import { createFoundPages, type Found } from '../found-pages.ts';

/** What a host's own search found for one answer, from wherever its wire says so. */
export type HostSources = {
  take(part: LanguageModelV4StreamPart): void;
  /** Each page once, in the order of the answer. */
  found(): Found[];
  queries(): string[];
  /** How often the host searched, as it bills it, and how many pages it fetched. */
  searches(): number;
  fetches(): number;
};

/** @param isOnce the host searches once for each answer, and does not say so. */
export function createHostSources(isOnce: boolean): HostSources {
  const pages = createFoundPages();
  const queries = new Set<string>();
  let calls = 0;
  let fetches = 0;

  function ask(query: unknown): void {
    if (typeof query === 'string' && query.trim() !== '') queries.add(query.trim());
  }

  /** OpenAI's `web_search_call`: opening a page that was found is no search. */
  function takeCall(result: unknown): void {
    const action = isRecord(result) ? result['action'] : undefined;
    if (!isRecord(action) || action['type'] !== 'search') return;
    calls += 1;
    const asked = Array.isArray(action['queries']) ? action['queries'] : [action['query']];
    asked.forEach(ask);
  }

  function takeMetadata(metadata: SharedV4ProviderMetadata | undefined): void {
    for (const citation of listAt(metadata?.['openai'], 'annotations')) pages.add(citation['url'], citation['title']);
    for (const { url_citation: cited } of listAt(metadata?.[ANNOTATIONS.name], ANNOTATIONS.field))
      if (isRecord(cited)) pages.add(cited['url'], cited['title']);
    const google = metadata?.['google'];
    const grounding = isRecord(google) ? google['groundingMetadata'] : undefined;
    if (isRecord(grounding) && Array.isArray(grounding['webSearchQueries'])) grounding['webSearchQueries'].forEach(ask);
    const context = isRecord(google) ? google['urlContextMetadata'] : undefined;
    for (const page of listAt(context, 'urlMetadata')) {
      if (page['urlRetrievalStatus'] !== 'URL_RETRIEVAL_STATUS_SUCCESS') continue;
      fetches += 1;
      pages.add(page['retrievedUrl']);
    }
  }

  return {
    take(part) {
      if (part.type === 'source' && part.sourceType === 'url') pages.add(part.url, part.title);
      else if (part.type === 'tool-result') takeCall(part.result);
      else if (part.type === 'text-end' || part.type === 'finish') takeMetadata(part.providerMetadata);
    },
    found: () => pages.all(),
    queries: () => [...queries],
    // Google counts queries, and repeats and empty ones not; OpenAI counts calls, of which one may have several queries.
    searches: () => calls || queries.size || (isOnce || pages.all().length > fetches ? 1 : 0),
    fetches: () => fetches,
  };
}

function listAt(value: unknown, field: string): Record<string, unknown>[] {
  const list = isRecord(value) ? value[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
