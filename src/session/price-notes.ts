import type { Config } from '../config/schema.ts';
import type { Provider } from '../providers/provider.ts';
import { unknownPriceText } from '../words/money.ts';
import type { Pricing } from './pricing.ts';

/** Lines for the user before the launch: a cap can only be kept by assumptions where nobody knows the price. */
export async function priceNotes(session: {
  config: Pick<Config, 'budget' | 'failover'>;
  providers: readonly Provider[];
  pricing: Pricing;
}): Promise<string[]> {
  const { config, providers, pricing } = session;
  const isCapped = (config.budget.perSession ?? config.budget.perDay) !== undefined;
  if (!isCapped || !config.failover.enabled) return [];
  const paid = providers.filter((provider) => provider.paid);
  // Without the list its prices count as unknown; the session tries again, and puts it on record.
  if (paid.length > 0) await pricing.load().catch(() => {});
  return paid.flatMap((provider) => {
    const models = provider.keySource === undefined ? [] : pricing.unknownModels(provider);
    return models.length === 0 ? [] : [unknownPriceText(provider.id, provider.label, models)];
  });
}
