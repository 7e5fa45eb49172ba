import { readSdkWarning } from './sdk-warning.ts';
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import { UpstreamError, type Failure } from '../../errors.ts';
import type { MessageEvent, MessageUsage } from '../anthropic.ts';
import { createBlockWriter, type Block } from './blocks.ts';
import { endingOf } from '../ending.ts';
import { createHostSources, type HostSources } from './host-sources.ts';
import { nothingFoundText, searchBlocks, sourcesText } from '../search-blocks.ts';
import { createThoughtSorter, holdsWrittenCall, type Sorted } from '../leading-thoughts.ts';
import { REASONING_DETAILS, type Memory, type ProviderData, type Thought } from '../carry.ts';
import { cappedWarning, type OutputCap } from '../output-cap.ts';
import { uncheckedCalls } from '../safeguards.ts';
import { answerFailure, failureOf } from '../stream-failure.ts';
import type { Mint } from '../tool-ids.ts';
import { toToolInput } from '../tool-input.ts';
import type { ToolNames } from '../tool-names.ts';
import { isInputReported, toMessageUsage } from '../usage.ts';
import { judge, type Answerer } from '../verdict.ts';

/** Who answers, for whom. */
export type AnswerContext = Answerer & {
  provider: string;
  names: ToolNames;
  memory: Memory;
  mint: Mint;
  /** The lowered cap, if it had to be lowered. */
  cap?: OutputCap | undefined;
  /** The client asked for the server's check of each call, which only Claude's own API makes. */
  asksForCheck: boolean;
  /**
   * The host may have used its own web search. `once`: it searches once for each answer, and does not say so. `aside`:
   * the query, where the answer is nothing but a search that the client reads and does not keep.
   */
  web?: { once: boolean; aside: string | undefined } | undefined;
  /** For the first event, and for hosts that report no usage. */
  estimatedInput: number;
  /** The upstream's own words, if the transport saw an error that the AI SDK passes on only in part. */
  upstreamFailure?: () => Failure | undefined;
  /** Called when the answer ends: did the host itself count the input? */
  onUsage?: (reported: boolean) => void;
};

type PendingCall = {
  block: Block & { kind: 'call' };
  name: string;
  json: string;
  data: ProviderData | undefined;
  thoughts: Thought[];
};

/**
 * Collects one answer's parts. Calls are held back until their arguments are complete and valid JSON. Every method may
 * throw `UpstreamError`: then the answer is not whole.
 */
