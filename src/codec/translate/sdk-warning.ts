import type { SharedV4Warning } from '@ai-sdk/provider';
import type { TranslationWarning } from '../../events.ts';

/**
 * An AI SDK warning about something left out or changed, in words for the user; `undefined` for advice to programmers.
 * @param model who answers, as its provider names it.
 */
export function readSdkWarning(warning: SharedV4Warning, model: string): TranslationWarning | undefined {
  if (warning.type === 'deprecated') return undefined;
  if (warning.type !== 'other') {
    const { feature, details } = warning;
    return { what: feature, detail: details ?? `${feature} is not supported by ${model}` };
  }
  // @ai-sdk/google 4.0.121, for calls that Gemini did not make itself: "Replayed 2 `functionCall` part(s) …".
  if (/without a `?thoughtSignature/.test(warning.message)) {
    return {
      what: 'signature',
      detail: 'tool calls of other models went to Gemini without its signature',
    };
  }
  // What follows a brace is data of the conversation.
  return { what: 'other', detail: warning.message.replace(/:?\s*\{.*$/s, '').slice(0, 300) };
}
