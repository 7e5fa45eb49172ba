import type { Config } from '../config/schema.ts';
import type { Provider } from '../providers/provider.ts';
import { createBudget, type Budget } from '../proxy/budget.ts';
import { NO_BUDGET, readAmount, unknownPriceText } from '../words/money.ts';
import type { OpenLedger } from './ledger.ts';
import { createPricing, type Pricing } from './pricing.ts';
import type { SessionRecord } from './record.ts';

/** What answers cost, and what the user lets them cost. */
export type Money = Pick<Pricing, 'price' | 'estimate'> & {
  budget: Budget;
  /** Resolves when the prices are known that a cap needs. */
  ready: Promise<void>;
  /** `ccmux budget +N`: the session may spend so much more. @returns why not, or undefined. */
  lift(usd: number): string | undefined;
  /** Lines for the user before the launch. */
  notes(): Promise<string[]>;
};

export function createMoney(input: {
  config: Pick<Config, 'budget' | 'failover' | 'providers'>;
  providers: readonly Provider[];
  ledger: Pick<OpenLedger, 'day'>;
  record: Pick<SessionRecord, 'bus' | 'fault'>;
  now: () => number;
}): Money {
  const { config, providers, ledger, record, now } = input;
  const budget = createBudget(config.budget, ledger.day, record.bus);
  const pricing = createPricing(config, now);
  const isCapped = () => budget.cap() !== undefined;
  const needsPrices = isCapped() && providers.some(({ paid }) => paid);
  // Without the list its prices count as unknown.
  const ready = needsPrices ? pricing.load().catch((fault) => record.fault('prices', fault)) : Promise.resolve();
  return {
    budget,
    price: pricing.price,
    estimate: pricing.estimate,
    ready,
    lift(usd) {
      if (!isCapped()) return NO_BUDGET;
      if (readAmount(`+${usd}`) === undefined) return `${usd} is no amount that can be added at once`;
      budget.lift(usd);
      return undefined;
    },
    async notes() {
      if (!isCapped() || !config.failover.enabled) return [];
      await ready;
      return providers.flatMap((provider) => {
        const { id, label, paid, keySource } = provider;
        const models = paid && keySource !== undefined ? pricing.unknownModels(provider) : [];
        return models.length === 0 ? [] : [unknownPriceText(id, label, models)];
      });
    },
  };
}
