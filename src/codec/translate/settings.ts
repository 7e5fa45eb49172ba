import type { JSONValue, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { MessagesRequest } from '../anthropic.ts';
import { clampEffort, wantedEffort, type Effort } from './effort.ts';
import { toThinkingBudget } from './thinking-budget.ts';
import { isGemini25, isGemini3, type Target, type Warn } from '../target.ts';
import { wantsSingleCalls } from '../tools.ts';

type Settings = Omit<LanguageModelV4CallOptions, 'prompt' | 'tools' | 'toolChoice' | 'maxOutputTokens'>;

/**
 * The remaining settings of a request: sampling, effort, the answer's format.
 * @param more options for the host.
 */
export function toSettings(
  request: MessagesRequest,
  target: Target,
  warn: Warn,
  more: Record<string, JSONValue> = {},
): Settings {
  const stops = stopSequences(request, target, warn);
  const effort = toEffort(request, target, warn);
  const format = request.output_config?.format;
  // The AI SDK checks what is there, and so nothing is, where nothing needs to be said.
  const options = { ...providerOptions(request, target, effort, warn), ...more };
  return {
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.top_p !== undefined && { topP: request.top_p }),
    ...(request.top_k !== undefined && { topK: request.top_k }),
    ...(stops.length > 0 && { stopSequences: stops }),
    ...(format?.type === 'json_schema' && {
      responseFormat: { type: 'json', ...(format.schema && { schema: format.schema }) },
    }),
    ...(effort !== undefined && saysEffort(target) && { reasoning: effort }),
    ...(Object.keys(options).length > 0 && { providerOptions: { [target.optionsName]: options } }),
  };
}

/** Other hosts have an option of their own: a switch, or Gemini 2.5's budget in tokens. */
function saysEffort({ quirks, dialect, model }: Target): boolean {
  return quirks.effort !== 'thinking_type' && !(dialect === 'gemini' && isGemini25(model));
}

function budgetOptions(thinkingBudget: number | undefined): Record<string, JSONValue> {
  return thinkingBudget === undefined
    ? {}
    : { thinkingConfig: { thinkingBudget, ...(thinkingBudget > 0 && { includeThoughts: true }) } };
}

function stopSequences(request: MessagesRequest, target: Target, warn: Warn): string[] {
  const stops = (request.stop_sequences ?? []).filter((stop) => stop.trim() !== '');
  // Gemini takes 5, OpenAI's chat wire 4.
  const most = target.dialect === 'gemini' ? 5 : target.dialect === 'chat' ? 4 : stops.length;
  if (stops.length > most) warn('stop_sequences', `${target.model} takes ${most}, the rest was left out`);
  return stops.slice(0, most);
}

function toEffort(request: MessagesRequest, target: Target, warn: Warn): Effort | undefined {
  if (target.dialect === 'chat' && target.quirks.effort === 'none') return undefined;
  const wanted = wantedEffort(request);
  if (wanted === undefined) return undefined;
  if (!saysEffort(target)) return wanted;
  const effort = clampEffort(wanted, target.quirks.effortLevels);
  if (effort !== wanted) warn('effort', `effort ${wanted} became ${effort ?? 'the model’s own'} for ${target.model}`);
  return effort;
}

function providerOptions(
  request: MessagesRequest,
  target: Target,
  effort: Effort | undefined,
  warn: Warn,
): Record<string, JSONValue> {
  const single = wantsSingleCalls(request) && target.capabilities.tools && (request.tools ?? []).length > 0;
  switch (target.dialect) {
    case 'responses':
      return {
        // OpenAI stores nothing; the reasoning comes back encrypted, and ccmux sends it again.
        store: false,
        strictJsonSchema: false,
        // The AI SDK would ask for a summary, which OpenAI refuses to organisations that are not verified.
        reasoningSummary: null,
        ...(single && { parallelToolCalls: false }),
      };
    case 'chat':
      return {
        ...(request.output_config?.format?.type === 'json_schema' && { strictJsonSchema: false }),
        ...(single && target.capabilities.parallelTools && { parallel_tool_calls: false }),
        ...(effort !== undefined &&
          target.quirks.effort === 'thinking_type' && {
            thinking: { type: effort === 'none' ? 'disabled' : 'enabled' },
          }),
      };
    case 'gemini':
      if (single) warn('tool_choice', `${target.model} cannot be held to one tool call at a time`);
      // The thinking summaries are never shown, but without them long thinking looks like a dead connection.
      return isGemini3(target.model)
        ? { thinkingConfig: { includeThoughts: true } }
        : budgetOptions(toThinkingBudget(request, target, effort));
    default:
      if (single) warn('tool_choice', `${target.model} cannot be held to one tool call at a time`);
      return {};
  }
}
