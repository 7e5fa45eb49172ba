import { isRecord } from '../../ground/check.ts';
import type { ContentBlock, ServerBlock } from '../anthropic.ts';
import { createFoundPages, pageName, webAddress } from '../found-pages.ts';
import { searchBlocks, searchErrorOf, sourcesText } from '../search-blocks.ts';
import type { Mint } from '../tool-ids.ts';

/**
 * The searches of an answer that the client keeps. Their results are sealed for the host that found them, and Claude
 * rejects them: they become a list of sources at the end. An error holds nothing sealed and stays.
 */
export type Searches = {
  /** A search has been called, by the host's id of the call. */
  call(id: unknown, query: unknown): void;
  /** The block is the result of such a call. */
  awaits(block: ContentBlock): boolean;
  /** @returns what the client gets in the place of the result. */
  take(block: ContentBlock): ServerBlock[];
  /** All that was found, as a text. Empty if there is nothing. */
  sources(label: string): string;
};

export function createSearches(mint: Mint): Searches {
  const called = new Map<string, string>();
  const queries: string[] = [];
  const found = createFoundPages();
  const idOf = (block: ContentBlock) => String((block as { tool_use_id?: unknown }).tool_use_id);
  return {
    call: (id, query) => void called.set(String(id), typeof query === 'string' ? query : ''),
    awaits: (block) => called.has(idOf(block)),
    take(block) {
      const query = called.get(idOf(block)) ?? '';
      const { content } = block as { content?: unknown };
      if (!Array.isArray(content))
        return searchBlocks(query, searchErrorOf(isRecord(content) ? content['error_code'] : undefined), mint);
      queries.push(query);
      for (const { url, title } of content.filter(isRecord)) found.add(url, title);
      return [];
    },
    sources: (label) => sourcesText(found.all(), queries, label).trim(),
  };
}

/** The result of a search that the client reads at once, without what is no page of the web. */
export function pagesOfTheWeb(result: ContentBlock): ContentBlock {
  const { content } = result as { content?: unknown };
  if (!Array.isArray(content)) return result;
  const pages = content.filter((page) => isRecord(page) && webAddress(page['url']) !== undefined);
  return { ...result, content: pages.map((page) => ({ ...page, title: pageName(page.title) })) };
}
