import type { TranslationWarning } from '../events.ts';
import type { MessagesRequest, TextBlock, Tool } from './anthropic.ts';
import { withoutCacheMarks } from './cache-marks.ts';
import { WISH_WORDS, type Refused, type Wish } from './refused.ts';
import { fitTools } from './tool-cap.ts';
import { plainSchema } from './tool-schema.ts';
import type { Quirks } from './quirks.ts';

/**
 * A request without the parts that its host refuses, with a warning for each.
 * @param model for the warnings.
 */
export function withoutRefused(
  request: MessagesRequest,
  { wishes, maxTools }: Refused,
  model: string,
): { request: MessagesRequest; warnings: TranslationWarning[] } {
  const warnings: TranslationWarning[] = [];
  let kept = request;
  for (const wish of wishes) {
    const without = WITHOUT[wish](kept);
    if (without === kept) continue;
    kept = without;
    // The model loses no text by them, so the warning comes once.
    if (wish === 'cache_control') continue;
    warnings.push({ what: wish, detail: `${model} refuses ${WISH_WORDS[wish]}: ${INSTEAD[wish] ?? 'left out'}` });
  }
  if (maxTools === undefined) return { request: kept, warnings };
  const fitted = fitTools(kept, maxTools, model);
  return { request: fitted.request, warnings: [...warnings, ...fitted.warnings] };
}

const INSTEAD: Partial<Record<Wish, string>> = {
  output_format: 'it was asked for in words',
  schemas: 'they were simplified',
};

/** Each returns the same object if there is nothing to remove. */
const WITHOUT: Record<Wish, (request: MessagesRequest) => MessagesRequest> = {
  // The signatures are removed where they are kept (`providers/`): the request itself holds none.
  signatures: (request) => request,
  cache_control: (request) =>
    JSON.stringify(request).includes('"cache_control"') ? withoutCacheMarks(request) : request,
  output_format: formatInWords,
  parallel_tool_calls(request) {
    if (request.tool_choice?.type === 'none' || request.tool_choice?.disable_parallel_tool_use === undefined)
      return request;
    const { disable_parallel_tool_use: _single, ...choice } = request.tool_choice;
    return { ...request, tool_choice: choice };
  },
  thinking_here: withoutThinking,
  effort: withoutThinking,
  sampling(request) {
    const { temperature, top_p, top_k, ...kept } = request;
    return [temperature, top_p, top_k].every((value) => value === undefined) ? request : kept;
  },
  stop_sequences(request) {
    const { stop_sequences: stops, ...kept } = request;
    return stops === undefined ? request : kept;
  },
  tool_choice(request) {
    const { tool_choice: choice, ...kept } = request;
    return choice === undefined ? request : kept;
  },
  // These belong to the host's quirks (`quirks.ts`): the request itself holds neither.
  stream_options: (request) => request,
  max_tokens_field: (request) => request,
  schemas(request) {
    if (!request.tools) return request;
    const tools = request.tools.map((tool): Tool =>
      tool.input_schema ? { ...tool, input_schema: plainSchema(tool.input_schema) } : tool,
    );
    return { ...request, tools };
  },
};

function withoutThinking(request: MessagesRequest): MessagesRequest {
  if (request.thinking === undefined && request.output_config?.effort === undefined) return request;
  const { thinking: _thinking, output_config: config, ...kept } = request;
  return withConfig(kept, { ...config, effort: undefined });
}

/** The answer's schema goes to the end of the system prompt, so that the client still gets JSON. */
function formatInWords(request: MessagesRequest): MessagesRequest {
  const format = request.output_config?.format;
  if (format === undefined) return request;
  const words = `Answer with nothing but JSON that fits this schema, without a code fence: ${JSON.stringify(format.schema ?? {})}`;
  const system: TextBlock[] =
    typeof request.system === 'string' ? [{ type: 'text', text: request.system }] : (request.system ?? []);
  const { output_config: config, ...kept } = request;
  return withConfig({ ...kept, system: [...system, { type: 'text', text: words }] }, { ...config, format: undefined });
}

type Config = NonNullable<MessagesRequest['output_config']>;

function withConfig(
  request: Omit<MessagesRequest, 'output_config'>,
  config: { [Field in keyof Config]?: Config[Field] | undefined },
): MessagesRequest {
  const output_config = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)) as Config;
  const kept = request as MessagesRequest;
  return Object.keys(output_config).length > 0 ? { ...kept, output_config } : kept;
}

/** A host's quirks, changed by what it refused of the chat wire's fields. */
export function learntQuirks(quirks: Quirks, wishes: ReadonlySet<Wish>): Quirks {
  const other = quirks.maxTokensField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  return {
    ...quirks,
    ...(wishes.has('stream_options') && { streamUsage: 'omit' }),
    ...(wishes.has('max_tokens_field') && { maxTokensField: other }),
  };
}
