import type { Event, Reason, SkipReason } from '../events.ts';
import type { Cooldown } from '../failover/cooldown.ts';
import type { LiveState } from './live.ts';
import type { Day } from './day.ts';
import type { ProviderTotals, Summary } from './summary.ts';

/**
 * Converts what an earlier ccmux wrote into today's shape. Its reasons were sentences: they become the kind `words`.
 * Only readers of files, and of sessions of another version, use this.
 */

/** @param value as it was read: a reason of today's, or a sentence such as `429 (5-hour limit)`. */
export function reasonOf(value: Reason | string): Reason {
  if (typeof value !== 'string') return value;
  const [, status, text, inside] = /^(\d{3}) \(?(.+?)\)?(, inside a 200)?$/s.exec(value) ?? [];
  if (status === undefined || text === undefined) return { kind: 'words', text: value };
  return { kind: 'words', status: Number(status), text, ...(inside !== undefined && { inside: true as const }) };
}

/** An event as an earlier ccmux wrote it, by its former name where that has changed. */
export function eventOf(written: Event): Event {
  const event = renamed(written);
  switch (event.type) {
    case 'provider-skip':
      return { ...event, detail: reasonOf(event.detail) };
    case 'attempt-fail':
    case 'provider-cooldown':
      return { ...event, reason: reasonOf(event.reason) };
    case 'provider-switch':
      return event.reason === undefined ? event : { ...event, reason: reasonOf(event.reason) };
    default:
      return event;
  }
}

function renamed(event: Event): Event {
  const { type } = event as { type: string };
  if (type === 'provider-rest') return { ...event, type: 'provider-cooldown' } as Event;
  if (event.type === 'provider-skip') return { ...event, reason: skipOf(event.reason) };
  return event;
}

function skipOf(reason: SkipReason): SkipReason {
  return (reason as string) === 'resting' ? 'cooldown' : reason;
}

/** A provider's cooldowns, which were called rests. */
export function cooldownsOf(facts: { cooldowns?: Cooldown[]; rests?: Cooldown[] }): Cooldown[] | undefined {
  const cooldowns = facts.cooldowns ?? facts.rests;
  if (!Array.isArray(cooldowns)) return undefined;
  return cooldowns.map((cooldown) => ({ ...cooldown, reason: reasonOf(cooldown.reason) }));
}

/** The days of a provider's counts; there was one for requests and one for money. */
export function daysOf(facts: {
  days?: Day[];
  day?: Pick<Day, 'date' | 'requests' | 'tokens'>;
  spend?: Pick<Day, 'date' | 'usd' | 'unknown' | 'assumed'>;
}): Day[] {
  if (Array.isArray(facts.days)) return facts.days;
  const none = { requests: 0, tokens: 0, usd: 0, unknown: false };
  const { day, spend } = facts;
  if (day !== undefined && day.date === spend?.date) return [{ ...day, ...spend }];
  return [...(spend ? [{ ...none, ...spend }] : []), ...(day ? [{ ...none, ...day }] : [])];
}

export function summaryOf(summary: Summary): Summary {
  return {
    ...summary,
    failures: summary.failures.map((failure) => ({ ...failure, reason: reasonOf(failure.reason) })),
    switches: summary.switches.map((change) =>
      change.reason === undefined ? change : { ...change, reason: reasonOf(change.reason) },
    ),
    providers: summary.providers.map(totalsOf),
    responses: summary.responses.map((response) =>
      response.skipped === undefined
        ? response
        : {
            ...response,
            skipped: response.skipped.map((skip) => ({
              ...skip,
              reason: skipOf(skip.reason),
              detail: reasonOf(skip.detail),
            })),
          },
    ),
  };
}

function totalsOf({ rest, ...totals }: ProviderTotals & { rest?: ProviderTotals['cooldown'] }): ProviderTotals {
  const cooldown = totals.cooldown ?? rest;
  return cooldown === undefined ? totals : { ...totals, cooldown: { ...cooldown, reason: reasonOf(cooldown.reason) } };
}

/** What a session says that an earlier ccmux runs. */
export function liveOf({ servingWhy, ...written }: LiveState): LiveState {
  const { nobody, ...live } = { ...written, nobody: written.nobody as LiveState['nobody'] | true };
  return {
    ...live,
    // Its sentence named the provider: the provider's own reason is shown in its place.
    ...(typeof servingWhy === 'object' && { servingWhy }),
    providers: live.providers.map((provider) => ({
      ...provider,
      state: (provider.state as string) === 'resting' ? 'cooldown' : provider.state,
      ...(provider.reason !== undefined && { reason: reasonOf(provider.reason) }),
    })),
    ...(nobody !== undefined && { nobody: nobody === true ? nobodyOf(live) : nobody }),
    summary: summaryOf(live.summary),
  };
}

/** An earlier ccmux said only that nobody is ready. */
function nobodyOf({ providers }: Pick<LiveState, 'providers'>): NonNullable<LiveState['nobody']> {
  const each = providers.map(({ id, reason, until }) => ({
    provider: id,
    reason: reasonOf(reason ?? 'unavailable'),
    ...(until !== undefined && { until }),
  }));
  const untils = each.flatMap(({ until }) => (until === undefined ? [] : [until]));
  return { kind: 'unavailable', ...(untils.length > 0 && { until: Math.min(...untils) }), each };
}
