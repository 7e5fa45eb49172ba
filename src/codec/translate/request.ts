import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { TranslationWarning } from '../../events.ts';
import type { MessagesRequest, TextBlock } from '../anthropic.ts';
import { assistantMessage } from './assistant-message.ts';
import { toContentParts, type ContentPart } from '../content.ts';
import { toOutputCap, type OutputCap } from '../output-cap.ts';
import { toHostSearch } from './host-search.ts';
import { toSettings } from './settings.ts';
import { createWarnings, type Target, type Warn } from '../target.ts';
import { createToolIds, type ToolIds } from '../tool-ids.ts';
import { createToolNames, type ToolNames } from '../tool-names.ts';
import { toToolResult } from './tool-result.ts';
import { toTools } from '../tools.ts';
import { asText, toTurns, type Turn } from '../turns.ts';

/** A request in the AI SDK's words. */
export type Prompt = {
  /** For `doStream`; the caller adds the abort signal. */
  options: LanguageModelV4CallOptions;
  /**
   * What was dropped or changed. Thinking blocks, cache marks, metadata and the billing header are dropped without a
   * warning, by design.
   */
  warnings: TranslationWarning[];
  /** Turns the names that the model calls back into the client's. */
  names: ToolNames;
  /** Set if the answer's cap is below the client's. */
  cap: OutputCap | undefined;
  /** The host may use its own web search for the answer. */
  searches: boolean;
};

/**
 * Translates the client's request for one target. Pure; reads the target's earlier reasoning from its memory.
 * @param mustSearch the answer is to be a web search, also where the client leaves the choice to the model.
 */
export function toPrompt(asked: MessagesRequest, target: Target, mustSearch = false): Prompt {
  const warnings: TranslationWarning[] = [];
  const warn = createWarnings(warnings);
  const names = createToolNames();
  const { request, ...web } = toHostSearch(asked, target, mustSearch, warn);
  // Tools come first, so that their names are kept where possible.
  const { tools = [], ...choice } = toTools(request, target, names, warn);
  const all = [...tools, ...web.tools];
  const toolChoice = web.toolChoice ?? choice.toolChoice;
  const ids = createToolIds(target.quirks.toolIds);
  const turns = toTurns(request.messages, warn);
  const prompt: LanguageModelV4Prompt = systemMessages(request.system);
  turns.forEach((turn, at) => {
    if (turn.role === 'user') prompt.push(...userMessage(turn, turns[at - 1], target, names, warn));
    else prompt.push(...assistantMessages(turn, target, names, ids, warn));
  });
  if (refusesUserAfterTool(target)) answerTools(prompt);
  const cap = toOutputCap(request, target);
  const settings = toSettings(request, target, warn, web.options);
  const options = {
    prompt,
    ...(all.length > 0 && { tools: all }),
    ...(toolChoice && { toolChoice }),
    ...settings,
    maxOutputTokens: cap.tokens,
  };
  return { options, warnings, names, cap: cap.lowered, searches: web.tools.length > 0 || 'plugins' in web.options };
}

/**
 * Mistral's chat template knows no user's message straight after a tool's result: 400, code 3230, "Unexpected role
 * 'user' after role 'tool'". Hosts that serve its models use the same template, so there the model's name tells.
 */
function refusesUserAfterTool({ dialect, quirks, model }: Target): boolean {
  return (
    quirks.assistantAfterTool ||
    (dialect === 'chat' &&
      /(?:^|[/_.-])(?:mistral|mixtral|ministral|magistral|codestral|devstral|pixtral)/i.test(model))
  );
}

/**
 * A file that was read, an interruption or a queued message can produce such a place. The line is always the same, so
 * that the host's cache stays valid.
 */
function answerTools(prompt: LanguageModelV4Prompt): void {
  for (let at = prompt.length - 1; at > 0; at--)
    if (prompt[at]!.role === 'user' && prompt[at - 1]!.role === 'tool')
      prompt.splice(at, 0, { role: 'assistant', content: [{ type: 'text', text: 'I have the result.' }] });
}

/** Claude Code's first system block tells Anthropic who pays, and means nothing to other hosts. */
const BILLING_HEADER = 'x-anthropic-billing-header';

function systemMessages(system: MessagesRequest['system']): LanguageModelV4Message[] {
  const blocks: TextBlock[] = typeof system === 'string' ? [{ type: 'text', text: system }] : (system ?? []);
  const texts = blocks
    .map((block) => block.text ?? '')
    .filter((text) => text.trim() !== '' && !text.startsWith(BILLING_HEADER));
  return texts.length > 0 ? [{ role: 'system', content: texts.join('\n\n') }] : [];
}

function userMessage(
  turn: Turn & { role: 'user' },
  before: Turn | undefined,
  target: Target,
  names: ToolNames,
  warn: Warn,
): LanguageModelV4Message[] {
  const content = [...hoistedParts(before, target, names, warn), ...toContentParts(turn.blocks, target, warn)];
  if (content.length > 0) return [{ role: 'user', content }];
  const answersCalls = before?.role === 'assistant' && before.answers.some((answer) => answer.calls.length > 0);
  // Tool results are a message of their own; otherwise the turn must not be empty.
  return answersCalls && target.capabilities.tools
    ? []
    : [{ role: 'user', content: [{ type: 'text', text: '(empty)' }] }];
}

/** Parts that the results of the previous turn could not hold. */
function hoistedParts(before: Turn | undefined, target: Target, names: ToolNames, warn: Warn): ContentPart[] {
  if (before?.role !== 'assistant') return [];
  const results = before.answers.flatMap((answer) => answer.calls);
  if (target.capabilities.tools)
    return results.flatMap(
      (call) => toToolResult(call.result, names.toProvider(call.block.name), target, warn).hoisted,
    );
  return results.flatMap((call) => (call.result ? toContentParts(asText(call.result), target, warn) : []));
}

function assistantMessages(
  turn: Turn & { role: 'assistant' },
  target: Target,
  names: ToolNames,
  ids: ToolIds,
  warn: Warn,
): LanguageModelV4Message[] {
  const message = assistantMessage(turn.answers, target, names, ids, warn);
  const results: LanguageModelV4ToolResultPart[] = [];
  if (target.capabilities.tools) {
    for (const call of turn.answers.flatMap((answer) => answer.calls)) {
      const toolName = names.toProvider(call.block.name);
      const { output } = toToolResult(call.result, toolName, target, warn);
      results.push({ type: 'tool-result', toolCallId: ids(call.block.id, call.occurrence), toolName, output });
    }
  }
  return results.length > 0 ? [message, { role: 'tool', content: results }] : [message];
}
