import type { Reason } from '../events.ts';
import type { ProviderState } from '../state/live.ts';
import { isEndKnown } from './ends.ts';
import { atClock, clock, clockAndWait } from './time.ts';
import { capitalised } from './text.ts';
import { reasonText } from './why.ts';

/** Who can answer, who cannot, and until when. */

/**
 * A provider that cannot answer: why, for which family of Claude's models alone, and whether only the user may have it
 * asked again (`switchBack: manual`).
 */
type Away = { reason: Reason | undefined; family?: string | undefined; byHand?: boolean };

/**
 * `Claude is back at 17:05`, `Claude is back for Opus at 17:05`; `Claude is tried again at 17:05` (`can be tried again`,
 * by hand) where nobody has said when it can answer; once that is past, `Claude is available again`.
 */
export function backText(name: string, at: number, now: number, { reason, family, byHand = false }: Away): string {
  if (at <= now) return `${name} is available again`;
  const what = isEndKnown(reason) ? 'is back' : `${byHand ? 'can be' : 'is'} tried again`;
  return `${name} ${what}${forFamily(family)} ${atClock(at, now)}`;
}

/** `unavailable until 17:05 (in 1 h 12 min)`, `unavailable for Opus`, `unavailable, next try at 17:05 (in 10 min)` */
export function unavailableText(until: number | undefined, now: number, { reason, family }: Away): string {
  const when = until === undefined ? '' : untilText(until, now, reason);
  return `unavailable${forFamily(family)}${when}`;
}

function untilText(until: number, now: number, reason: Reason | undefined): string {
  const time = clockAndWait(until, now);
  return isEndKnown(reason) ? ` until ${time}` : `, next try at ${time}`;
}

function forFamily(family: string | undefined): string {
  return family === undefined ? '' : ` for ${capitalised(family)}`;
}

/** What a person can do about a key that a host refuses. */
export const KEY_WAY = 'to test your keys: ccmux doctor --live';

export function isAboutKey({ kind }: Reason): boolean {
  return kind === 'key-refused' || kind === 'not-permitted';
}

/** A provider's state: `available`, `unavailable until 17:05 (in 1 h 12 min)`, `over your budget`. */
export function stateText(
  {
    state,
    until,
    reason,
    cooldownFamily: family,
    routed,
    tested,
  }: Pick<ProviderState, 'state' | 'until' | 'reason' | 'cooldownFamily' | 'routed' | 'tested'>,
  now: number,
): string {
  if (state === 'cooldown' && until !== undefined && until <= now) return 'available again';
  if (isDoubtful({ state, tested })) return 'its test has failed';
  if (state === 'ready' && routed) return 'by your route only';
  return state === 'cooldown' ? unavailableText(until, now, { reason, family }) : STATES[state];
}

/** Nothing keeps it from being asked, but the test of its key has failed: it is not called available. */
export function isDoubtful({
  state,
  tested,
}: {
  state: ProviderState['state'];
  tested?: ProviderState['tested'] | undefined;
}): boolean {
  return state === 'ready' && tested?.result === 'failed';
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

/** `Claude: 429 (5-hour limit), until 17:05`, `Claude: 529 overloaded, next try 17:05`, `Groq: over your budget` */
export function obstacleText(
  name: string,
  { reason, until }: { reason: Reason; until?: number | undefined },
  now: number,
): string {
  if (until === undefined || until <= now) return `${name}: ${reasonText(reason)}`;
  const time = isEndKnown(reason) ? `until ${clock(until, now)}` : `next try ${clock(until, now)}`;
  return `${name}: ${reasonText(reason)}, ${time}`;
}