export function createAnswer(context: AnswerContext): {
  take(part: LanguageModelV4StreamPart): void;
  drain(): MessageEvent[];
  start(): MessageEvent;
  finish(): MessageEvent[];
} {
  const blocks = createBlockWriter();
  const pending = new Map<string, PendingCall>();
  /** Reasoning since the last call, which belongs to the next one. */
  let thoughts: Thought[] = [];
  let lastThoughts = thoughts;
  const openThoughts = new Map<string, Thought>();
  const sorter = createThoughtSorter();
  let written: Thought | undefined;
  /** Complete calls, by the host's id. */
  const complete = new Map<string, string[]>();
  const calls: string[] = [];
  let lost: string | undefined;
  const sources = context.web && createHostSources(context.web.once);
  const aside = context.web?.aside;
  let outputLength = 0;
  let text = '';
  let usage: LanguageModelV4Usage | undefined;
  let finish: LanguageModelV4FinishReason | undefined;

  function open(id: string, name: string): PendingCall {
    say(sorter.endPart());
    const call = { block: blocks.startCall(), name, json: '', data: undefined, thoughts };
    lastThoughts = thoughts;
    thoughts = [];
    pending.set(id, call);
    return call;
  }

  function close(id: string, call: PendingCall): void {
    pending.delete(id);
    const input = toToolInput(call.json);
    if (input === undefined) {
      blocks.dropCall(call.block);
      lost = context.names.toClient(call.name);
      return;
    }
    // A call repeated at the end of the stream under the same id runs once. A different call under that id is another
    // call.
    const said = JSON.stringify([call.name, input]);
    const others = complete.get(id) ?? [];
    if (others.includes(said)) return blocks.dropCall(call.block);
    complete.set(id, [...others, said]);
    call.block.id = context.mint('toolu_');
    calls.push(call.block.id);
    call.block.name = context.names.toClient(call.name);
    call.block.input = input;
    context.memory.remember(call.block.id, {
      provider: context.provider,
      model: context.model,
      ...(call.data && { call: call.data }),
      thoughts: call.thoughts,
    });
  }

  function take(part: LanguageModelV4StreamPart): void {
    sources?.take(part);
    switch (part.type) {
      case 'stream-start':
        for (const warning of part.warnings) {
          const read = readSdkWarning(warning, context.model);
          if (read) context.warn(read.what, read.detail);
        }
        return;
      case 'text-start':
      case 'text-end':
        say(sorter.endPart());
        return blocks.endText();
      case 'text-delta':
        // Gemini carries a signature on an empty text, which only calls need back.
        if (part.delta === '') return;
        outputLength += part.delta.length;
        return say(context.wire === 'openai' ? sorter.push(part.delta) : { text: part.delta, thought: '' });
      case 'reasoning-start':
        openThoughts.set(part.id, think(part.providerMetadata));
        return;
      case 'reasoning-delta': {
        const thought = openThoughts.get(part.id) ?? think(undefined);
        openThoughts.set(part.id, thought);
        thought.text += part.delta;
        outputLength += part.delta.length;
        if (part.providerMetadata) thought.data = merge(thought.data, part.providerMetadata);
        return;
      }
      case 'reasoning-end': {
        const thought = openThoughts.get(part.id);
        if (thought && part.providerMetadata) thought.data = merge(thought.data, part.providerMetadata);
        return;
      }
      case 'tool-input-start': {
        if (part.providerExecuted) return;
        const call = open(part.id, part.toolName);
        if (part.providerMetadata) call.data = merge(call.data, part.providerMetadata);
        return;
      }
      case 'tool-input-delta': {
        const call = pending.get(part.id);
        if (call) call.json += part.delta;
        outputLength += part.delta.length;
        return;
      }
      case 'tool-call': {
        if (part.providerExecuted) return;
        const call = pending.get(part.toolCallId) ?? open(part.toolCallId, part.toolName);
        call.json = part.input;
        if (part.providerMetadata) call.data = merge(call.data, part.providerMetadata);
        return close(part.toolCallId, call);
      }
      case 'finish':
        usage = part.usage;
        // Data that comes only at the end (OpenRouter's reasoning details) still belongs to the earlier calls.
        if (part.providerMetadata?.[REASONING_DETAILS.name]?.[REASONING_DETAILS.field] !== undefined)
          lastThoughts.push(thoughtOf(part.providerMetadata));
        finish ??= part.finishReason;
        return;
      case 'error':
        // Also for an unreadable chunk: the SDK would go on without it.
        throw new UpstreamError(context.upstreamFailure?.() ?? failureOf(part.error, context.wire));
      case 'file':
      case 'source':
        if (part.type === 'source' && sources) return;
        return context.warn(part.type, `the answer held a ${part.type}, which Claude Code cannot show`);
      default:
        return;
    }
  }

  function say(sorted: Sorted): void {
    if (sorted.thought !== '') (written ??= think(undefined)).text += sorted.thought;
    text += sorted.text;
    // The result of a search stands before the words about it, and is known last.
    if (aside === undefined) blocks.text(sorted.text);
  }

  /** What the search has found: for a client that reads it at once, or as a list of sources that Claude can read, too. */
  function tellSources({ found, queries, searches }: HostSources): void {
    if (aside === undefined) {
      blocks.endText();
      blocks.text(sourcesText(found(), queries(), context.label));
      return;
    }
    const isFound = found().length > 0;
    searchBlocks(aside, isFound ? found() : 'unavailable', context.mint).forEach(blocks.server);
    if (!isFound) blocks.text(nothingFoundText(searches() > 0, context.label));
    blocks.endText();
    blocks.text(text);
  }

  function think(data: ProviderData | undefined): Thought {
    const thought = thoughtOf(data);
    thoughts.push(thought);
    return thought;
  }

  /** @throws UpstreamError if the answer is not whole. */
  function end(): MessageEvent[] {
    say(sorter.end());
    const ending = endingOf(finish, calls.length > 0);
    const isFull = ending.type === 'finished' && ending.reason === 'max_tokens';
    if (lost !== undefined && ending.type === 'finished' && !isFull && calls.length === 0)
      throw new UpstreamError(
        answerFailure(
          context.wire,
          'broken',
          'malformed_tool_call',
          `the arguments of the call of ${lost} are not valid JSON`,
        ),
      );
    if (lost !== undefined && calls.length > 0)
      blocks.text(`(One more call, of ${lost}, was lost: its arguments were not valid JSON.)`);
    if (sources) tellSources(sources);
    // Pages without a word about them are a result all the same.
    const isResult = aside !== undefined && ending.type === 'finished' && sources?.found().length !== 0;
    let hasText = text.trim() !== '' || isResult;
    if (isFull && calls.length === 0 && !hasText && (pending.size > 0 || lost !== undefined)) {
      blocks.text('(The output limit was reached in the middle of a tool call.)');
      hasText = true;
    }
    const hasThoughts = thoughts.some(({ text }) => text !== '');
    const { reason, line } = judge({ ending, hasText, hasCalls: calls.length > 0, hasThoughts }, context);
    if (line !== undefined) {
      blocks.endText();
      blocks.text(line);
    }
    if (calls.length === 0 && holdsWrittenCall(text))
      context.warn('tool_call', `${context.model} wrote a tool call as text, and it was not run`);
    if (reason === 'max_tokens' && context.cap) {
      const { what, detail } = cappedWarning(context.cap, context.model);
      context.warn(what, detail);
    }
    const counts = counted();
    context.onUsage?.(isInputReported(usage));
    return [
      ...blocks.finish(),
      {
        type: 'message_delta',
        delta: { stop_reason: reason, stop_sequence: null, ...uncheckedCalls(context.asksForCheck, calls) },
        usage: counts,
      },
      { type: 'message_stop' },
    ];
  }

  function counted(): MessageUsage {
    const outputTokens = Math.ceil(outputLength / 4);
    const counts = toMessageUsage(usage, { inputTokens: context.estimatedInput, outputTokens });
    const web = { web_search_requests: sources?.searches() ?? 0, web_fetch_requests: sources?.fetches() ?? 0 };
    return Object.values(web).some((count) => count > 0) ? { ...counts, server_tool_use: web } : counts;
  }

  return {
    take,
    drain: () => blocks.drain(),
    start: () => ({
      type: 'message_start',
      message: {
        id: context.mint('msg_'),
        type: 'message',
        role: 'assistant',
        model: context.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...counted(), input_tokens: context.estimatedInput, output_tokens: 0 },
      },
    }),
    finish: end,
  };
}

function thoughtOf(data: ProviderData | undefined): Thought {
  return data ? { text: '', data: merge(undefined, data) } : { text: '' };
}

function merge(into: ProviderData | undefined, data: ProviderData): ProviderData {
  const merged: ProviderData = { ...into };
  for (const [name, fields] of Object.entries(data)) {
    // A later part repeats the item's id without the earlier part's data.
    const known = Object.entries(fields ?? {}).filter(([, value]) => value !== null && value !== undefined);
    merged[name] = { ...merged[name], ...Object.fromEntries(known) };
  }
  return merged;
}
