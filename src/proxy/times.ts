import type { Config } from '../config/schema.ts';
import type { Times } from '../failover/situation.ts';

/** How long ccmux waits for what, milliseconds: what the user set, and the client's own patience (API_TIMEOUT_MS). */
export function timesOf({ failover }: Config): Times {
  return {
    waitUpTo: failover.waitUpToMs,
    firstByte: failover.firstByteTimeoutMs,
    whole: 600_000,
    silence: 300_000,
    errorBody: 5_000,
    retryPause: 500,
  };
}
