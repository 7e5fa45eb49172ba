import type { ProviderId, Reason } from '../events.ts';
import type { FinalFacts } from './final-facts.ts';
import type { Choice } from './policy.ts';
import type { Limits } from './situation.ts';

/** What to do next for a request, and who was passed over on the way there. */
export type Step = { skipped: Choice['skipped'] } & (
  | {
      do: 'ask';
      provider: ProviderId;
      limits: Limits;
      /** `content`: nothing reaches the client before the first content. `none`: whatever is no error does. */
      gate: 'content' | 'none';
      /** The client waits for somebody else than it asked: it must not take silence for death. */
      pings: boolean;
    }
  /**
   * `queued`: for its place among those that wait for this provider; with how many requests it takes in a minute.
   * `reset`: it is a limit that is waited for, as the user wishes. Both are worth telling.
   */
  | {
      do: 'wait';
      for: ProviderId;
      ms: number;
      pings: boolean;
      queued?: { perMinute?: number };
      reset?: { until: number; reason: Reason };
    }
  /** The client gets what this attempt got, as it came: an index into the past. */
  | { do: 'relay'; attempt: number }
  /** Somebody else than Claude is to answer, but has only the end of the conversation: the client must send all of it. */
  | { do: 'ask-whole' }
  /** Nobody can answer: the facts of the error that says so. */
  | { do: 'fail'; facts: FinalFacts }
);
