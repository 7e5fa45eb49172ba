import type { Summary } from '../state/summary.ts';

/** How often another provider stepped in for one that could not. */
export function countFailovers(summary: Summary): number {
  return summary.switches.filter(({ cause }) => cause === 'failover').length;
}

/** The number of answered requests, without those that ended in an error. */
export function countAnswers(summary: Summary): number {
  return summary.responses.filter(({ outcome }) => outcome === 'answered').length;
}

/** The session's extra cost, beyond the user's own plan. */
export function spentOn(summary: Summary): { usd: number; unknown: boolean } {
  const known = summary.responses.filter(({ provider }) => isPaid(summary, provider));
  return {
    usd: known.reduce((total, { usd }) => total + (usd ?? 0), 0),
    unknown: known.some(({ usd }) => usd === null),
  };
}

function isPaid(summary: Summary, provider: string | undefined): boolean {
  return summary.providers.some(({ id, paid }) => paid && id === provider);
}
