import { clockOf } from './clock.ts';
import { readRetryAfter } from './moments.ts';
import type { Past, Tried } from './past.ts';
import type { Cooldown } from './cooldown.ts';

/** All retries after a hiccup fit into this time. */
const WITHIN_MS = 2_000;
/** The mean pause before each retry; jitter of half its length keeps sessions from coming back together. */
const PAUSES_MS = [400, 900];
/** After a limit that ends within this time the session may return inside the turn. */
const SOON_MS = 60_000;

/** A failure that may pass within a second: an overload, a 5xx, a lost connection. */
function isHiccup({ failure, outcome }: Tried): boolean {
  if (outcome.action !== 'failover' || !outcome.retryable || failure.cause === 'timeout') return false;
  return ['overloaded', 'server_error', 'network'].includes(outcome.failure);
}

/**
 * The pause before a retry of the provider that has just failed, milliseconds.
 * @param random from 0 to 1.
 * @returns undefined where there is no retry: no hiccup, no retries left, or the host asks for a longer pause.
 */
export function pauseAfterHiccup(
  past: readonly Past[],
  { retries, random }: { retries: number; random: number },
): number | undefined {
  const last = past.at(-1);
  if (last?.did !== 'ask' || !isHiccup(last) || last.failure.headers['x-should-retry'] === 'false') return undefined;
  const tries = past.filter((one): one is Tried => one.did === 'ask' && one.provider === last.provider);
  if (tries.length > retries) return undefined;
  const left = WITHIN_MS - Math.max(last.at - tries[0]!.at, 0);
  const told = readRetryAfter(last.failure.headers, clockOf(last.failure.headers, last.at));
  const middle = PAUSES_MS[tries.length - 1] ?? PAUSES_MS.at(-1)!;
  const ms = told === undefined ? middle * (0.5 + random) : Math.max(told - last.at, 0);
  return ms <= left ? Math.round(ms) : undefined;
}

/**
 * Whether the session may return to this provider before the turn is over, while its prompt cache is still warm.
 * @param at when it was left, epoch milliseconds.
 */
export function isBrief({ failure, until }: Cooldown, at: number): boolean {
  if (failure === 'rate_limit') return until - at <= SOON_MS;
  return ['overloaded', 'server_error', 'network'].includes(failure);
}
