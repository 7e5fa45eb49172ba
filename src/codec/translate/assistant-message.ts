import type {
  JSONValue,
  LanguageModelV4Message,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import type { ContentBlock, ToolUseBlock } from '../anthropic.ts';
import { toContentParts } from '../content.ts';
import { isRecord } from '../../ground/check.ts';
import { REASONING_DETAILS, type Remembered, type Thought } from '../carry.ts';
import type { Target, Warn } from '../target.ts';
import type { ToolIds } from '../tool-ids.ts';
import type { ToolNames } from '../tool-names.ts';
import type { Call } from '../turns.ts';

/** One assistant message of the transcript: its blocks, and the calls among them. */
type Said = { blocks: ContentBlock[]; calls: Call[] };
type Part = LanguageModelV4TextPart | LanguageModelV4ReasoningPart | LanguageModelV4ToolCallPart;

/**
 * An assistant's turn as one message: its texts, its calls, and the target's own reasoning before them. Never empty: a
 * turn of thinking blocks alone keeps its place.
 */
export function assistantMessage(
  messages: Said[],
  target: Target,
  names: ToolNames,
  ids: ToolIds,
  warn: Warn,
): LanguageModelV4Message {
  const content: Part[] = [];
  const thoughts: Thought[] = [];
  for (const said of messages) {
    const remembered = new Map<Call, Remembered>();
    for (const call of said.calls) {
      const value = target.memory.recall(call.block.id, target);
      if (value === undefined) continue;
      remembered.set(call, value);
      thoughts.push(...value.thoughts);
    }
    const calls = said.calls.values();
    for (const block of said.blocks) {
      if (block.type !== 'tool_use') {
        content.push(...textParts(block, target, warn));
        continue;
      }
      const call = calls.next().value!;
      // With `store: false` OpenAI wants each reasoning item directly before the item that it led to, and says of
      // others "… was provided without its required following item" (platform.openai.com, reasoning guide).
      if (target.dialect === 'responses') content.push(...(remembered.get(call)?.thoughts ?? []).map(reasoningPart));
      content.push(callPart(call, target, names, ids, remembered));
    }
  }
  if (content.length === 0) content.push({ type: 'text', text: '(no answer)' });
  const back = reasoningBack(thoughts, content, target);
  return { role: 'assistant', content, ...(back && { providerOptions: back }) };
}

function textParts(block: ContentBlock, target: Target, warn: Warn): LanguageModelV4TextPart[] {
  // An assistant message holds text only; a description replaces the rare other blocks.
  return toContentParts([block], target, warn).filter((part) => part.type === 'text');
}

function callPart(call: Call, target: Target, names: ToolNames, ids: ToolIds, remembered: Map<Call, Remembered>): Part {
  const { block } = call;
  if (!target.capabilities.tools) return { type: 'text', text: `[called ${block.name} with ${inputText(block)}]` };
  const data = remembered.get(call)?.call;
  return {
    type: 'tool-call',
    toolCallId: ids(block.id, call.occurrence),
    toolName: names.toProvider(block.name),
    input: isRecord(block.input) ? block.input : {},
    ...(data && { providerOptions: data as SharedV4ProviderOptions }),
  };
}

function reasoningPart(thought: Thought): LanguageModelV4ReasoningPart {
  return {
    type: 'reasoning',
    text: thought.text,
    ...(thought.data && { providerOptions: thought.data as SharedV4ProviderOptions }),
  };
}

/**
 * Reasoning text that a chat host wants back, as a raw field of the message. DeepSeek: 400 "The `reasoning_content` in
 * the thinking mode must be passed back to the API."; Kimi: 400 "thinking is enabled but reasoning_content is missing
 * in assistant tool call message". Both mean messages with calls. Where the text is not known (Claude made the call)
 * a single space passes their check; an empty string does not pass DeepSeek's.
 */
function reasoningBack(thoughts: Thought[], content: Part[], target: Target): SharedV4ProviderOptions | undefined {
  const field = target.quirks.reasoningBack;
  if (target.dialect !== 'chat' || field === 'none') return undefined;
  if (!content.some((part) => part.type === 'tool-call')) return undefined;
  if (field === 'reasoning_details') {
    const details = thoughts.flatMap(
      (thought) => thought.data?.[REASONING_DETAILS.name]?.[REASONING_DETAILS.field] ?? [],
    );
    return details.length > 0 ? { openaiCompatible: { [field]: details as JSONValue[] } } : undefined;
  }
  const text = thoughts.map((thought) => thought.text).join('\n');
  if (text === '' && field === 'reasoning') return undefined;
  return { openaiCompatible: { [field]: text || ' ' } };
}

function inputText(block: ToolUseBlock): string {
  return JSON.stringify(block.input ?? {});
}
