import { clientHasAnother } from '../failover/client-switch.ts';
import type { Situation } from '../failover/situation.ts';
import type { ExchangeContext } from './context.ts';
import type { ClientRequest } from './request.ts';

/** What the choice of a provider depends on in one exchange, and is known without reading the request. */
export type Unread = Pick<Situation, 'family' | 'streaming' | 'retries' | 'clientSwitches' | 'random' | 'times'>;

export function unreadOf(context: ExchangeContext, { family, streaming, asker }: ClientRequest): Unread {
  const { fallbackModels, times } = context;
  return {
    family,
    streaming,
    // Retries here would hide overloads that the client counts.
    retries: fallbackModels.length > 0 ? 0 : context.retries,
    clientSwitches: (asker.requestClass ?? 'main') === 'main' && clientHasAnother(fallbackModels, family),
    random: Math.random(),
    times,
  };
}
