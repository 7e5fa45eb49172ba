import type { EventOf } from '../events.ts';
import type { LiveState } from '../state/live.ts';

/** Money, always US dollars. */

/** `$0.04`, `$12.30`, `< $0.01`; `null`, a price that nobody knows, is `unknown`. */
export function dollars(usd: number | null): string {
  if (usd === null) return 'unknown';
  return usd > 0 && usd < 0.005 ? '< $0.01' : `$${usd.toFixed(2)}`;
}

/**
 * `$0.04`, `$0.04 + unknown`, `unknown (counts as $1.20)`: with some prices not known, what is known is too low.
 * @param assumed what counts against a cap in their place.
 */
export function spentText(usd: number, unknown: boolean, assumed = 0): string {
  if (!unknown) return dollars(usd);
  const counts = assumed > 0 ? ` (counts as ${dollars(assumed)})` : '';
  return usd > 0 ? `${dollars(usd)} + unknown${counts}` : `unknown${counts}`;
}

/** `est. $0.04`, `est. $0.04 + unknown prices`, `cost unknown` */
export function estimateText({ usd, unknown }: { usd: number; unknown: boolean }): string {
  if (!unknown) return `est. ${dollars(usd)}`;
  return usd > 0 ? `est. ${dollars(usd)} + unknown prices` : 'cost unknown';
}

/** `this session's budget is spent ($5.02 of $5.00), paid providers are skipped`, `more for this session: ccmux budget +5` */
export function budgetParts(event: EventOf<'budget-reach'>): string[] {
  const whose = event.scope === 'session' ? "this session's" : "today's";
  const spent = `${dollars(event.spentUsd)} of ${dollars(event.limitUsd)}`;
  if (event.level === 'near') return [`${whose} budget for paid providers is nearly spent: ${spent}`];
  return [`${whose} budget is spent (${spent}), paid providers are skipped`, 'more for this session: ccmux budget +5'];
}

/** What counts where nobody knows the price: `ASSUMED` of `ground/price.ts`, in words. */
export const ASSUMED_RATES = '$5 / $25 per million tokens in / out';

/** `the price of Nebius (glm-9) is unknown: against your budget it counts $5 / $25 per … · to name it, set providers.nebius.price` */
export function unknownPriceText(provider: string, label: string, models: readonly string[]): string {
  return `the price of ${label} (${models.join(', ')}) is unknown: against your budget it counts ${ASSUMED_RATES}. To name it, set providers.${provider}.price`;
}

/** Share of a cap above which the price of one answer is worth a word. */
const WORTH_TELLING = 0.1;

/** `about $0.62 of your $5.00`, `price unknown: counts as $0.62 ($5 / $25 per million tokens in / out)`, or nothing. */
export function costParts(cost: EventOf<'provider-switch'>['cost']): string[] {
  if (cost === undefined) return [];
  const { usd, capUsd, assumed } = cost;
  if (assumed) return [`price unknown: counts as ${dollars(usd)} (${ASSUMED_RATES})`];
  return usd > capUsd * WORTH_TELLING ? [`about ${dollars(usd)} of your ${dollars(capUsd)}`] : [];
}

/** More than that at once is a slip of the finger, US dollars. */
const MOST_ADDED = 1000;

/** `+5`, `+$2.50`: how much a cap is lifted, US dollars. @returns undefined for what is no such amount. */
export function readAmount(text: string): number | undefined {
  const usd = Number(/^\+\$?(\d+(?:\.\d{1,2})?)$/.exec(text.trim())?.[1]);
  return usd > 0 && usd <= MOST_ADDED ? usd : undefined;
}

export const NO_BUDGET = 'this session has no budget: set budget.perSession or budget.perDay, or --budget-per-session';

/** `$1.20 of $10.00 spent in this session ($5.00 more than configured). Paid providers may answer.` */
export function budgetText(budget: LiveState['budget']): string {
  if (budget === undefined) return NO_BUDGET;
  const { liftedUsd = 0, unknownPrices } = budget;
  const scopes = [
    {
      usd: budget.spentSessionUsd,
      limit: budget.perSessionUsd,
      assumed: budget.assumedSessionUsd ?? 0,
      where: 'in this session',
    },
    { usd: budget.spentDayUsd, limit: budget.perDayUsd, assumed: budget.assumedDayUsd ?? 0, where: 'today' },
  ];
  const capped = scopes.flatMap(({ limit, ...rest }) => (limit === undefined ? [] : [{ limit, ...rest }]));
  if (capped.length === 0) return NO_BUDGET;
  const parts = capped.map(
    ({ usd, limit, assumed, where }) => `${spentText(usd, unknownPrices, assumed)} of ${dollars(limit)} spent ${where}`,
  );
  const lifted = liftedUsd > 0 ? ` (${dollars(liftedUsd)} more than configured)` : '';
  const isOver = capped.some(({ usd, assumed, limit }) => usd + assumed >= limit);
  return `${parts.join(', ')}${lifted}. ${isOver ? 'Paid providers are skipped; more for this session: ccmux budget +5' : 'Paid providers may answer.'}`;
}
