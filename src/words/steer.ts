import type { LiveState } from '../state/live.ts';
import { labelsOf } from './label.ts';
import { servingWhySentence } from './standing.ts';
import { steerParts } from './switch.ts';
import { sentence } from './text.ts';
import { reasonText } from './why.ts';

/** The answer to `ccmux use`: what holds from now on. */
export function confirmUse({ steer: chosen, serving, servingWhy, providers }: LiveState): string {
  const label = labelsOf(providers);
  const order = providers.flatMap(({ id, routed }) => (routed ? [] : [id]));
  const next = `${label(serving)} answers next.`;
  if (chosen !== null && !chosen.only && serving !== chosen.provider) {
    const reason = providers.find(({ id }) => id === chosen.provider)?.reason;
    const why = reason === undefined ? '' : `: ${reasonText(reason)}`;
    return `${label(chosen.provider)} is preferred from now on, but unavailable${why}. ${next}`;
  }
  const parts = steerParts(chosen ?? { provider: 'auto', only: false }, order, label)
    .map(sentence)
    .join('. ');
  if (chosen !== null) return parts;
  return [`${parts}.`, next, servingWhy && servingWhySentence(servingWhy, label)].filter(Boolean).join(' ');
}
