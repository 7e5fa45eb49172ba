import type { ProviderId, Reason } from '../events.ts';
import type { LiveState, ProviderState, ServingWhy } from '../report/live.ts';
import { atClock, clock, clockAndWait, wait } from './time.ts';
import { capitalised } from './text.ts';
import { couldNot, reasonText } from './why.ts';

/** Who can answer, who cannot, and until when. */

type Label = (provider: ProviderId) => string;

/** `Claude is back at 17:05`; once that is past, `Claude is available again`. */
export function backText(name: string, at: number, now: number): string {
  return at <= now ? `${name} is available again` : `${name} is back ${atClock(at, now)}`;
}

/** `unavailable until 17:05 (in 1 h 12 min)`, `unavailable for Opus`: a limit may hold for one model family only. */
export function unavailableText(until: number | undefined, family: string | undefined, now: number): string {
  const whose = family === undefined ? '' : ` for ${capitalised(family)}`;
  return `unavailable${whose}${until === undefined ? '' : ` until ${clockAndWait(until, now)}`}`;
}

/** What a provider's state leaves open: why it is unavailable, or what would make it available. */
export function noteOf(reason: Reason): string | undefined {
  if (reason.kind === 'over-budget') return undefined;
  if (reason.kind !== 'no-key') return reasonText(reason);
  return reason.variables.length === 0 ? undefined : `set ${reason.variables.join(' or ')}`;
}

/** How the session stands: who answers, why, and what comes next. Each a whole sentence, the title without its dot. */
export type Standing = { title: string; why?: string; next?: string };

/** @param now the session's clock, epoch milliseconds: not before `live.now`. */
export function standingOf(live: LiveState, label: Label, now: number): Standing {
  const { serving, steer, providers } = live;
  if (live.nobody) return nobodyStanding(live, label, now);
  const preferred = steer?.provider ?? providers[0]?.id;
  const title = `${label(serving)} answers now`;
  if (preferred === undefined || preferred === serving) {
    return steer === null
      ? { title, why: 'It is the first in your order.', next: spareSentence(live, label) }
      : { title, why: chosenSentence(label(serving), steer.only) };
  }
  const why =
    live.servingWhy === undefined ? `${label(preferred)} cannot answer.` : servingWhySentence(live.servingWhy, label);
  const next = backSentence(live, preferred, label, now);
  return { title, why, ...(next !== undefined && { next }) };
}

function nobodyStanding(live: LiveState, label: Label, now: number): Standing {
  const first = live.providers[0];
  const resets = live.providers.flatMap(({ until }) => (until !== undefined && until > now ? [until] : []));
  const until = resets.length === 0 ? '' : ` until ${clock(Math.min(...resets), now)}`;
  const why = live.servingWhy ?? (first && unavailableWhy(first));
  const because = why === undefined ? '' : `${servingWhySentence(why, label)} `;
  const next = first && backSentence(live, first.id, label, now);
  return {
    title: `No provider is available${until}`,
    why: `${because}Requests still go to ${label(live.serving)}.`,
    ...(next !== undefined && { next }),
  };
}

function unavailableWhy({ id, reason }: ProviderState): ServingWhy | undefined {
  return reason === undefined ? undefined : { kind: 'unavailable', provider: id, reason };
}

function chosenSentence(name: string, only: boolean): string {
  return only
    ? `You chose ${name} and nobody else: if it fails, you see its error.`
    : `You chose ${name}. If it fails, the next in your order answers.`;
}

function spareSentence({ serving, providers }: LiveState, label: Label): string {
  const spare = providers.find(({ id, state }) => id !== serving && state === 'ready');
  return spare === undefined
    ? 'If it fails, no other provider is available.'
    : `If it is limited, overloaded or down, ${label(spare.id)} answers.`;
}

/** `Claude is back at 17:05 (in 1 h 12 min), from your next message on.` */
function backSentence(live: LiveState, preferred: ProviderId, label: Label, now: number): string | undefined {
  const { until, restFamily } = live.providers.find(({ id }) => id === preferred) ?? {};
  // When nothing is waited for, the session's own reason says what comes next.
  if (until === undefined || until <= now) return undefined;
  const whose = restFamily === undefined ? '' : ` for ${capitalised(restFamily)}`;
  const back = `${label(preferred)} is back${whose} ${atClock(until, now)} (in ${wait(until - now)})`;
  switch (live.switchBack) {
    case 'turn':
      return `${back}, from your next message on.`;
    case 'immediate':
      return `${back}, from the next request on.`;
    case 'manual':
      return `${back}; then: ccmux use ${preferred}`;
  }
}

/**
 * Why the provider that answers now is not the one that the order, or the user, would have: `You chose Gemini.`,
 * `Claude answered 429 (5-hour limit).`
 *
 * @param label a provider's name.
 */
export function servingWhySentence(why: ServingWhy, label: Label): string {
  switch (why.kind) {
    case 'chosen':
      return `You chose ${label(why.provider)}${why.only ? ' only' : ''}.`;
    case 'unavailable':
      return 'status' in why.reason
        ? `${label(why.provider)} ${couldNot(why.reason)}.`
        : `${label(why.provider)} cannot answer: ${reasonText(why.reason)}.`;
    case 'ready':
      return why.answers === 'when-chosen'
        ? `${label(why.provider)} is available again: ccmux use ${why.provider}`
        : `${label(why.provider)} is available again and answers from your next message on.`;
  }
}
