import type { Summary } from '../state/summary.ts';

/** How often another provider stepped in for one that could not. */
export function countFailovers(summary: Summary): number {
  return summary.switches.filter(({ cause }) => cause === 'failover').length;
}

/** How many requests were answered: an error that went back to the client, or that nobody could mend, is no answer. */
export function countAnswers(summary: Summary): number {
  return summary.responses.filter(({ outcome }) => outcome === 'answered').length;
}

/** What the session cost on top of what the user has anyway. */
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
