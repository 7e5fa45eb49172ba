import type { ProviderId } from '../events.ts';
import type { LiveState, Nobody, ServingWhy, Waiting } from '../state/live.ts';
import { isEndKnown, soonestEnd } from './ends.ts';
import { backText, obstacleText } from './ready.ts';
import { atClock, clock, clockAndWait, wait } from './time.ts';
import { couldNot, reasonText } from './why.ts';
import type { Label } from './label.ts';

/**
 * How a session stands, in words: who answered last, who is next, for whom it waits, or that nobody can answer. Status
 * and page render these sentences; the footer has the same facts on one line.
 */

/** Each a whole sentence, the title without its dot. */
export type Standing = { title: string; why?: string; next?: string };

/** @param now the session's clock, epoch milliseconds: not before `live.now`. */
export function standingOf(live: LiveState, label: Label, now: number): Standing {
  if (live.waiting) return waitingStanding(live, live.waiting, label, now);
  if (live.nobody) return nobodyStanding(live, live.nobody, label, now);
  const { serving, answeredLast = serving, steer, providers } = live;
  const preferred = steer?.provider ?? providers[0]?.id;
  const title = answeredLast === serving ? `${label(serving)} answers now` : `${label(serving)} answers next`;
  const last = answeredLast === serving ? '' : `${label(answeredLast)} answered last. `;
  if (preferred === undefined || preferred === serving) {
    return steer === null
      ? { title, why: `${last}It is the first in your order.`, next: spareSentence(live, label) }
      : { title, why: `${last}${chosenSentence(label(serving), steer.only)}` };
  }
  const why =
    live.servingWhy === undefined ? `${label(preferred)} cannot answer.` : servingWhySentence(live.servingWhy, label);
  const next = backSentence(live, preferred, label, now);
  return { title, why: `${last}${why}`, ...(next !== undefined && { next }) };
}

/** Who could answer at once in place of one that is waited for. */
export function spareOf({ providers }: LiveState, except: ProviderId): ProviderId | undefined {
  return providers.find(({ id, state, routed }) => id !== except && !routed && state === 'ready')?.id;
}

const WAITS = 'You let ccmux wait for a limit that is over soon (failover.waitUpTo).';
const QUEUES = 'A short wait for a place costs less than a change of provider.';

function waitingStanding(live: LiveState, { provider, until, reason, requests }: Waiting, label: Label, now: number) {
  const name = label(provider);
  const spare = spareOf(live, provider);
  const next = spare === undefined ? {} : { next: `To go on with ${label(spare)} at once: ccmux use ${spare}` };
  return {
    title:
      requests === 0
        ? `The next request waits for ${name} until ${clock(until, now)}`
        : `Waiting for ${name} until ${clockAndWait(until, now)}`,
    why: `${name}: ${reasonText(reason)}. ${reason.kind === 'full' ? QUEUES : WAITS}`,
    ...next,
  };
}

function nobodyStanding(live: LiveState, { kind, until, each }: Nobody, label: Label, now: number): Standing {
  const names = each.map((one) => `${obstacleText(label(one.provider), one, now)}.`).join(' ');
  const chosen = live.steer?.only ? ` You chose ${label(live.steer.provider)} and nobody else.` : '';
  const goes = kind === 'failed' ? 'The next request goes to' : 'Requests still go to';
  const first = live.providers[0];
  const next = first && backSentence(live, first.id, label, now);
  const title =
    kind === 'failed'
      ? 'No provider could answer your last message'
      : `No provider is available${nextChance(until, each, now)}`;
  return {
    title,
    why: `${names}${chosen} ${goes} ${label(live.serving)}.`.trim(),
    ...(next !== undefined && { next }),
  };
}

/** ` until 17:05`, or `; next try at 17:05`: when the first of them can be asked. */
function nextChance(until: number | undefined, each: Nobody['each'], now: number): string {
  if (until === undefined || until <= now) return '';
  const time = clock(until, now);
  return isEndKnown(soonestEnd(each)?.reason) ? ` until ${time}` : `; next try ${atClock(until, now)}`;
}

function chosenSentence(name: string, only: boolean): string {
  return only
    ? `You chose ${name} and nobody else: if it fails, you see its error.`
    : `You chose ${name}. If it fails, the next in your order answers.`;
}

function spareSentence(live: LiveState, label: Label): string {
  const spare = spareOf(live, live.serving);
  if (spare === undefined) return 'If it fails, no other provider is available.';
  const failed = live.providers.find(({ id }) => id === spare)?.tested?.result === 'failed';
  return failed
    ? `If it is limited, overloaded or down, ${label(spare)} is asked, although its test has failed.`
    : `If it is limited, overloaded or down, ${label(spare)} answers.`;
}

/** `Claude is back at 17:05 (in 1 h 12 min), from your next message on.`, `Claude is tried again at 17:05 (in 5 s).` */
function backSentence(live: LiveState, preferred: ProviderId, label: Label, now: number): string | undefined {
  const { until, reason, cooldownFamily } = live.providers.find(({ id }) => id === preferred) ?? {};
  // When nothing is waited for, the session's own reason says what comes next.
  if (until === undefined || until <= now) return undefined;
  const byHand = live.switchBack === 'manual';
  const text = backText(label(preferred), until, now, { reason, family: cooldownFamily, byHand });
  const back = `${text} (in ${wait(until - now)})`;
  if (!isEndKnown(reason) && !byHand) return `${back}.`;
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
