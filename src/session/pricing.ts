import type { Config } from '../config/schema.ts';
import type { Usage } from '../events.ts';
import { assumedCost } from '../ground/price.ts';
import { catalogRow } from '../providers/catalog.ts';
import type { Provider } from '../providers/provider.ts';
import { rowPrice } from '../providers/row-price.ts';
import type { Estimate, ExchangeContext } from '../proxy/context.ts';
import { priceUnlisted, type EstimateUsd, type PricedAnswer } from '../state/prices.ts';

export type Pricing = Pick<ExchangeContext, 'price' | 'estimate'> & {
  /** Loads the price list; afterwards estimates are complete. Rejects where the price list cannot be read. */
  load(): Promise<void>;
  /** After `load`: the models of paid providers without a known price. */
  unknownModels(provider: Provider): string[];
};

/** The provider's models for each of Claude Code's models. */
const TIERS = ['opus', 'sonnet', 'haiku', ''];

/** What the session's providers charge: by the user's own word, the catalogue, and the general price list. */
export function createPricing({ providers }: Pick<Config, 'providers'>, now: () => number): Pricing {
  let listed: EstimateUsd | undefined;

  function answerOf(provider: Provider, model: string, usage: Usage): PricedAnswer {
    const { id, kind, host, own } = provider;
    return {
      providerId: id,
      kind,
      // Claude's tokens have the same price through any gateway on this machine.
      ...(!own && { host }),
      model,
      usage,
      settingsPrice: providers[id]?.price,
      rowPrice: rowPrice(catalogRow(id), model),
      at: now(),
    };
  }

  async function load(): Promise<void> {
    const { loadPrices } = await import('../state/prices.ts');
    listed ??= await loadPrices();
  }

  function immediate(provider: Provider, model: string, usage: Usage): number | null {
    const answer = answerOf(provider, model, usage);
    return withSearches(provider, model, usage, listed ? listed(answer) : (priceUnlisted(answer) ?? null));
  }

  /** Searches cost something beside the tokens, also where the user has set a price for these. */
  function withSearches(provider: Provider, model: string, usage: Usage, usd: number | null): number | null {
    const { webSearches = 0 } = usage;
    if (webSearches === 0 || usd === null || providers[provider.id]?.price === 0) return usd;
    const searches = provider.searchesUsd?.(model, webSearches);
    return searches === undefined ? null : usd + searches;
  }

  return {
    load,
    async price(provider, models, usage) {
      const answers = models.map((model) => answerOf(provider, model, usage));
      const known = answers[0] && priceUnlisted(answers[0]);
      if (known !== undefined) return withSearches(provider, models[0]!, usage, known);
      if (!listed) await load();
      for (const answer of answers) {
        const usd = listed!(answer);
        if (usd !== null) return withSearches(provider, answer.model, usage, usd);
      }
      return null;
    },
    estimate(provider, claudeModel, { input, output, searches }): Estimate {
      const tokens = { inputTokens: input, outputTokens: output, cacheReadTokens: 0, cacheWriteTokens: 0 };
      const usage = { ...tokens, ...(searches > 0 && { webSearches: searches }) };
      const usd = immediate(provider, provider.modelFor(claudeModel), usage);
      return usd === null ? { usd: assumedCost(usage), assumed: true } : { usd };
    },
    unknownModels(provider) {
      const some = { inputTokens: 1000, outputTokens: 1000, cacheReadTokens: 0, cacheWriteTokens: 0 };
      const models = [...new Set(TIERS.map((tier) => provider.modelFor(tier)))];
      return models.filter((model) => immediate(provider, model, some) === null);
    },
  };
}
