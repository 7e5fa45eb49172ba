import type { Provider as PriceList } from '@pydantic/genai-prices';
import type { Usage } from '../events.ts';
import { costOf, isLocalModel, isLoopback, type Price } from '../ground/price.ts';
import type { ProviderKind } from '../providers/provider.ts';

/** The facts of an answer that its price depends on. */
export type PricedAnswer = {
  providerId: string;
  kind: ProviderKind;
  /** `host[:port]`: a local model costs nothing, and what another server of this machine charges is unknown. */
  host?: string;
  model: string;
  usage: Usage;
  /** The user's own price: it beats every list. */
  settingsPrice?: Price | 0 | undefined;
  /** The price in the catalogue's row. */
  rowPrice?: Price | undefined;
  /** When it was answered, epoch milliseconds: prices change, some by the hour. */
  at: number;
};

/**
 * Estimates what an answer cost, in US dollars; `null` when the price is not known.
 *
 * For Claude itself this is what its tokens would cost at API prices. A subscription pays nothing per token, so a sum
 * of spend leaves out every provider that is not `paid`.
 */
export type EstimateUsd = (answer: PricedAnswer) => number | null;

/** ccmux's ids that differ from the price list's. An unlisted id is looked up unchanged. */
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

/** The list's id for a user's own provider, by its kind. A compatible host has none. */
const LISTED_BY_KIND: Partial<Record<ProviderKind, string>> = {
  gemini: 'google',
  openai: 'openai',
  azure: 'azure',
  vertex: 'google',
  'vertex-anthropic': 'google',
  bedrock: 'aws',
};

/**
 * The price without the general price list.
 * @returns undefined if only the list may know.
 */
export function priceUnlisted(answer: PricedAnswer): number | null | undefined {
  const { providerId, host, model, usage, settingsPrice, rowPrice } = answer;
  if (settingsPrice !== undefined) return settingsPrice === 0 ? 0 : costOf(settingsPrice, usage);
  if (isLocalModel(providerId, host, model)) return 0;
  // Any other server of this machine may be a gateway to a host that charges.
  if (isLoopback(host)) return null;
  return rowPrice === undefined ? undefined : costOf(rowPrice, usage);
}

/** Loads the price list (offline, some 80 ms) and returns the estimate; from then on it is immediate. */
export async function loadPrices(): Promise<EstimateUsd> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices');

  // Both lookups match regular expressions against the whole list, and a session needs the same few prices again and again.
  const lists = new Map<string, PriceList | undefined>();
  /** A list with this one model in it, or with none where the price is not known. */
  const ofOneModel = new Map<string, PriceList>();
  const listOf = (name: string | undefined): PriceList | undefined => {
    if (name === undefined) return undefined;
    if (!lists.has(name)) {
      const found = findProvider({ providerId: name });
      // The list matches similar names: `my-google-proxy` must not get Google's price.
      lists.set(name, found?.id === name ? found : undefined);
    }
    return lists.get(name);
  };

  return (answer) => {
    const known = priceUnlisted(answer);
    if (known !== undefined) return known;
    const { providerId, kind, model, usage, at } = answer;
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
      const key = `${list.id} ${name}`;
      const price = calcPrice(tokens, name, { provider: ofOneModel.get(key) ?? list, timestamp: new Date(at) });
      if (ofOneModel.size < MOST_MODELS) ofOneModel.set(key, { ...list, models: price === null ? [] : [price.model] });
      if (price !== null && Number.isFinite(price.total_price)) return price.total_price;
    }
    return null;
  };
}

/** A limit, because a client may ask for any name. */
const MOST_MODELS = 100;

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
