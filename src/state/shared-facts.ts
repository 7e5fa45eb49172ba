import type { ProviderId, QuotaWindow } from '../events.ts';
import { withSample } from '../failover/latency.ts';
import { isPlausible } from '../failover/cooldown.ts';
import type { Cooldown } from '../failover/cooldown.ts';
import { withUsed } from '../failover/forecast.ts';
import type { UsedSeries } from '../failover/forecast.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import type { Day } from './day.ts';
import { cooldownsOf, daysOf } from './former.ts';

/**
 * The shape of `providers.json`, and the only ways to change it: each change is small and can be applied to whatever
 * another session has written in the meantime, so that concurrent sessions lose nothing of each other.
 */
export type SharedFacts = {
  version: typeof FORMAT;
  /** When it was last written, epoch milliseconds. */
  savedAt: number;
  providers: Record<ProviderId, ProviderFacts>;
};

export type ProviderFacts = {
  cooldowns: Cooldown[];
  /** The last answers' times in milliseconds, oldest first. */
  samples: number[];
  /** What was sent in the last minute: epoch second, requests, tokens. */
  recent: [second: number, requests: number, tokens: number][];
  /** What was sent and spent on local calendar days, the one that was written last at the end. */
  days: Day[];
  /** The limits as the wire last told them. */
  quota?: { at: number; windows: QuotaWindow[] };
  /** By a window's name, what was read of it since its last reset. */
  used?: Record<string, UsedSeries>;
};

/**
 * One change, as data: it can wait in a file, travel to another machine, and be applied there to what others have
 * written in the meantime. Moments and days are in it, so that to apply it needs no clock.
 */
export type Change =
  | { do: 'sample'; provider: ProviderId; ms: number }
  | { do: 'count'; provider: ProviderId; at: number; date: string; requests: number; tokens: number }
  /** `usd` null: the price is unknown. */
  | { do: 'spend'; provider: ProviderId; at: number; date: string; usd: number | null; assumed: number }
  | { do: 'limits'; provider: ProviderId; at: number; windows: QuotaWindow[] }
  | { do: 'cooldowns'; provider: ProviderId; at: number; removed: CooldownName[]; added: Cooldown[] };

/** What tells a cooldown from another of the same provider. */
type CooldownName = Pick<Cooldown, 'family' | 'account' | 'until' | 'streak'>;

/** Cooldowns are kept for a while after their end, because the failures in a row decide the length of the next one. */
const COOLDOWN_MEMORY_MS = 15 * 60_000;

/** The facts before the first write. */
export function noFacts(): SharedFacts {
  return { version: FORMAT, savedAt: 0, providers: {} };
}

/**
 * Fields of another ccmux version stay.
 * @returns the facts, `foreign` for those of another format, or undefined for a text that is not (whole) ours.
 */
export function parseFacts(text: string): SharedFacts | 'foreign' | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const facts = value as SharedFacts | null;
  if (isForeign(facts)) return 'foreign';
  if (facts?.version !== FORMAT || typeof facts.savedAt !== 'number') return undefined;
  if (typeof facts.providers !== 'object' || facts.providers === null) return undefined;
  if (!Object.values(facts.providers).every(isProviderFacts)) return undefined;
  for (const [id, provider] of Object.entries(facts.providers)) facts.providers[id] = sane(provider);
  return facts;
}

function sane({ used: readings, ...provider }: ProviderFacts): ProviderFacts {
  const cooldowns = (cooldownsOf(provider) ?? []).filter(({ until, streak }) => isCount(until) && isCount(streak));
  const used = Object.entries(readings ?? {}).filter(([, series]) => isSeries(series));
  return {
    ...provider,
    days: daysOf(provider),
    cooldowns,
    samples: provider.samples.filter(isTime),
    ...(used.length > 0 && { used: Object.fromEntries(used) }),
  };
}

