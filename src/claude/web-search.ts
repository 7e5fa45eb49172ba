import { WEB_SEARCH } from './claude-code-2.1.330.ts';

type SearchRequest = {
  messages: readonly { role: string; content: string | readonly { type: string; text?: unknown }[] }[];
  tools?: readonly { type?: string }[];
};

/**
 * What Claude Code's own WebSearch tool looks for, if this is its request: Anthropic's search is the only tool, and the
 * query the only message. The tool reads titles and addresses from the answer, gives them to the conversation as plain
 * text, and never sends the answer's blocks back (observed, 2.1.330).
 */
export function searchedFor({ messages, tools = [] }: SearchRequest): string | undefined {
  const [message, ...others] = messages;
  if (message?.role !== 'user' || others.length > 0) return undefined;
  if (tools.length !== 1 || !tools[0]!.type?.startsWith('web_search_')) return undefined;
  const { content } = message;
  const texts =
    typeof content === 'string' ? [content] : content.map(({ text }) => (typeof text === 'string' ? text : ''));
  return texts.map((text) => WEB_SEARCH.exec(text)?.[1]?.trim()).find((query) => query !== undefined && query !== '');
}
