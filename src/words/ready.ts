import type { Reason } from '../events.ts';
import type { ProviderState } from '../state/live.ts';
import { atClock, clock, clockAndWait } from './time.ts';
import { capitalised } from './text.ts';
import { reasonText } from './why.ts';

/** Who can answer, who cannot, and until when. */

/** `Claude is back at 17:05`; once that is past, `Claude is available again`. */
export function backText(name: string, at: number, now: number): string {
  return at <= now ? `${name} is available again` : `${name} is back ${atClock(at, now)}`;
}

/** `unavailable until 17:05 (in 1 h 12 min)`, `unavailable for Opus`: a limit may hold for one model family only. */
export function unavailableText(until: number | undefined, family: string | undefined, now: number): string {
  const whose = family === undefined ? '' : ` for ${capitalised(family)}`;
  return `unavailable${whose}${until === undefined ? '' : ` until ${clockAndWait(until, now)}`}`;
}

/** A provider's state: `available`, `unavailable until 17:05 (in 1 h 12 min)`, `over your budget`. */
export function stateText(
  { state, until, cooldownFamily, routed }: Pick<ProviderState, 'state' | 'until' | 'cooldownFamily' | 'routed'>,
  now: number,
): string {
  if (state === 'cooldown' && until !== undefined && until <= now) return 'available again';
  if (state === 'ready' && routed) return 'by your route only';
  return state === 'cooldown' ? unavailableText(until, cooldownFamily, now) : STATES[state];
}

const STATES: Readonly<Record<Exclude<ProviderState['state'], 'cooldown'>, string>> = {
  ready: 'available',
  no_key: 'no key',
  over_budget: 'over your budget',
  cannot_take: 'cannot take this conversation',
};

/** `key 2 (GEMINI_KEY_B): 429 (requests per day), until 17:05`: which of a provider's keys are not asked now. */
export function keyTexts({ keys = [] }: Pick<ProviderState, 'keys'>, now: number): string[] {
  return keys.flatMap(({ source, reason, until }, at) =>
    reason === undefined ? [] : [obstacleText(`key ${at + 1} (${source})`, { reason, until }, now)],
  );
}

/** What a provider's state leaves open: why it is unavailable, or what would make it available. */
export function noteOf(reason: Reason): string | undefined {
  if (reason.kind === 'over-budget' && reason.needsUsd === undefined) return undefined;
  if (reason.kind !== 'no-key') return reasonText(reason);
  return reason.variables.length === 0 ? undefined : `set ${reason.variables.join(' or ')}`;
}

/** `Claude: 429 (5-hour limit), until 17:05`, `Groq: over your budget` */
export function obstacleText(
  name: string,
  { reason, until }: { reason: Reason; until?: number | undefined },
  now: number,
): string {
  const time = until === undefined || until <= now ? '' : `, until ${clock(until, now)}`;
  return `${name}: ${reasonText(reason)}${time}`;
}
