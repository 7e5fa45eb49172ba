import type { Reason } from '../../events.ts';
import { isPlausible, type Cooldown } from '../../failover/cooldown.ts';
import { spendsOf } from '../spends.ts';
import { apply, noFacts, type Change, type SharedFacts } from '../shared-facts.ts';

/**
 * What machines share, and the only ways to change it; pure. Moments are those of the server's clock. Each change is
 * applied to whatever others have written in the meantime, and a batch that is sent twice is applied once.
 */
export type TeamFacts = SharedFacts & {
  /** By a machine's mark: the last of its batches that is in these facts, and when it came. */
  machines: Record<string, { seq: number; at: number }>;
  /** By id: what running requests may cost. */
  reserved: Record<string, Reserved>;
};

export type Reserved = {
  usd: number;
  /** The day whose cap it counts against. */
  date: string;
  /** It ends by itself at this moment: whoever was killed leaves none behind. */
  until: number;
};

export type TeamChange =
  | Change
  /** `cap`: only if the day's spend, with all that is reserved, stays within it. Left out: in any case. */
  | (Reserved & { do: 'reserve'; id: string; cap?: number })
  | { do: 'release'; id: string };

/** What one machine has changed in one step. */
export type Batch = {
  /** The machine's mark; its batches are numbered. */
  machine: string;
  seq: number;
  /** When it was written, and by how much the server's clock was believed to be ahead then, milliseconds. */
  at: number;
  aheadMs: number;
  changes: TeamChange[];
};

/** A machine that has not written for so long is none of those that share. */
const ACTIVE_MS = 24 * 3_600_000;
/** Its batches were all taken long ago: their numbers need not be kept. */
const MACHINE_MEMORY_MS = 8 * 24 * 3_600_000;
/** Keys and accounts come and go: what nobody has used for so long is forgotten. */
const UNUSED_MS = 40 * 24 * 3_600_000;

export function noTeamFacts(): TeamFacts {
  return { ...noFacts(), machines: {}, reserved: {} };
}

/** Applies the batches that are not in the facts yet, in their order. @param now by the server's clock. */
export function applyBatches(facts: TeamFacts, batches: readonly Batch[], now: number): void {
  for (const { machine, seq, changes } of batches) {
    if (seq <= (facts.machines[machine]?.seq ?? 0)) continue;
    facts.machines[machine] = { seq, at: now };
    for (const change of changes) applyTeam(facts, change, now);
  }
}

export function applyTeam(facts: TeamFacts, change: TeamChange, now: number): void {
  switch (change.do) {
    case 'reserve': {
      const { id, usd, date, until, cap } = change;
      const fits = cap === undefined || committed(facts, date, now) + usd <= cap;
      if (until > now && fits) facts.reserved[id] = { usd, date, until };
      break;
    }
    case 'release':
      delete facts.reserved[change.id];
      break;
    default:
      apply(facts, change);
      (facts.providers[change.provider] as Used).usedAt = now;
  }
}

/** Facts of an account or a key, with the moment when they were last written. */
type Used = { usedAt?: number };

/** Forgets what is over. */
export function prune(facts: TeamFacts, now: number): void {
  facts.machines = withoutEntries(facts.machines, ({ at }) => at < now - MACHINE_MEMORY_MS);
  facts.reserved = withoutEntries(facts.reserved, ({ until }) => until <= now);
  facts.providers = withoutEntries(facts.providers, (one) => ((one as Used).usedAt ?? now) < now - UNUSED_MS);
  for (const one of Object.values(facts.providers)) {
    one.cooldowns = one.cooldowns.filter((cooldown) => isPlausible(cooldown, now));
  }
}

function withoutEntries<T>(table: Record<string, T>, isOver: (value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => !isOver(value)));
}

/** What a day has cost so far, by all machines, and what their running requests may still cost; US dollars. */
export function committed(facts: TeamFacts, date: string, now: number): number {
  const spent = spendsOf(facts, date).reduce((sum, { usd, assumed = 0 }) => sum + usd + assumed, 0);
  return spent + reservedUsd(facts, date, now);
}

/** @param except ids that the caller counts by itself. */
export function reservedUsd(facts: TeamFacts, date: string, now: number, except?: ReadonlySet<string>): number {
  return Object.entries(facts.reserved)
    .filter(([id, { until, date: of }]) => of === date && until > now && !except?.has(id))
    .reduce((sum, [, { usd }]) => sum + usd, 0);
}

/** How many machines have shared lately. */
export function activeMachines(facts: TeamFacts, now: number): number {
  return Object.values(facts.machines).filter(({ at }) => at > now - ACTIVE_MS).length;
}

/**
 * The cap that one machine keeps while it does not reach the server: what was committed when it last did, and its share
 * of what was left then.
 * @param last the facts as the server had them then; undefined: it was never reached, so that no share is known.
 */
export function capWhileAway(last: TeamFacts | undefined, cap: number, date: string, lastAt: number): number {
  if (last === undefined) return 0;
  const before = committed(last, date, lastAt);
  return before + Math.max(0, cap - before) / Math.max(1, activeMachines(last, lastAt));
}

/** Takes out of a change what is nobody else's business: a host's own words, and what is the matter with this machine. */
export function sharable(change: TeamChange): TeamChange {
  if (change.do !== 'cooldowns') return change;
  return { ...change, added: change.added.map((one) => ({ ...one, reason: withoutWords(one.reason) })) };
}

/** True for what any machine would meet; a broken connection, or no answer in time, may be this machine's own trouble. */
export function concernsAll({ failure, reason }: Cooldown): boolean {
  return failure !== 'network' && failure !== 'timeout' && reason.kind !== 'setup' && reason.kind !== 'certificate';
}

function withoutWords(reason: Reason): Reason {
  if (reason.kind === 'words') {
    const { status, inside } = reason;
    return status === undefined ? { kind: 'error-event' } : { kind: 'status', status, ...(inside && { inside }) };
  }
  if (!('said' in reason)) return reason;
  const { said: _, ...facts } = reason;
  return facts;
}
