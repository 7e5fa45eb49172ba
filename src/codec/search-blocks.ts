import type { MessageEvent, ServerBlock } from './anthropic.ts';
import type { Found } from './found-pages.ts';
import { mendHalves } from './halves.ts';
import type { Mint } from './tool-ids.ts';

/** Why a search failed; Claude knows no other words (`WebSearchToolResultErrorCode` of @anthropic-ai/sdk 1.12.0). */
const ERRORS = [
  'unavailable',
  'invalid_tool_input',
  'max_uses_exceeded',
  'too_many_requests',
  'query_too_long',
  'request_too_large',
] as const;
type SearchError = (typeof ERRORS)[number];

/** What a host says of a search that failed. */
export function searchErrorOf(code: unknown): SearchError {
  return ERRORS.find((known) => known === code) ?? 'unavailable';
}

/**
 * A search and its result in the words of Anthropic's wire. Claude refuses to read results that it has not sealed itself
 * (400, "Invalid `encrypted_content` in `search_result` block"), so results in this form are for a client that keeps
 * none of them; an error holds no seal, and Claude takes it back.
 * @param found a word: there is no result, which is not the same as finding nothing.
 */
export function searchBlocks(query: string, found: readonly Found[] | SearchError, mint: Mint): ServerBlock[] {
  const id = mint('srvtoolu_');
  const content =
    typeof found === 'string'
      ? { type: 'web_search_tool_result_error', error_code: found }
      : found.map(({ title, url }) => ({
          type: 'web_search_result',
          title,
          url,
          encrypted_content: '',
          page_age: null,
        }));
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ];
}

/** The events of a whole block. */
export function serverBlockEvents(block: ServerBlock, index: number): MessageEvent[] {
  const stop: MessageEvent = { type: 'content_block_stop', index };
  if (block.type !== 'server_tool_use') return [{ type: 'content_block_start', index, content_block: block }, stop];
  const delta = { type: 'input_json_delta', partial_json: mendHalves(JSON.stringify(block.input)) } as const;
  return [
    { type: 'content_block_start', index, content_block: { ...block, input: {} } },
    { type: 'content_block_delta', index, delta },
    stop,
  ];
}

/** A page that could not be fetched. */
export function failedFetch(url: string, mint: Mint): ServerBlock[] {
  const id = mint('srvtoolu_');
  return [
    { type: 'server_tool_use', id, name: 'web_fetch', input: { url } },
    {
      type: 'web_fetch_tool_result',
      tool_use_id: id,
      content: { type: 'web_fetch_tool_result_error', error_code: 'unavailable' },
    },
  ];
}

/** What a search has found, as a text that any model can read later. Empty if there is nothing. */
export function sourcesText(found: readonly Found[], queries: readonly string[], label: string): string {
  if (found.length === 0) return '';
  const asked = queries.length === 0 ? '' : ` for ${queries.map((query) => `“${inALine(query)}”`).join(', ')}`;
  const list = found.map(({ title, url }) => `- [${inALine(title)}](${url.replace(/[()]/g, encodeBracket)})`);
  return `\n\nSources (web search by ${label}${asked}):\n${list.join('\n')}`;
}

/** Words of the web inside a line of Markdown. */
function inALine(text: string): string {
  return text.replace(/[[\]\\\s\p{Cc}]+/gu, ' ').trim();
}

function encodeBracket(bracket: string): string {
  return bracket === '(' ? '%28' : '%29';
}

/** For the model that asked for a search: what follows looks like a result, and is none. */
export function nothingFoundText(searched: boolean, label: string): string {
  return searched
    ? `(${label} searched the web and named no page. Its answer without sources:)`
    : `(${label} did not search the web. Its answer from memory:)`;
}
