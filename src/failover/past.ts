import type { Failure } from '../errors.ts';
import type { ProviderId } from '../events.ts';
import type { Outcome } from './outcome.ts';

/** What was done for a request so far, in order. */
export type Past = Tried | Waited;

/** A provider was asked, and nothing of its answer has reached the client. */
export type Tried = {
  did: 'ask';
  provider: ProviderId;
  failure: Failure;
  outcome: Outcome;
  /** When it had failed, epoch milliseconds. */
  at: number;
  /** Its answer is an error status of the user's own Claude, which the client can get unchanged. */
  relayable: boolean;
};

export type Waited = {
  did: 'wait';
  for: ProviderId;
  /** How long it waited in the queue of a fallback whose requests of the minute were used up. */
  queuedMs?: number;
  /** The user has chosen another provider meanwhile. */
  cutShort?: boolean;
};
