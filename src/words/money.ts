import type { EventOf } from '../events.ts';

/** Money, always US dollars. */

/** `$0.04`, `$12.30`, `< $0.01`; `null`, a price that nobody knows, is `unknown`. */
export function dollars(usd: number | null): string {
  if (usd === null) return 'unknown';
  return usd > 0 && usd < 0.005 ? '< $0.01' : `$${usd.toFixed(2)}`;
}

/** `$0.04`, `$0.04 + unknown`, `unknown`: with some prices not known, what is known is too low. */
export function spentText(usd: number, unknown: boolean): string {
  if (!unknown) return dollars(usd);
  return usd > 0 ? `${dollars(usd)} + unknown` : 'unknown';
}

/** `est. $0.04`, `est. $0.04 + unknown prices`, `cost unknown` */
export function estimateText({ usd, unknown }: { usd: number; unknown: boolean }): string {
  if (!unknown) return `est. ${dollars(usd)}`;
  return usd > 0 ? `est. ${dollars(usd)} + unknown prices` : 'cost unknown';
}

/** `this session's budget is spent ($5.02 of $5.00), paid providers are skipped`, `to lift it, raise budget.perSession` */
export function budgetParts(event: EventOf<'budget-reach'>): string[] {
  const whose = event.scope === 'session' ? "this session's" : "today's";
  const spent = `${dollars(event.spentUsd)} of ${dollars(event.limitUsd)}`;
  if (event.level === 'near') return [`${whose} budget for paid providers is nearly spent: ${spent}`];
  const setting = event.scope === 'session' ? 'budget.perSession' : 'budget.perDay';
  return [`${whose} budget is spent (${spent}), paid providers are skipped`, `to lift it, raise ${setting}`];
}
