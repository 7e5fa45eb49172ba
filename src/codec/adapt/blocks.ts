import type { ContentBlock, ServerBlock, ToolUseBlock } from '../anthropic.ts';
import { createHalfJoiner, mendHalves } from '../halves.ts';
import { isRecord } from '../../ground/check.ts';
import { createThoughtSorter, holdsWrittenCall } from '../leading-thoughts.ts';
import type { AdaptedCarry } from './carry.ts';
import { isThinking } from './request.ts';
import { searchBlocks, serverBlockEvents } from '../search-blocks.ts';
import { createSearches, pagesOfTheWeb } from './searches.ts';
import type { Warn } from '../target.ts';
import type { Mint } from '../tool-ids.ts';
import { toToolInput } from '../tool-input.ts';
import { nameForClient } from '../tool-names.ts';
import { isToolUse } from '../turns.ts';

/** An event of Anthropic's stream, as a host sends it. */
export type WireEvent = {
  type: string;
  index?: number;
  content_block?: ContentBlock;
  delta?: Record<string, unknown>;
  [key: string]: unknown;
};

/** Whose answer is cleaned, for which request. */
export type Cleaning = {
  memory: AdaptedCarry;
  /** The model that answers: only this model gets its thinking back. */
  model: string;
  mint: Mint;
  warn: Warn;
  /** The client asked for the server's check of the answer's calls. */
  asksForCheck: boolean;
  /** The tools that the client declared and runs itself. */
  tools: ReadonlySet<string>;
  /** The tools that it asked the host to run (`web_search`): only their blocks reach the client. */
  serverTools: ReadonlySet<string>;
  /** The query, where the answer is nothing but a search that the client reads and does not keep. */
  aside?: string | undefined;
};

type Text = { kind: 'text'; push(text: string): string; end(): string; index: number | undefined; blank: string };
type Open =
  | Text
  | { kind: 'thinking'; block: Record<string, unknown> }
  | { kind: 'call'; block: ToolUseBlock; json: string }
  /** A block of a server tool that the client asked for. */
  | { kind: 'kept'; index: number }
  /** A search, whose result is not there yet. */
  | { kind: 'search'; block: ContentBlock; json: string }
  | { kind: 'foreign' };

/**
 * The content blocks of an adapted host in a form that the transcript can keep: texts and calls, renumbered. Thinking
 * is kept in memory and left out, because Claude would reject its foreign signature. A call is held until its arguments
 * are complete and valid, wherever the host puts them, and gets a new id, because hosts repeat theirs. White-space
 * texts, half characters, the host's own tools and unknown blocks are left out. What a search found becomes a list of
 * sources: its results are sealed for the host that found them, and Claude rejects them.
 */
