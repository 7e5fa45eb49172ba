import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { MessageUsage } from './anthropic.ts';

/** Used where the host reports nothing. */
export type UsageEstimate = { inputTokens: number; outputTokens: number };

/** A host's counts in Anthropic's terms, where `input_tokens` excludes what was read from or written to a cache. */
export function toMessageUsage(usage: LanguageModelV4Usage | undefined, estimate: UsageEstimate): MessageUsage {
  const input = usage?.inputTokens;
  const cacheRead = input?.cacheRead ?? 0;
  const cacheWrite = input?.cacheWrite ?? 0;
  const fresh = input?.total === undefined ? input?.noCache : input.total - cacheRead - cacheWrite;
  return {
    // A host that sends no usage is decoded as zeros: no answer has cost nothing.
    input_tokens:
      fresh === undefined || (input?.total === 0 && cacheRead === 0) ? estimate.inputTokens : Math.max(0, fresh),
    output_tokens: outputTokens(usage) || estimate.outputTokens,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
  };
}

/** Everything that was generated. xAI counts its reasoning beside `completion_tokens`, and only the total tells. */
function outputTokens(usage: LanguageModelV4Usage | undefined): number {
  const output = usage?.outputTokens.total ?? 0;
  const raw = usage?.raw;
  const total = raw?.['total_tokens'];
  const prompt = raw?.['prompt_tokens'];
  if (typeof total === 'number' && typeof prompt === 'number') return Math.max(output, total - prompt);
  return output;
}
