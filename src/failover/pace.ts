import type { ProviderId, QuotaWindow } from '../events.ts';
import type { Cooldown } from './cooldown.ts';

/** How many requests a fallback takes in a minute, as far as it reported, and how many were sent. */
export type Pace = {
  /** Requests a minute. */
  perMinute?: number;
  /** How many its last answer left. */
  left?: Left;
  /** When requests of the last minute were sent, and when those that queue will be; epoch milliseconds, in order. */
  sent: readonly number[];
};

/** `requests` at the moment `at`, until they are renewed; epoch milliseconds. */
type Left = { requests: number; at: number; until: number; renews?: number };

export type Paces = ReadonlyMap<ProviderId, Pace>;

const MINUTE_MS = 60_000;
/** Two answers that name a reset this close together speak of the same one: hosts round to seconds. */
const SAME_RESET_MS = 1_500;

/**
 * Updates the pace from an answer, a 200 or a 429. Limits of tokens, and of requests by the hour or the day, do not
 * count.
 * @param retryAt when the host can be asked again by its 429, epoch milliseconds.
 * @returns undefined while nothing is known.
 */
export function withLimits(
  pace: Pace | undefined,
  windows: readonly QuotaWindow[],
  retryAt: number | undefined,
  now: number,
): Pace | undefined {
  const known = windows.flatMap((window) => inMinute(window, now) ?? []);
  const told = isSoon(retryAt, now) ? [{ requests: 0, at: now, until: retryAt! }] : [];
  const lefts = [...known.flatMap(({ left }) => left ?? []), ...told];
  const perMinute = known.find((one) => one.perMinute !== undefined)?.perMinute ?? pace?.perMinute;
  if (lefts.length === 0 && perMinute === undefined) return pace;
  const { sent = [] } = pace ?? {};
  const left = lefts.reduce<Left | undefined>((before, next) => later(before, next, sent), pace?.left);
  return { sent, ...(perMinute !== undefined && { perMinute }), ...(left !== undefined && { left }) };
}

/**
 * A window that counts the requests of a minute: `requests-minute`, `requestsPerMinute`, or any that resets within one.
 */
function inMinute({ name, limit, remaining, resetAt }: QuotaWindow, now: number): Omit<Pace, 'sent'> | undefined {
  if (!/^req/i.test(name) || /day|hour|month|second/i.test(name)) return undefined;
  const isNamed = /min/i.test(name);
  if (!isNamed && !isSoon(resetAt, now)) return undefined;
  const until = isSoon(resetAt, now) ? resetAt! : now + MINUTE_MS;
  const renews = limit === undefined ? {} : { renews: limit };
  return {
    // A window without a name may span seconds: it tells what is left, not how many a minute takes.
    ...(isNamed && limit !== undefined && { perMinute: limit }),
    ...(remaining !== undefined && { left: { requests: remaining, at: now, until, ...renews } }),
  };
}

function isSoon(at: number | undefined, now: number): boolean {
  return at !== undefined && at > now && at <= now + MINUTE_MS;
}

/** Of two answers about the same window, the one with less left is the later one. */
function later(before: Left | undefined, next: Left, sent: readonly number[]): Left {
  if (before === undefined || Math.abs(before.until - next.until) > SAME_RESET_MS) return next;
  const left = Math.max(0, before.requests - countIn(sent, before.at, next.at));
  return { ...before, ...next, requests: Math.min(left, next.requests) };
}

function countIn(sent: readonly number[], from: number, to: number): number {
  return sent.filter((at) => at >= from && at < to).length;
}

/** A request that is sent, or will be. */
export function withSent({ sent, ...pace }: Pace, at: number, now: number): Pace {
  return { ...pace, sent: [...sent.filter((one) => one > now - MINUTE_MS), at].toSorted((a, b) => a - b) };
}

/** A waiting request was sent or given up. */
export function withoutSent({ sent, ...pace }: Pace, at: number): Pace {
  const place = sent.indexOf(at);
  return { ...pace, sent: sent.filter((_, index) => index !== place) };
}

/**
 * When a provider has room for one more request, behind those that already wait. This is an estimate, so it only makes
 * a request wait: only the provider's own answer takes it out of the order.
 * @param cooldown what its last failure says.
 * @returns epoch milliseconds; `now` where it has room or nothing is known.
 */
export function roomAt(pace: Pace, cooldown: Cooldown | undefined, now: number): number {
  const { perMinute, left, sent } = pace;
  if (cooldown !== undefined) return afterCooldown(pace, cooldown.until);
  if (left !== undefined && now < left.until) {
    if (countIn(sent, left.at, left.until) < left.requests) return now;
    return placeIn(sent, left.until, left.renews ?? perMinute);
  }
  if (perMinute === undefined) return now;
  const recent = sent.filter((at) => at > now - MINUTE_MS);
  return recent.length < perMinute ? now : recent.at(-perMinute)! + MINUTE_MS;
}

function afterCooldown({ perMinute, left, sent }: Pace, until: number): number {
  const isRenewed = left === undefined || left.until <= until + SAME_RESET_MS;
  if (isRenewed || perMinute === undefined) return placeIn(sent, until, left?.renews ?? perMinute);
  // A host that can be asked before its window resets returns one request at a time.
  return until + Math.ceil((countIn(sent, until, Infinity) * MINUTE_MS) / perMinute);
}

/** The first in the queue fit when the window resets, the others a minute later. */
function placeIn(sent: readonly number[], at: number, places = Infinity): number {
  return countIn(sent, at, Infinity) < places ? at : at + MINUTE_MS;
}
