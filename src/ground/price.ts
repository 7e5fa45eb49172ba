/** Tokens, in Anthropic's terms: `inputTokens` excludes what was read from or written to a cache. */
type Tokens = { inputTokens: number; outputTokens: number; cacheReadTokens: number; cacheWriteTokens: number };

/** US dollars per million tokens. */
type Rates = {
  input: number;
  output: number;
  /** From a cache; a tenth of `input` unless said: vendors with a cache charge that, as a rule. */
  cacheRead?: number;
  /** Into a cache; the same as `input` unless said. */
  cacheWrite?: number;
};

/** `above`: the price of a whole request that is longer than this many tokens. */
export type Price = Rates & { above?: Rates & { tokens: number } };

/** An unknown price counts as this much: more than any model of the catalogue charges. */
export const ASSUMED: Price = { input: 5, output: 25, cacheRead: 5 };

/** An unknown price of one web search, US dollars: as much as the dearest of the catalogue. */
const ASSUMED_SEARCH = 0.02;

/** What an answer of unknown price counts as, US dollars. */
export function assumedCost(usage: Tokens & { webSearches?: number }): number {
  return costOf(ASSUMED, usage) + (usage.webSearches ?? 0) * ASSUMED_SEARCH;
}

/** What these tokens cost, US dollars. */
export function costOf(price: Price, usage: Tokens): number {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  const sent = inputTokens + cacheReadTokens + cacheWriteTokens;
  const rates = price.above !== undefined && sent > price.above.tokens ? price.above : price;
  const { input, output, cacheRead = input / 10, cacheWrite = input } = rates;
  const total = inputTokens * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite;
  return (total + outputTokens * output) / 1e6;
}

/** Programs that serve models on the user's own machine: our ids, and the ports that they listen on unless told otherwise. */
const LOCAL_IDS = new Set(['ollama', 'lmstudio', 'lm-studio', 'vllm', 'llamacpp']);
const LOCAL_PORTS = new Set(['11434', '1234']);

/** A name of Ollama's for a model that runs at Ollama's own hosts and not here: `gpt-oss:120b-cloud`. */
const IN_THE_CLOUD = /[:-]cloud$/;

/**
 * True for a model that runs on this machine and costs nothing. Any other address of this machine may be a gateway to a
 * host that charges.
 * @param host `host[:port]`
 */
export function isLocalModel(id: string, host: string | undefined, model: string): boolean {
  if (IN_THE_CLOUD.test(model)) return false;
  if (LOCAL_IDS.has(id)) return true;
  return isLoopback(host) && LOCAL_PORTS.has(host?.split(':').at(-1) ?? '');
}

/** @param host `host[:port]` */
export function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)(?::\d+)?$/.test(host);
}
