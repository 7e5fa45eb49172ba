import type { ProviderId } from '../events.ts';
import { roomAt, type Pace } from './pace.ts';
import type { Step } from './step.ts';
import type { Past } from './past.ts';
import { cooldownOf, withCooldown } from './cooldown.ts';
import type { Situation } from './situation.ts';

type Place = Pick<Extract<Step, { do: 'wait' }>, 'for' | 'ms' | 'queued' | 'skipped'>;

/** The providers that may be asked, best first, and those passed over, for a given situation and past. */
type Choose = (situation: Situation, past: readonly Past[]) => { chosen: ProviderId[]; skipped: Step['skipped'] };

/**
 * A place in the queue of the best provider, if only its requests of this minute are used up: many subagents at once
 * should not all go to the next provider, which may cost more. In all no longer than `times.queueUpTo`.
 */
export function queueFor(past: readonly Past[], situation: Situation, choose: Choose): Place | undefined {
  const { paces, now, times } = situation;
  const waited = past.reduce((sum, one) => sum + (one.did === 'wait' ? (one.queuedMs ?? 0) : 0), 0);
  const waits = new Map<ProviderId, number>();
  for (const [id, pace] of paces) {
    const at = waitFor(id, pace, situation);
    if (at > now && at <= now + times.queueUpTo - waited && limitsOf(id, past) < 2) waits.set(id, at);
  }
  if (waits.size === 0) return undefined;
  const cooldowns = Object.fromEntries(Object.entries(situation.cooldowns).filter(([id]) => !waits.has(id)));
  // A limit's error is not an answer: the provider is asked again when its limit is over.
  const others = past.filter((one) => one.did !== 'ask' || !waits.has(one.provider) || !isLimit(one));
  const { chosen, skipped } = choose({ ...situation, cooldowns }, others);
  const [best] = chosen;
  const at = best === undefined ? undefined : waits.get(best);
  if (best === undefined || at === undefined) return undefined;
  return { for: best, ms: at - now, queued: perMinuteOf(paces.get(best)!), skipped };
}

/** When a provider has room; `now` also for one that failed by something else than a limit: waiting would not help. */
function waitFor(id: ProviderId, pace: Pace, { cooldowns, family, now }: Situation): number {
  const cooldown = cooldownOf(cooldowns, id, family, now);
  return cooldown !== undefined && cooldown.reason.kind !== 'limit' ? now : roomAt(pace, cooldown, now);
}

/** The same situation with a cooldown for each full queue: a request must not overtake those that wait. */
export function withQueues(situation: Situation): Situation {
  const { paces, now } = situation;
  let { cooldowns } = situation;
  for (const [id, pace] of paces) {
    const isFull = roomAt(pace, undefined, now) > now && pace.sent.some((at) => at > now);
    if (!isFull || cooldownOf(cooldowns, id, situation.family, now) !== undefined) continue;
    const reason = { kind: 'full' as const, ...perMinuteOf(pace) };
    cooldowns = withCooldown(cooldowns, id, { until: pace.sent.at(-1)!, failure: 'rate_limit', reason, streak: 0 });
  }
  return { ...situation, cooldowns };
}

function perMinuteOf({ perMinute }: Pace): { perMinute?: number } {
  return perMinute === undefined ? {} : { perMinute };
}

function limitsOf(id: ProviderId, past: readonly Past[]): number {
  return past.filter((one) => one.did === 'ask' && one.provider === id && isLimit(one)).length;
}

function isLimit({ outcome }: Extract<Past, { did: 'ask' }>): boolean {
  return outcome.failure === 'rate_limit';
}
