import type { Config } from '../config/schema.ts';
import type { Times } from '../failover/situation.ts';

/** All waiting times, milliseconds: the user's settings and fixed values. */
export function timesOf({ failover, limits }: Config): Times {
  return {
    waitUpTo: failover.waitUpTo,
    // Long enough for a key of ten requests a minute to get the next one.
    queueUpTo: Math.max(10_000, failover.waitUpTo),
    limits,
    errorBody: 5_000,
    afterEnd: 1_000,
    retryPause: 500,
  };
}
