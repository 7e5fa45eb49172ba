import type { Pieces } from '../ground/pieces.ts';

/** One request to a host, whoever carries it. */
export type UpstreamRequest = {
  method: string;
  url: URL;
  /** Names and values alternating, `host` included: sent in this order and case. */
  rawHeaders: string[];
  body?: Pieces | Uint8Array | string | undefined;
  signal?: AbortSignal | undefined;
  /** No response headers within this many milliseconds is an error with code `CCMUX_TIMEOUT`; 0 waits for ever. */
  firstByteTimeoutMs?: number;
  /** No connection within this many milliseconds is the same error; 0 or absent: no limit. */
  connectTimeoutMs?: number | undefined;
  /** Called when the whole request was handed to the operating system. */
  onSent?: (() => void) | undefined;
};

/** The code of the error where headers or a connection do not come in time. */
export const TIMEOUT_CODE = 'CCMUX_TIMEOUT';

/** The code of the error where the user's proxy brings no connection, or its address cannot be read. */
export const PROXY_CODE = 'EPROXY';

/** @param limitMs named where it is one of the user's own limits. */
export function lateError(message: string, limitMs?: number): Error {
  return Object.assign(new Error(message), { code: TIMEOUT_CODE, ...(limitMs !== undefined && { limitMs }) });
}

const STATUS_CODE = 'CCMUX_STATUS';

/** For a status that is no answer: 101, or above 599. */
export function statusError(status: number): Error {
  return Object.assign(new Error(`status ${status}`), { code: STATUS_CODE, status });
}

/** The status, if an upstream threw because of it. */
export function statusErrorOf(error: unknown): number | undefined {
  const { code, status, cause } = (error ?? {}) as { code?: unknown; status?: number; cause?: unknown };
  return code === STATUS_CODE ? status : cause === undefined ? undefined : statusErrorOf(cause);
}

export function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
