import type { Provider as PriceList } from '@pydantic/genai-prices';
import type { Usage } from '../events.ts';
import type { ProviderKind } from '../providers/provider.ts';

type SettingsPrice = { input: number; output: number; cacheRead?: number; cacheWrite?: number };

/** One answer, as far as its price depends on it. */
export type PricedAnswer = {
  providerId: string;
  kind: ProviderKind;
  /** `host[:port]`: an answer from this machine costs nothing. */
  host?: string;
  model: string;
  usage: Usage;
  /** The user's own price, USD per million tokens: it beats every list. */
  settingsPrice?: SettingsPrice | undefined;
  /** When it was answered, epoch milliseconds: prices change, some by the hour. */
  at: number;
};

/**
 * Estimates what an answer cost, in US dollars; `null` when the price is not known.
 *
 * For Claude itself this is what its tokens would cost at API prices. A subscription pays nothing per token, so whoever
 * adds up spend leaves out every provider that is not `paid`.
 */
export type EstimateUsd = (answer: PricedAnswer) => number | null;

/** Our ids, where the price list calls the same host by another name. What is not listed is looked up as it is. */
const LISTED_AS: Record<string, string> = {
  claude: 'anthropic',
  gemini: 'google',
  vertex: 'google',
  'vertex-gemini': 'google',
  'vertex-claude': 'google',
  'vertex-anthropic': 'google',
  bedrock: 'aws',
  'azure-openai': 'azure',
  xai: 'x-ai',
  grok: 'x-ai',
  moonshot: 'moonshotai',
  'z.ai': 'zai',
};

/** A provider of the user's own naming, by its kind. A compatible host could be anybody's: no guess. */
const LISTED_BY_KIND: Partial<Record<ProviderKind, string>> = {
  gemini: 'google',
  openai: 'openai',
  azure: 'azure',
  vertex: 'google',
  'vertex-anthropic': 'google',
  bedrock: 'aws',
};

/** Hosts that run on the user's own machine, by our ids. */
const LOCAL = new Set(['ollama', 'lmstudio', 'lm-studio', 'llamacpp']);

/** Loads the price list (offline, some 80 ms) and returns the estimate; from then on it is immediate. */
export async function loadPrices(): Promise<EstimateUsd> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices');

  const listOf = (name: string | undefined): PriceList | undefined => {
    if (name === undefined) return undefined;
    const found = findProvider({ providerId: name });
    // The lookup is by likeness: `my-google-proxy` is not Google's price.
    return found?.id === name ? found : undefined;
  };

  return ({ providerId, kind, host, model, usage, settingsPrice, at }) => {
    if (settingsPrice !== undefined) return bySettings(settingsPrice, usage);
    if (LOCAL.has(providerId) || isLoopback(host)) return 0;
    const list = listOf(LISTED_AS[providerId] ?? providerId) ?? listOf(LISTED_BY_KIND[kind]);
    if (list === undefined) return null;
    const tokens = {
      // The list counts tokens of a cache as part of the input; Anthropic's numbers leave them out.
      input_tokens: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      output_tokens: usage.outputTokens,
    };
    for (const name of namesOf(model, list)) {
      const price = calcPrice(tokens, name, { provider: list, timestamp: new Date(at) });
      if (price !== null && Number.isFinite(price.total_price)) return price.total_price;
    }
    return null;
  };
}

/** Vendors with a cache charge a tenth of the input's price to read from it, as a rule. */
function bySettings(
  { input, output, cacheRead = input / 10, cacheWrite = input }: SettingsPrice,
  usage: Usage,
): number {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  const total = inputTokens * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite;
  return (total + outputTokens * output) / 1e6;
}

let loaded: Promise<EstimateUsd> | undefined;

/** Estimates one answer, loading the price list on first use: see `EstimateUsd`. */
export async function estimateUsd(answer: PricedAnswer): Promise<number | null> {
  loaded ??= loadPrices();
  return (await loaded)(answer);
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)(?::\d+)?$/.test(host);
}

/** The names under which a model may be listed, the likeliest first. */
function namesOf(model: string, list: PriceList): string[] {
  // `models/gemini-…` is Google's resource name; `claude-…[1m]` is Claude Code's mark for the long context.
  const plain = model.replace(/^(?:publishers\/[^/]+\/)?models\//, '').replace(/\[[^\]]*\]$/, '');
  const newest = /^gemini-(pro|flash|flash-lite)-latest$/.exec(plain)?.[1];
  if (newest !== undefined) return newestGemini(newest, list);
  // Bedrock prefixes the region (`us.anthropic.claude-…`); the list knows global and regional prices.
  const bedrock = /^(?:(us|eu|apac|au|jp|global)\.)?(anthropic\..+)$/.exec(plain);
  if (bedrock === null) return [plain];
  return [plain, `${bedrock[1] === 'global' ? 'global' : 'regional'}.${bedrock[2]}`, `regional.${bedrock[2]}`];
}

/** Google's `…-latest` names stand for whatever is newest: the listed model of that tier with the highest version. */
function newestGemini(tier: string, list: PriceList): string[] {
  const pattern = new RegExp(`^gemini-(\\d+(?:\\.\\d+)?)-${tier}(?:-preview)?$`);
  return list.models
    .map(({ id }) => ({ id, version: Number(pattern.exec(id)?.[1]) }))
    .filter(({ version }) => !Number.isNaN(version))
    .sort((a, b) => b.version - a.version)
    .map(({ id }) => id);
}
