import type { MessagesRequest } from './anthropic.ts';
import { fields, isBoolean, isNumber, isString, list, optional, type Check } from '../ground/check.ts';
import { isRecord } from '../ground/check.ts';

/** The fields that each `type` needs; unknown types are not checked. */
const byType = (kinds: Record<string, Check>): Check => {
  return (value) => isRecord(value) && isString(value['type']) && (kinds[value['type'] as string] ?? isRecord)(value);
};

const isContent: Check = (value) => isString(value) || isBlocks(value);

const isSource = byType({
  base64: fields({ media_type: isString, data: isString }),
  url: fields({ url: isString }),
  text: fields({ data: isString }),
  content: fields({ content: isContent }),
  file: fields({ file_id: isString }),
});

const isBlock = byType({
  text: fields({ text: isString }),
  image: fields({ source: isSource }),
  document: fields({ source: isSource, title: optional(isString), context: optional(isString) }),
  tool_use: fields({ id: isString, name: isString }),
  tool_result: fields({ tool_use_id: isString, content: optional(isContent) }),
  thinking: fields({ thinking: isString, signature: optional(isString) }),
  redacted_thinking: fields({ data: isString }),
  tool_reference: fields({ tool_name: isString }),
});

function isBlocks(value: unknown): boolean {
  return list(isBlock)(value);
}

const isTool = fields({
  name: isString,
  type: optional(isString),
  description: optional(isString),
  input_schema: optional(isRecord),
});

const isRequest = fields({
  model: isString,
  messages: list(fields({ role: isString, content: isContent })),
  system: optional((value) => isString(value) || list(fields({ text: isString }))(value)),
  tools: optional(list(isTool)),
  tool_choice: optional(fields({ type: isString, name: optional(isString) })),
  max_tokens: optional(isNumber),
  temperature: optional(isNumber),
  top_p: optional(isNumber),
  top_k: optional(isNumber),
  stop_sequences: optional(list(isString)),
  thinking: optional(fields({ type: isString, budget_tokens: optional(isNumber) })),
  output_config: optional(
    fields({ effort: optional(isString), format: optional(fields({ type: isString, schema: optional(isRecord) })) }),
  ),
  stream: optional(isBoolean),
  metadata: optional(isRecord),
});

/**
 * True if every field that ccmux reads has the wire's type, so that later code need not check. Claude itself refuses
 * any other request in its own words.
 */
export function isMessagesRequest(value: unknown): value is MessagesRequest {
  return isRequest(value);
}
