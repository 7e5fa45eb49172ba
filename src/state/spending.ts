import type { EventOf, ProviderId } from '../events.ts';

/** What a session takes of the user's plan: its part of the 5-hour window, and what goes beyond the plan. */

/** The 5-hour window since the session's first look at it, or since its last reset. Every session of the account counts. */
export type Rise = { provider: ProviderId; since: number; resetAt: number; from: number; to: number };

/** Answers that were billed as extra usage; `usd`: an estimate, null where a price is unknown. */
export type Overage = { provider: ProviderId; since: number; usd: number | null; ongoing: boolean };

const SAME_RESET_MS = 60_000;

export function withRead(rise: Rise | undefined, { at, provider, windows }: EventOf<'quota-read'>): Rise | undefined {
  const { used, resetAt } = windows.find(({ name }) => name === '5h') ?? {};
  if (used === undefined || resetAt === undefined) return rise;
  const isSame = rise?.provider === provider && Math.abs(rise.resetAt - resetAt) <= SAME_RESET_MS;
  return isSame ? { ...rise, to: Math.max(rise.to, used) } : { provider, since: at, resetAt, from: used, to: used };
}

export function withOverage(
  known: Overage | undefined,
  event: EventOf<'overage-begin' | 'overage-end' | 'exchange-price'>,
): Overage | undefined {
  const { provider } = event;
  switch (event.type) {
    case 'overage-begin':
      return { provider, since: known?.since ?? event.at, usd: known?.usd ?? 0, ongoing: true };
    case 'overage-end':
      return known && { ...known, ongoing: false };
    case 'exchange-price': {
      if (known?.ongoing !== true || known.provider !== provider) return known;
      return { ...known, usd: known.usd === null || event.usd === null ? null : known.usd + event.usd };
    }
  }
}
