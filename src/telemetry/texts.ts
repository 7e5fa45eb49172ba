import type { ContentBlock, Message } from '../codec/anthropic.ts';

/**
 * What was said, in the form that OpenTelemetry's conventions give to messages (gen-ai-input-messages.json,
 * gen-ai-output-messages.json): pictures and documents by their kind alone, long texts cut.
 */

type Part = { type: string; [field: string]: unknown };

/** A collector takes some megabytes at a time, and each span waits among others. */
const LONGEST = 16_000;

/** `gen_ai.input.messages`, as a string of JSON. */
export function inputMessages(messages: readonly Message[]): string {
  return JSON.stringify(messages.map(({ role, content }) => ({ role, parts: partsOf(content) })));
}

/** `gen_ai.output.messages`, as a string of JSON. */
export function outputMessages({ role, content }: Message, stopReason: string | undefined): string {
  return JSON.stringify([{ role, parts: partsOf(content), finish_reason: stopReason ?? 'unknown' }]);
}

function partsOf(content: Message['content']): Part[] {
  return typeof content === 'string' ? [text(content)] : content.filter((block) => !isHidden(block)).map(partOf);
}

/** Thinking of which the client got the signature alone. */
function isHidden({ type, ...fields }: { type: string; [field: string]: unknown }): boolean {
  return type === 'redacted_thinking' || (type === 'thinking' && !fields['thinking']);
}

function partOf(block: ContentBlock): Part {
  const { type, ...fields }: { type: string; [field: string]: unknown } = block;
  switch (type) {
    case 'text':
      return text(String(fields['text']));
    case 'thinking':
      return { type: 'reasoning', content: cut(String(fields['thinking'])) };
    case 'tool_use':
    case 'server_tool_use': {
      const whole = JSON.stringify(fields['input'] ?? null);
      const input = whole.length > LONGEST ? cut(whole) : fields['input'];
      return { type: 'tool_call', id: fields['id'], name: fields['name'], arguments: input };
    }
    case 'tool_result':
      return { type: 'tool_call_response', id: fields['tool_use_id'], response: resultOf(fields['content']) };
    default:
      return { type };
  }
}

function resultOf(content: unknown): string | Part[] {
  if (Array.isArray(content)) return partsOf(content as ContentBlock[]);
  return cut(typeof content === 'string' ? content : '');
}

function text(content: string): Part {
  return { type: 'text', content: cut(content) };
}

function cut(whole: string): string {
  return whole.length <= LONGEST ? whole : `${whole.slice(0, LONGEST)}… (${whole.length} characters)`;
}
