import type { ProviderId } from '../events.ts';
import { roomAt, type Pace } from './pace.ts';
import type { Step } from './step.ts';
import type { Past } from './past.ts';
import { cooldownOf, withCooldown } from './cooldown.ts';
import type { Situation } from './situation.ts';

type Place = Pick<Extract<Step, { do: 'wait' }>, 'for' | 'ms' | 'queued' | 'skipped'>;

/** Who may be asked, best first, and who was passed over, were the situation and the past like this. */
type Choose = (situation: Situation, past: readonly Past[]) => { chosen: ProviderId[]; skipped: Step['skipped'] };

/**
 * A place in the queue of the best provider, where all that it lacks is requests of this minute: many subagents at once
 * should not all move on to the next one, who may cost more. In all no longer than `times.queueUpTo`.
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
  // A limit's own error is no answer: who told it is asked again when its limit is over.
  const others = past.filter((one) => one.did !== 'ask' || !waits.has(one.provider) || !isLimit(one));
  const { chosen, skipped } = choose({ ...situation, cooldowns }, others);
  const [best] = chosen;
  const at = best === undefined ? undefined : waits.get(best);
  if (best === undefined || at === undefined) return undefined;
  return { for: best, ms: at - now, queued: perMinuteOf(paces.get(best)!), skipped };
}

/** When a provider has room; `now` also for one that is in other trouble than a limit: to wait would not help. */
function waitFor(id: ProviderId, pace: Pace, { cooldowns, family, now }: Situation): number {
  const cooldown = cooldownOf(cooldowns, id, family, now);
  return cooldown !== undefined && cooldown.reason.kind !== 'limit' ? now : roomAt(pace, cooldown, now);
}

/** The same for those who would have to wait too long: nobody goes past a queue. */
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
