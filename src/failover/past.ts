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
  /** Its answer is an error status of the client's own Claude: the client can be given it as it came. */
  relayable: boolean;
};

export type Waited = {
  did: 'wait';
  for: ProviderId;
  /** So long it was in the queue of a fallback that had had its requests of the minute. */
  queuedMs?: number;
  /** The user chose somebody else meanwhile. */
  cutShort?: boolean;
};
