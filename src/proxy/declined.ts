import { searchedFor } from '../claude/web-search.ts';
import type { MessageEvent } from '../codec/anthropic.ts';
import { failedFetch, searchBlocks } from '../codec/search-blocks.ts';
import { mintId } from '../codec/tool-ids.ts';
import { createBlockWriter } from '../codec/translate/blocks.ts';
import { encodeEvents } from '../codec/translate/sse.ts';
import { toWholeMessage } from '../codec/response.ts';
import { lackText, webWishOf } from '../codec/web-tools.ts';
import type { WebLack } from '../ground/web.ts';
import type { Provider } from '../providers/provider.ts';
import type { Exchange } from './exchange-state.ts';

/**
 * Tells the client that a web search cannot be had, in the form that Anthropic's own API has for that, and why, for the
 * model that asked. Claude takes these blocks back: they hold nothing that only their maker can read.
 */
export async function decline(the: Exchange, provider: Provider, lack: WebLack): Promise<void> {
  const { request, answering, record } = the;
  const asked = request.parsed();
  const why = lackText(lack, provider.label);
  record.warn(provider, [{ what: 'web_search', detail: why }]);
  const words = searchedFor(asked) ?? request.turn().prompt;
  // In the form of what was asked for, whatever the reason: a page is wanted by a program that has declared no search.
  const fetches = lack === 'fetch' || webWishOf(asked)?.search === false;
  const blocks = createBlockWriter();
  const failed = fetches
    ? failedFetch(/https?:\S+/.exec(words)?.[0] ?? '', mintId)
    : searchBlocks(words, 'unavailable', mintId);
  failed.forEach(blocks.server);
  blocks.text(`(${why}.)`);
  const events = wholeAnswer(blocks.finish(), provider.modelFor(asked.model));
  if (asked.stream === true) {
    answering.commit(200, ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache'], false);
    void answering.write(encodeEvents(events));
  } else {
    const message = JSON.stringify(await toWholeMessage(events));
    answering.commit(200, ['content-type', 'application/json'], false);
    void answering.write(Buffer.from(message));
  }
  answering.end();
}

function wholeAnswer(content: MessageEvent[], model: string): MessageEvent[] {
  const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const message = { id: mintId('msg_'), type: 'message', role: 'assistant', model, content: [] } as const;
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage } },
    ...content,
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
}
