import { UserError } from '../errors.ts';
import { ASSUMED, costOf } from '../ground/price.ts';
import type { Provider } from '../providers/provider.ts';
import type { EstimateUsd } from '../state/prices.ts';
import { dollars } from '../words/money.ts';
import { list } from '../words/text.ts';

/**
 * Requests to each provider, rounded up: two in the tool loop, one each for the picture and the PDF; and, with more than one
 * provider, a step of the loop through all of them, and its end.
 */
const REQUESTS = { alone: 4, chain: 2 } as const;

/** With all of Claude Code's instructions and tools. No cache is counted on. */
function usageOf(requests: number) {
  return {
    inputTokens: requests * 20_000,
    outputTokens: requests * 500,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
}

/** What one provider may cost: `alone` and in the `chain`. `assumed`: the price is unknown. */
export type Plan = { provider: Provider; usd: number; maxUsd: { alone: number; chain: number }; assumed: boolean };

/**
 * @param command.model the family that is asked for.
 * @param command.maxCost US dollars for each provider.
 * @throws UserError where that leaves nothing for one that is paid: its session would start only to say so.
 */
export function planDrill(
  providers: readonly Provider[],
  { model: family, maxCost }: { model: string; maxCost?: number },
  estimate: EstimateUsd,
): Plan[] {
  const chain = providers.length > 1 ? REQUESTS.chain : 0;
  const requests = REQUESTS.alone + chain;
  const plans = providers.map((provider): Plan => {
    const { id, kind, host, paid } = provider;
    const model = provider.modelFor(`claude-${family}`);
    const usage = usageOf(requests);
    const known = paid ? estimate({ providerId: id, kind, host, model, usage, at: Date.now() }) : 0;
    const usd = known ?? costOf(ASSUMED, usage);
    const most = maxCost ?? Math.ceil(usd * 150) / 100;
    const part = chain / requests;
    return { provider, usd, maxUsd: { alone: most * (1 - part), chain: most * part }, assumed: known === null };
  });
  const priced = plans.filter(({ usd }) => usd > 0);
  if (maxCost === 0 && priced.length > 0) {
    const prices = priced.map(({ provider, usd }) => `${provider.label} (about ${dollars(usd)})`);
    throw new UserError(
      `--max-cost 0 allows no request to ${list(prices)}. Name providers that cost nothing, or raise it.`,
    );
  }
  return plans;
}
