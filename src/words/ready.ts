import type { ProviderId } from '../events.ts';
import type { ServingWhy } from '../report/live.ts';
import { reasonText } from './why.ts';

/** Who can answer and who cannot, in sentences. */

/**
 * Why the provider that answers now is not the one that the order, or the user, would have: `You chose Gemini.`,
 * `Claude answered 429 (5-hour limit).`
 *
 * @param label a provider's name.
 */
export function servingWhySentence(why: ServingWhy, label: (provider: ProviderId) => string): string {
  switch (why.kind) {
    case 'chosen':
      return `You chose ${label(why.provider)}${why.only ? ' only' : ''}.`;
    case 'unavailable': {
      const text = reasonText(why.reason);
      return 'status' in why.reason
        ? `${label(why.provider)} answered ${text}.`
        : `${label(why.provider)} cannot answer: ${text}.`;
    }
    case 'ready':
      return why.answers === 'when-chosen'
        ? `${label(why.provider)} is ready: ccmux use ${why.provider}`
        : `${label(why.provider)} is ready: it answers from your next turn on.`;
  }
}
