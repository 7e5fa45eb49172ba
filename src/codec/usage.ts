import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { Usage } from '../events.ts';
import type { MessageUsage } from './anthropic.ts';
import { isRecord } from '../ground/check.ts';

/** Used where the host reports nothing. */
export type UsageEstimate = { inputTokens: number; outputTokens: number };

/** No request holds a billion tokens: a larger count is a host's fault and would spoil every sum. */
const MOST_TOKENS = 1e9;

/** A token count from outside; undefined (not reported) unless it is a number from 0 to a billion. */
export function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MOST_TOKENS ? Math.round(value) : undefined;
}

/**
 * The fields for tokens read from the cache, beside `prompt_tokens_details.cached_tokens`, which the AI SDK reads:
 * Mistral (`num_cached_tokens`), Kimi (`cached_tokens`), DeepSeek (`prompt_cache_hit_tokens`); gateways that kept
 * Anthropic's names. All of them count these tokens in `prompt_tokens` as well.
 */
const CACHE_READ = ['num_cached_tokens', 'cached_tokens', 'prompt_cache_hit_tokens', 'cache_read_input_tokens'];
/** The fields for tokens written to it: OpenAI and OpenRouter inside the details, gateways beside them. */
const CACHE_WRITE = ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens'];
const DETAILS = ['prompt_tokens_details', 'input_tokens_details'];

/** A host's counts in Anthropic's terms, where `input_tokens` excludes what was read from or written to a cache. */
export function toMessageUsage(usage: LanguageModelV4Usage | undefined, estimate: UsageEstimate): MessageUsage {
  const input = usage?.inputTokens;
  const raw: Record<string, unknown> = usage?.raw ?? {};
  const places = [raw, ...DETAILS.map((name) => raw[name])].filter(isRecord);
  const cacheRead = readCount(input?.cacheRead) || firstCount(places, CACHE_READ);
  const cacheWrite = readCount(input?.cacheWrite) || firstCount(places, CACHE_WRITE);
  const cached = cacheRead + cacheWrite;
  const total = readCount(input?.total);
  const cost = readCost(raw);
  return {
    input_tokens: freshTokens(total, cached) ?? (cached > 0 ? 0 : estimate.inputTokens),
    output_tokens: outputTokens(usage) || estimate.outputTokens,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
    ...(cost !== undefined && { cost }),
  };
}

/** No answer costs this much, US dollars: a larger number is a host's fault. */
const MOST_USD = 10_000;

/**
 * The cost of an answer by its host's own word, US dollars: OpenRouter's `cost` (its "usage accounting" page; with a
 * key of the user's own at the vendor, `is_byok`, that is the fee alone, and the vendor's bill stands beside it),
 * DeepInfra's `estimated_cost`. Undefined without a plausible number.
 */
export function readCost(usage: unknown): number | undefined {
  if (!isRecord(usage)) return undefined;
  const fee = readUsd(usage['cost']);
  if (fee === undefined) return readUsd(usage['estimated_cost']);
  const details = usage['cost_details'];
  const vendors = usage['is_byok'] === true && isRecord(details) ? details['upstream_inference_cost'] : 0;
  return fee + (readUsd(vendors) ?? 0);
}

function readUsd(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MOST_USD ? value : undefined;
}

/** True if the host itself counted the input: an estimate must not correct the ratio. */
export function isInputReported(usage: LanguageModelV4Usage | undefined): boolean {
  return (readCount(usage?.inputTokens.total) ?? 0) > 0;
}

/** A missing usage is decoded as zeros, and no answer has zero tokens. */
function freshTokens(total: number | undefined, cached: number): number | undefined {
  if (total === undefined || total === 0) return undefined;
  // A host whose cache is larger than its input counts the two apart, as Anthropic does.
  return cached > total ? total : total - cached;
}

function firstCount(places: readonly Record<string, unknown>[], names: readonly string[]): number {
  for (const name of names) {
    for (const place of places) {
      const count = readCount(place[name]);
      if (count) return count;
    }
  }
  return 0;
}

/** Everything that was generated. xAI counts its reasoning beside `completion_tokens`, and only the total tells. */
function outputTokens(usage: LanguageModelV4Usage | undefined): number {
  const output = readCount(usage?.outputTokens.total) ?? 0;
  const total = readCount(usage?.raw?.['total_tokens']);
  const prompt = readCount(usage?.raw?.['prompt_tokens']);
  return total === undefined || prompt === undefined ? output : Math.max(output, total - prompt);
}

/**
 * A usage object of any wire without invalid counts (strings, negative numbers, also inside its details): the AI SDK's
 * schemas would reject the whole chunk, and with it the answer.
 */
export function withoutSenselessCounts(usage: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(usage).flatMap(([name, value]) => cleanField(name, value)));
}

function cleanField(name: string, value: unknown): [string, unknown][] {
  if (isRecord(value)) return [[name, withoutSenselessCounts(value)]];
  // Nothing reads lists (Gemini's counts by modality), and details must be an object.
  if (Array.isArray(value) || /details$/i.test(name)) return [];
  if (!/(?:tokens?|count)$/i.test(name)) return [[name, value]];
  const count = readCount(value);
  return count === undefined ? [] : [[name, count]];
}

/**
 * The same for a wire whose reader requires some counts.
 * @param needed the counts that are set to 0 without a valid one.
 */
export function cleanWireUsage(
  usage: unknown,
  needed: readonly string[] = ['input_tokens', 'output_tokens'],
): Record<string, unknown> {
  const zeros = Object.fromEntries(needed.map((name) => [name, 0]));
  return { ...zeros, ...withoutSenselessCounts(isRecord(usage) ? usage : {}) };
}

function searchesOf(told: unknown, before: Usage | undefined): Pick<Usage, 'webSearches'> {
  const count = (isRecord(told) ? readCount(told['web_search_requests']) : undefined) ?? before?.webSearches ?? 0;
  return count > 0 ? { webSearches: count } : {};
}

/**
 * What is known of an answer's tokens after one more event. Counts are cumulative (Anthropic's streaming
 * documentation): a later one replaces an earlier one, and what is not repeated stays.
 * @returns undefined if nothing was reported: no counts, or all of them 0.
 */
export function withWireUsage(before: Usage | undefined, told: unknown): Usage | undefined {
  const counts = isRecord(told) ? told : {};
  const usage = {
    inputTokens: readCount(counts['input_tokens']) ?? before?.inputTokens ?? 0,
    outputTokens: readCount(counts['output_tokens']) ?? before?.outputTokens ?? 0,
    cacheReadTokens: readCount(counts['cache_read_input_tokens']) ?? before?.cacheReadTokens ?? 0,
    cacheWriteTokens: readCount(counts['cache_creation_input_tokens']) ?? before?.cacheWriteTokens ?? 0,
    ...searchesOf(counts['server_tool_use'], before),
  };
  return Object.values(usage).some((count) => count > 0) ? usage : undefined;
}
