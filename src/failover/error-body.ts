import type { Failure } from '../errors.ts';
import { statusOfBusinessCode } from './business-codes.ts';

/** The fields that every wire's error body has in some form. A missing text is ''. */
export type ErrorBody = {
  message: string;
  /** Anthropic `overloaded_error`, OpenAI `tokens`, Google `RESOURCE_EXHAUSTED`. */
  type: string;
  /** OpenAI `rate_limit_exceeded`, z.ai `1113`, Google and OpenRouter `429`. */
  code: string;
  /** Groq's `status_code`, beside its code. */
  statusCode: string;
  /** Anthropic's `error.details.error_code`. */
  detailCode: string;
  /** Google's `error.details[]`. */
  details: readonly Record<string, unknown>[];
  /** OpenRouter's `error.metadata`. */
  metadata: Record<string, unknown>;
  /** What OpenRouter's own upstream said, as text. */
  raw: string;
  /** The whole body, for fields that hosts put anywhere. */
  parsed: unknown;
};

/**
 * Reads an error as any of the hosts write it: `{error: {…}}`, Google's `[{error: {…}}]`, `{error: "text"}`, the bare
 * `{type, code, message}` of OpenAI's Responses stream, its `{response: {error}}`, an SSE frame around any of them, or plain text.
 */
export function readErrorBody(text: string): ErrorBody {
  const parsed = parseLoosely(text);
  const outer = record(Array.isArray(parsed) ? parsed[0] : parsed);
  const nested = outer['error'] ?? record(outer['response'])['error'] ?? minimaxError(outer);
  const error = typeof nested === 'string' ? { message: nested } : nested === undefined ? outer : record(nested);
  const message =
    string(error['message']) ||
    string(error['msg']) ||
    string(error['errmsg']) ||
    string(outer['message']) ||
    string(outer['detail']);
  return {
    message: message || (parsed === undefined ? text.slice(0, 2000) : ''),
    type: string(error['type']) || string(error['status']),
    code: string(error['code']) || string(error['errcode']) || string(error['status_code']),
    statusCode: string(error['status_code']),
    detailCode: string(record(error['details'])['error_code']),
    details: Array.isArray(error['details']) ? error['details'].map(record) : [],
    metadata: record(error['metadata']),
    raw: string(record(error['metadata'])['raw']),
    parsed,
  };
}

/** MiniMax's `{base_resp: {status_code: 1008, status_msg: "…"}}`, in the form of the others. */
function minimaxError(outer: Record<string, unknown>): Record<string, unknown> | undefined {
  const base = record(outer['base_resp']);
  if (base['status_code'] === undefined) return undefined;
  return { type: 'base_resp', code: base['status_code'], message: base['status_msg'] };
}

function parseLoosely(text: string): unknown {
  const start = text.search(/[[{]/);
  if (start < 0) return undefined;
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch {
    return undefined;
  }
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The status that an error inside a 200 stands for, by the words of the wires. */
const STATUS_OF_WORD: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  context_length_exceeded: 400,
  invalid_api_key: 401,
  server_error: 500,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
  DEADLINE_EXCEEDED: 504,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
};

/** @param word the type or code of an error, as its wire names it. */
export function statusOfWord(word: string): number | undefined {
  return Object.hasOwn(STATUS_OF_WORD, word) ? STATUS_OF_WORD[word] : undefined;
}

/** The status of a failure, also of one inside a 200; undefined where no answer came or the status is unknown. */
export function statusOf(failure: Failure, body: ErrorBody): number | undefined {
  if (failure.cause === 'status') return failure.status;
  if (failure.cause !== 'stream' || (failure.defect ?? 'no-message') !== 'no-message') return undefined;
  const word = statusOfWord(body.code) ?? statusOfWord(body.type) ?? statusOfBusinessCode(body);
  if (word !== undefined) return word;
  return [body.code, body.statusCode].map(Number).find((code) => Number.isInteger(code) && code >= 400 && code <= 599);
}
