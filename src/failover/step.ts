import type { ProviderId, Reason } from '../events.ts';
import type { WebLack } from '../ground/web.ts';
import type { Verdict } from './handoff.ts';
import type { FinalFacts } from './final-facts.ts';
import type { Choice } from './policy.ts';
import type { Limits } from './situation.ts';

/**
 * What to do next for a request, and who was passed over on the way there.
 * `held`: a rule of the user's keeps it from `provider`, which would be asked else.
 */
export type Step = { skipped: Choice['skipped']; held?: Verdict & { provider: ProviderId } } & (
  | {
      do: 'ask';
      provider: ProviderId;
      limits: Limits;
      /** `content`: nothing reaches the client before the first content. `none`: everything but an error does. */
      gate: 'content' | 'none';
      /** The client waits for another provider than it asked, so pings must keep it from giving up. */
      pings: boolean;
    }
  /**
   * `queued`: for its place among those that wait for this provider; with how many requests it takes in a minute.
   * `reset`: for a limit, as the user wishes. Both are shown to the user.
   */
  | {
      do: 'wait';
      for: ProviderId;
      ms: number;
      pings: boolean;
      queued?: { perMinute?: number };
      reset?: { until: number; reason: Reason };
    }
  /** The client gets this attempt's answer unchanged: an index into the past. */
  | { do: 'relay'; attempt: number }
  /** A fallback should answer, but the body holds only the end of the conversation: the client must send all of it. */
  | { do: 'ask-whole' }
  /** Nothing but a web search is wanted, which this provider cannot make: the client is told so, and nobody is asked. */
  | { do: 'decline'; provider: ProviderId; lack: WebLack }
  /** No provider can answer: the facts for the final error. */
  | { do: 'fail'; facts: FinalFacts }
);
