import { type Failure, answeredStatus } from '../errors.ts';
import type { MessageEvent } from './anthropic.ts';
import { asRecord, parseJson } from './json.ts';

/** A failure after content as an `error` event: the client asks again, and that request goes to the next provider. */
export function errorEvent(failure: Failure): MessageEvent {
  return { type: 'error', error: { type: errorType(failure), message: errorMessage(failure) } };
}

/** Anthropic's name for a status. */
export function errorType(failure: Failure): string {
  if (failure.cause === 'timeout') return 'timeout_error';
  switch (answeredStatus(failure)) {
    case 429:
      return 'rate_limit_error';
    case 503:
    case 529:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return 'api_error';
  }
}

/** The upstream's own message where there is one, at most 500 characters. */
function errorMessage(failure: Failure): string {
  const fallback = failure.cause === 'timeout' ? 'the upstream fell silent' : 'the upstream broke off';
  const { message } = asRecord(asRecord(parseJson(failure.body))['error']);
  return typeof message === 'string' && message !== '' ? message.slice(0, 500) : fallback;
}
