import type { Config } from '../config/schema.ts';
import type { Provider } from '../providers/provider.ts';
import { createBudget, type Budget } from '../proxy/budget.ts';
import { NO_BUDGET, readAmount } from '../words/money.ts';
import type { OpenLedger } from './ledger.ts';
import type { Pricing } from './pricing.ts';
import type { SessionRecord } from './record.ts';

/** What answers cost, and what the user lets them cost. */
export type Money = Pick<Pricing, 'price' | 'estimate'> & {
  budget: Budget;
  /** Resolves when the prices are known that a cap needs. */
  ready: Promise<void>;
  /** `ccmux budget +N`: the session may spend so much more. @returns why not, or undefined. */
  lift(usd: number): string | undefined;
};

export function createMoney(input: {
  config: Pick<Config, 'budget'>;
  providers: readonly Provider[];
  ledger: Pick<OpenLedger, 'day'>;
  pricing: Pricing;
  record: Pick<SessionRecord, 'bus' | 'fault'>;
}): Money {
  const { config, providers, ledger, pricing, record } = input;
  const budget = createBudget(config.budget, ledger.day, record.bus);
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
  };
}