export function createAdaptedBlocks(cleaning: Cleaning): {
  take(event: WireEvent): WireEvent[];
  /** Closes what the host left open. @param isCut the answer ended at its cap, maybe inside a call. */
  end(isCut: boolean): WireEvent[];
  /** Ids of the calls so far, as the client knows them. */
  calls: string[];
  /** Names of calls whose arguments could not be repaired. */
  lost: string[];
} {
  const open = new Map<number, Open>();
  const serverIds = new Map<string, string>();
  /** Thinking since the last call: the next one goes with it. */
  let thinking: ContentBlock[] = [];
  const said = new Set<string>();
  const calls: string[] = [];
  const lost: string[] = [];
  const searches = createSearches(cleaning.mint);
  let hasSearched = false;
  let text = '';
  let texts = 0;
  let next = 0;

  function take(event: WireEvent): WireEvent[] {
    const { type, index = 0, content_block: block, delta = {} } = event;
    if (type === 'content_block_start') return block ? begin(index, block, event) : [];
    if (type === 'content_block_stop') return close(index, event);
    const at = open.get(index) ?? (delta['type'] === 'text_delta' ? beginText(index) : undefined);
    switch (at?.kind) {
      case 'text':
        return typeof delta['text'] === 'string' ? addText(at, at.push(delta['text'])) : [];
      case 'thinking':
        for (const [key, value] of Object.entries(delta))
          if (key !== 'type' && typeof value === 'string') at.block[key] = String(at.block[key] ?? '') + value;
        return [];
      case 'call':
      case 'search':
        if (typeof delta['partial_json'] === 'string') at.json += delta['partial_json'];
        return [];
      case 'kept':
        return [{ ...event, index: at.index }];
      default:
        return [];
    }
  }

  function begin(index: number, block: ContentBlock, event: WireEvent): WireEvent[] {
    const before = open.has(index) ? close(index, { type: 'content_block_stop', index }) : [];
    if (isThinking(block)) {
      const kept = { ...block };
      thinking.push(kept);
      open.set(index, { kind: 'thinking', block: kept });
      return before;
    }
    if (isToolUse(block)) {
      open.set(index, { kind: 'call', block, json: '' });
      return before;
    }
    if (block.type === 'text') {
      const at = beginText(index);
      const { text: given } = block as { text?: unknown };
      return typeof given === 'string' ? [...before, ...addText(at, at.push(given))] : before;
    }
    if (isSearch(block)) {
      open.set(index, { kind: 'search', block, json: '' });
      return before;
    }
    if (searches.awaits(block)) {
      open.set(index, { kind: 'foreign' });
      return [...before, ...wholeBlocks(searches.take(block))];
    }
    const ours = clientsOwn(block);
    if (!ours) {
      cleaning.warn(
        'block',
        `${cleaning.model} sent a ${block.type} block that Claude Code has no use for: it was left out`,
      );
      open.set(index, { kind: 'foreign' });
      return before;
    }
    open.set(index, { kind: 'kept', index: next });
    return [...before, { ...event, index: next++, content_block: ours }];
  }

  /** A search that the client asked for and whose result it will keep. */
  function isSearch({ type, name }: ContentBlock & { name?: unknown }): boolean {
    return (
      cleaning.aside === undefined &&
      type === 'server_tool_use' &&
      name === 'web_search' &&
      cleaning.serverTools.has('web_search')
    );
  }

  /** A block of a server tool that the client asked for, with an id that Claude accepts (`^srvtoolu_[a-zA-Z0-9_]+$`). */
  function clientsOwn(block: ContentBlock): ContentBlock | undefined {
    const { id, name, tool_use_id } = block as { id?: unknown; name?: unknown; tool_use_id?: unknown };
    if (block.type === 'server_tool_use' && cleaning.serverTools.has(String(name))) {
      const own = /^srvtoolu_\w+$/.test(String(id)) ? String(id) : cleaning.mint('srvtoolu_');
      serverIds.set(String(id), own);
      return { ...block, id: own };
    }
    const known = serverIds.get(String(tool_use_id));
    if (known !== undefined && block.type === 'web_search_tool_result') {
      hasSearched = true;
      return { ...pagesOfTheWeb(block), tool_use_id: known };
    }
    return known !== undefined && block.type.endsWith('_tool_result') ? { ...block, tool_use_id: known } : undefined;
  }

  function beginText(index: number): Text {
    const halves = createHalfJoiner();
    // Reasoning that a template's tags let through comes first. It has no signature.
    const sorter = texts++ === 0 ? createThoughtSorter() : undefined;
    const at: Text = {
      kind: 'text',
      push: (piece) => halves.push(sorter ? sorter.push(piece).text : piece),
      end: () => halves.push(sorter?.end().text ?? '') + halves.end(),
      index: undefined,
      blank: '',
    };
    open.set(index, at);
    return at;
  }

  function addText(at: Text, piece: string): WireEvent[] {
    if (piece === '') return [];
    text += piece;
    if (at.index !== undefined) return [textDelta(at.index, piece)];
    at.blank += piece;
    if (at.blank.trim() === '') return [];
    at.index = next++;
    return [
      { type: 'content_block_start', index: at.index, content_block: { type: 'text', text: '' } },
      textDelta(at.index, at.blank),
    ];
  }

  function close(index: number, event: WireEvent): WireEvent[] {
    const at = open.get(index);
    open.delete(index);
    if (at?.kind === 'kept') return [{ ...event, index: at.index }];
    if (at?.kind === 'call') return closeCall(at);
    if (at?.kind === 'search') {
      const { id, input } = at.block as { id?: unknown; input?: unknown };
      searches.call(id, inputOf(input, at.json)?.['query']);
      return [];
    }
    if (at?.kind !== 'text') return [];
    const rest = addText(at, at.end());
    return at.index === undefined ? rest : [...rest, { ...event, index: at.index }];
  }

  function closeCall({ block, json }: { block: ToolUseBlock; json: string }): WireEvent[] {
    const name = nameForClient(block.name, cleaning.tools);
    const input = inputOf(block.input, json);
    if (input === undefined) {
      lost.push(name);
      return [];
    }
    const repeated = JSON.stringify([block.id, name, input]);
    if (said.has(repeated)) return [];
    said.add(repeated);
    const id = cleaning.mint('toolu_');
    cleaning.memory.remember(id, { hostId: block.id, model: cleaning.model, thinking });
    thinking = [];
    calls.push(id);
    const index = next++;
    const partial_json = mendHalves(JSON.stringify(input));
    return [
      { type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } },
      { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } },
      { type: 'content_block_stop', index },
    ];
  }

  function note(words: string): WireEvent[] {
    const index = next++;
    return [
      { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
      textDelta(index, words),
      { type: 'content_block_stop', index },
    ];
  }

  function wholeBlocks(blocks: readonly ServerBlock[]): WireEvent[] {
    return blocks.flatMap((block) => serverBlockEvents(block, next++) as WireEvent[]);
  }

  function end(isCut: boolean): WireEvent[] {
    const events = [...open.keys()].flatMap((index) => close(index, { type: 'content_block_stop', index }));
    const sources = searches.sources(cleaning.model);
    if (sources !== '') events.push(...note(sources));
    // An answer without a search looks like a result, and is none.
    if (cleaning.aside !== undefined && !hasSearched) {
      events.push(...wholeBlocks(searchBlocks(cleaning.aside, 'unavailable', cleaning.mint)));
      events.push(...note(`(${cleaning.model} did not search the web: its answer is from memory.)`));
    }
    if (calls.length === 0 && holdsWrittenCall(text))
      cleaning.warn('tool_call', `${cleaning.model} wrote a tool call as text, and it was not run`);
    if (lost.length === 0) return events;
    if (calls.length > 0)
      return [
        ...events,
        ...note(`(One more call, of ${lost.join(', ')}, was lost: its arguments were not valid JSON.)`),
      ];
    return isCut && text.trim() === ''
      ? [...events, ...note('(The output limit was reached in the middle of a tool call.)')]
      : events;
  }

  return { take, end, calls, lost };
}

function textDelta(index: number, text: string): WireEvent {
  return { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
}

/**
 * A call's arguments: from the deltas, as the wire has it, or from its first event, where some gateways put them whole
 * (as an object, or as its JSON) and send no deltas, or only `{}`. Claude Code reads deltas alone.
 */
function inputOf(given: unknown, json: string): Record<string, unknown> | undefined {
  const streamed = toToolInput(json);
  if (streamed === undefined || Object.keys(streamed).length > 0) return streamed;
  if (typeof given === 'string') return toToolInput(given);
  return isRecord(given) ? given : streamed;
}
