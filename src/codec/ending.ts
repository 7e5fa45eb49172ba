import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { StopReason } from './anthropic.ts';

/** How an answer ended, by the host's finish reason. */
export type Ending = { raw: string } & (
  | {
      /** Whole, or cut at its cap. `reason` is for the client. */
      type: 'finished';
      reason: StopReason;
    }
  /** A filter, or the host's rules, stopped it. */
  | { type: 'blocked' }
  /** It ended in the middle. `unknown`: no known documentation names this word. */
  | { type: 'broken'; unknown: boolean }
);

type Kind = 'end' | 'length' | 'blocked' | 'broken';

/**
 * The meaning of finish reasons, in lower case, on every wire: gateways pass the words of one wire on in another.
 * Sources: Gemini's `FinishReason` and `BlockedReason` (@google/genai 2.32.0), OpenAI's API description, Anthropic's
 * `StopReason`, the API documentation of DeepSeek, Mistral, OpenRouter and z.ai, vLLM, SGLang, TGI and Ollama.
 */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...kind('end', 'stop', 'end_turn', 'stop_sequence', 'pause_turn', 'tool_use', 'tool_calls', 'tool-calls'),
  ...kind('end', 'function_call', 'eos', 'eos_token', 'end_of_text', 'complete', 'completed', 'finished', 'done'),
  ...kind('length', 'length', 'max_tokens', 'max_output_tokens', 'max_completion_tokens', 'model_length', 'max_length'),
  ...kind('length', 'model_context_window_exceeded', 'context_length_exceeded', 'continuation'),
  ...kind('blocked', 'content_filter', 'content-filter', 'content_filtered', 'refusal', 'sensitive', 'moderation'),
  ...kind('blocked', 'safety', 'recitation', 'blocklist', 'prohibited_content', 'spii', 'language', 'model_armor'),
  ...kind(
    'blocked',
    'blocked',
    'jailbreak',
    'image_safety',
    'image_recitation',
    'image_prohibited_content',
    'guardrails',
    'guardrail_intervened',
  ),
  ...kind('broken', 'other', 'error', 'abort', 'aborted', 'cancelled', 'canceled', 'failed', 'incomplete', 'timeout'),
  ...kind('broken', 'interrupted', 'network_error', 'insufficient_system_resource', 'malformed_function_call'),
  ...kind('broken', 'unexpected_tool_call', 'too_many_tool_calls', 'missing_thought_signature', 'malformed_response'),
  ...kind('broken', 'finish_reason_unspecified', 'no_image', 'image_other', 'repetition', 'load', 'unload'),
]);

function kind(name: Kind, ...words: string[]): [string, Kind][] {
  return words.map((word) => [word, name]);
}

/**
 * Reads a host's finish reason. Broken off is not finished: after `end_turn` the client takes half a sentence for the
 * whole, while after an error it asks again. So an undocumented word counts as broken off. A call in the answer
 * outranks the host's word for a normal end: Gemini says STOP and several chat hosts `stop` after a call.
 */
export function readEnding(raw: string, hasCalls: boolean): Ending {
  const end: StopReason = hasCalls ? 'tool_use' : 'end_turn';
  switch (KINDS.get(raw.toLowerCase())) {
    case 'end':
      return { type: 'finished', raw, reason: isAnthropicEnd(raw) && !hasCalls ? raw : end };
    case 'length':
      return { type: 'finished', raw, reason: 'max_tokens' };
    case 'blocked':
      return { type: 'blocked', raw };
    case 'broken':
      return { type: 'broken', raw, unknown: false };
    case undefined:
      return { type: 'broken', raw, unknown: true };
  }
}

/** The host's own word decides; if it is unknown, the AI SDK's reading of it. */
export function endingOf(finish: LanguageModelV4FinishReason | undefined, hasCalls: boolean): Ending {
  const { raw, unified = 'interrupted' } = finish ?? {};
  const named = raw ? readEnding(raw, hasCalls) : undefined;
  if (named && !(named.type === 'broken' && named.unknown)) return named;
  switch (unified) {
    case 'stop':
    case 'tool-calls':
    case 'length':
      return readEnding(unified, hasCalls);
    case 'content-filter':
      // Without a host's word it is a refusal in the model's own words: an answer with a text.
      return raw ? { type: 'blocked', raw } : readEnding('stop', hasCalls);
    default:
      return named ?? { type: 'broken', raw: 'no end', unknown: false };
  }
}

/** Stop reasons of Anthropic's wire that its client reads. */
function isAnthropicEnd(raw: string): raw is StopReason {
  return raw === 'stop_sequence' || raw === 'pause_turn';
}

/** Reasons for a stop, for words that do not explain themselves. */
const WHY: ReadonlyMap<string, string> = new Map([
  ['recitation', 'too close to a known text'],
  ['spii', 'personal data'],
  ['blocklist', 'a blocked word'],
  ['language', 'an unsupported language'],
]);

/** The last line of an answer that was stopped in the middle: the client would attribute a `refusal` to Claude. */
export function stoppedLine(label: string, raw: string): string {
  const why = WHY.get(raw.toLowerCase());
  return `(${label} stopped this answer here: ${raw}${why === undefined ? '' : `, ${why}`}.)`;
}
