import type { ProviderId, QuotaWindow } from '../events.ts';
import type { Cooldown } from './cooldown.ts';

/** How many requests a fallback takes in a minute, as far as it has told, and what was sent to it. */
export type Pace = {
  /** Requests a minute. */
  perMinute?: number;
  /** What its last answer left of them. */
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
 * What an answer teaches, a 200 or a 429. Limits of tokens, and of requests by the hour or the day, are not about pace.
 * @param retryAt when a 429 said that the host can be asked again, epoch milliseconds.
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

/** What a window says of the requests of a minute: `requests-minute`, `requestsPerMinute`, or any that is renewed so soon. */
function inMinute({ name, limit, remaining, resetAt }: QuotaWindow, now: number): Omit<Pace, 'sent'> | undefined {
  if (!/^req/i.test(name) || /day|hour|month|second/i.test(name)) return undefined;
  const isNamed = /min/i.test(name);
  if (!isNamed && !isSoon(resetAt, now)) return undefined;
  const until = isSoon(resetAt, now) ? resetAt! : now + MINUTE_MS;
  const renews = limit === undefined ? {} : { renews: limit };
  return {
    // A window without a name may be one of seconds: what it leaves is known, how many it takes in a minute is not.
    ...(isNamed && limit !== undefined && { perMinute: limit }),
    ...(remaining !== undefined && { left: { requests: remaining, at: now, until, ...renews } }),
  };
}

function isSoon(at: number | undefined, now: number): boolean {
  return at !== undefined && at > now && at <= now + MINUTE_MS;
}

/** Of two answers about the same window the one that leaves less is the later one for the host. */
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

/** One that waited is sent, or was given up. */
export function withoutSent({ sent, ...pace }: Pace, at: number): Pace {
  const place = sent.indexOf(at);
  return { ...pace, sent: sent.filter((_, index) => index !== place) };
}

/**
 * When a provider has room for one more request, behind those that wait for it already. An estimate, so it only ever
 * makes a request wait: whether a provider is passed over is said by its own answer.
 * @param cooldown what its last failure says.
 * @returns epoch milliseconds; `now` where it has room, or where nothing says that it has none.
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
  // A host that can be asked before all is renewed gives one request back at a time.
  return until + Math.ceil((countIn(sent, until, Infinity) * MINUTE_MS) / perMinute);
}

/** The first who wait have room when the window is renewed, the others a minute later. */
function placeIn(sent: readonly number[], at: number, places = Infinity): number {
  return countIn(sent, at, Infinity) < places ? at : at + MINUTE_MS;
}