function isSeries(value: unknown): boolean {
  const { resetAt, points } = Object(value) as UsedSeries;
  const isPoint = (point: unknown) => Array.isArray(point) && point.length === 2 && point.every(isCount);
  return isCount(resetAt) && Array.isArray(points) && points.every(isPoint);
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** No answer takes longer: such a time was measured across a change of the clock. */
const LONGEST_ANSWER_MS = 3_600_000;

function isTime(ms: number): boolean {
  return isCount(ms) && ms <= LONGEST_ANSWER_MS;
}

/** Clocks of machines that share a home differ by minutes; a file from further in the future was saved by a wrong one. */
const CLOCK_TOLERANCE_MS = 3_600_000;

/** The same without the cooldowns of a wrong clock: a clock that once said 2029 must not rest Claude until 2029. */
export function withoutWrongCooldowns(facts: SharedFacts, now: number): SharedFacts {
  const isTrusted = facts.savedAt <= now + CLOCK_TOLERANCE_MS;
  for (const own of Object.values(facts.providers)) {
    own.cooldowns = own.cooldowns.filter((cooldown) => isTrusted && isPlausible(cooldown, now));
  }
  return facts;
}

function isProviderFacts(value: unknown): boolean {
  const facts = value as Partial<ProviderFacts> | null;
  return (
    cooldownsOf(facts ?? {}) !== undefined &&
    Array.isArray(facts?.samples) &&
    Array.isArray(facts.recent) &&
    daysOf(facts).every(({ requests, tokens, usd }) => [requests, tokens, usd].every(isCount))
  );
}

function factsOf(facts: SharedFacts, provider: ProviderId): ProviderFacts {
  return (facts.providers[provider] ??= {
    cooldowns: [],
    samples: [],
    recent: [],
    days: [],
  });
}

/** More than one day is kept because sessions of one user may disagree about which day it is. */
const KEPT_DAYS = 4;

/** The counts of a day, moved to the end of the list. */
function dayFor(own: ProviderFacts, date: string): Day {
  const known = own.days.find((day) => day.date === date) ?? { date, requests: 0, tokens: 0, usd: 0, unknown: false };
  own.days = [...own.days.filter((day) => day !== known), known].slice(-KEPT_DAYS);
  return known;
}

/** Applies a change to the facts. */
export function apply(facts: SharedFacts, change: Change): void {
  const own = factsOf(facts, change.provider);
  switch (change.do) {
    case 'sample':
      if (isTime(change.ms)) own.samples = withSample(own.samples, Math.round(change.ms));
      break;
    case 'count':
      count(own, change);
      break;
    case 'spend':
      spend(own, change);
      break;
    case 'limits': {
      const { at, windows } = change;
      if ((own.quota?.at ?? 0) <= at) own.quota = { at, windows };
      own.used = withReadings(own.used, windows, at);
      break;
    }
    case 'cooldowns':
      changeCooldowns(own, change);
      break;
  }
}

function count(own: ProviderFacts, { at, date, requests, tokens: told }: Extract<Change, { do: 'count' }>): void {
  const second = Math.floor(at / 1000);
  // JSON has no NaN: one such number would make the whole file unreadable.
  const tokens = isCount(told) ? told : 0;
  const bucket = own.recent.find(([known]) => known === second);
  if (bucket === undefined) own.recent.push([second, requests, tokens]);
  else {
    bucket[1] += requests;
    bucket[2] += tokens;
  }
  own.recent = own.recent.filter(([known]) => isRecent(known, at));
  const day = dayFor(own, date);
  day.requests += requests;
  day.tokens += tokens;
}

/** Within the last minute, or so little ahead of it that two machines' clocks may differ by that. */
export function isRecent(second: number, at: number): boolean {
  return second * 1000 > at - 60_000 && second * 1000 < at + 60_000;
}

/** Where a price is unknown, so is the day's spend from now on; `assumed` then counts against a cap. */
function spend(own: ProviderFacts, { date, usd, assumed }: Extract<Change, { do: 'spend' }>): void {
  const day = dayFor(own, date);
  if (usd !== null && isCount(usd)) day.usd += usd;
  else {
    day.unknown = true;
    if (assumed > 0) day.assumed = (day.assumed ?? 0) + assumed;
  }
}

/** What was read of the windows at `at`, added to what is known. Windows that have reset since are forgotten. */
export function withReadings(
  known: ProviderFacts['used'],
  windows: readonly QuotaWindow[],
  at: number,
): NonNullable<ProviderFacts['used']> {
  const kept = Object.entries(known ?? {}).filter(([, { resetAt }]) => resetAt > at);
  const read = windows.flatMap((window) => {
    const series = withUsed(known?.[window.name], window, at);
    return series === undefined ? [] : [[window.name, series] as const];
  });
  return Object.fromEntries([...kept, ...read]);
}

/**
 * What a session did to a provider's cooldowns, as a difference: what it added or changed, and what it took away.
 * Another session's cooldown that it had not seen stays.
 */
export function cooldownsChanged(
  provider: ProviderId,
  before: readonly Cooldown[],
  after: readonly Cooldown[],
  at: number,
): Extract<Change, { do: 'cooldowns' }> {
  const removed = before
    .filter((cooldown) => !after.some((kept) => isSameCooldown(kept, cooldown)))
    .map(({ family, account, until, streak }) => ({
      ...(family !== undefined && { family }),
      ...(account !== undefined && { account }),
      until,
      streak,
    }));
  const added = after.filter((cooldown) => !before.some((old) => isSameCooldown(old, cooldown)));
  return { do: 'cooldowns', provider, at, removed, added };
}

function changeCooldowns(own: ProviderFacts, { removed, added, at }: Extract<Change, { do: 'cooldowns' }>): void {
  own.cooldowns = own.cooldowns.filter((cooldown) => !removed.some((gone) => isSameCooldown(gone, cooldown)));
  for (const cooldown of added) {
    const rival = own.cooldowns.find((known) => known.family === cooldown.family && known.account === cooldown.account);
    if (rival !== undefined && rival.until > cooldown.until) continue;
    own.cooldowns = [...own.cooldowns.filter((known) => known !== rival), cooldown];
  }
  own.cooldowns = own.cooldowns.filter((cooldown) => cooldown.until > at - COOLDOWN_MEMORY_MS);
}

function isSameCooldown(a: CooldownName, b: CooldownName): boolean {
  return a.family === b.family && a.account === b.account && a.until === b.until && a.streak === b.streak;
}
