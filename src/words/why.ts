import type { BillingTrouble, Reason } from '../events.ts';
import { certificateText } from './certificate.ts';
import { limitName, windowSize } from './limit.ts';
import { dollars } from './money.ts';
import { plainLine, plural } from './text.ts';

/** Why a provider could not answer, in words: one line for each kind of reason. */

type Kind = Reason['kind'];
type Of<K extends Kind> = Extract<Reason, { kind: K }>;

const BILLING: Readonly<Record<BillingTrouble, string>> = {
  'no-credit': 'no credit',
  'low-balance': 'credit balance too low',
  'no-extra-usage': 'out of extra usage',
  'needs-extra-usage': 'needs extra usage',
  'long-context-needs-extra-usage': 'long context needs extra usage',
  'spending-limit': 'spending limit',
  'not-in-free-tier': 'not in the free tier',
  'credit-held': 'credit held by requests in flight',
};

/** Statuses that say enough by themselves. */
const STATUS: Readonly<Record<number, string>> = {
  400: 'bad request',
  404: 'not found',
  408: 'timeout',
  409: 'conflict',
  413: 'request too large',
  422: 'bad request',
  502: 'bad gateway',
  503: 'unavailable',
  504: 'gateway timeout',
};

/** Node's error codes. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection reset',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  EPROXY: 'your proxy could not be used',
};

/** What OpenSSL says of a connection that is no matter of certificates: `TLS failed (protocol version)`. */
function tlsText(code: string): string | undefined {
  const reason = /^ERR_SSL_(?:(?:TLSV\d+|SSLV\d+|SSL\/TLS)_)?(?:ALERT_)?(.+)$/.exec(code)?.[1];
  return reason && `TLS failed (${reason.toLowerCase().replaceAll('_', ' ')})`;
}

const WORDS: { readonly [K in Kind]: (reason: Of<K>) => string } = {
  limit: ({ window, host }) => {
    if (window !== undefined) return limitName(window);
    return host === undefined ? 'rate limit' : `rate limit at ${host}`;
  },
  'no-judge': () => "a fallback's action is not its to judge",
  full: ({ perMinute }) =>
    perMinute === undefined
      ? 'its requests of this minute are used up'
      : `its ${plural(perMinute, 'request')} a minute are used up`,
  'own-limit': ({ window }) => `your limit of ${limitName(window)}`,
  overloaded: () => 'overloaded',
  billing: ({ what }) => BILLING[what],
  'key-refused': ({ status }) => (status === 401 ? 'key or login refused' : 'key refused'),
  'not-permitted': () => 'not permitted',
  'not-found': ({ model }) => (model === undefined ? 'model or address not found' : `model ${model} not found`),
  'too-long': () => 'conversation too long',
  'too-large': () => 'request larger than the limit',
  'bad-call': () => 'the model wrote a call that could not be read',
  'request-refused': () => 'translated request refused',
  'business-error': ({ code }) => `error ${code}`,
  redirect: ({ to }) => (to === undefined ? 'redirect' : `redirect to ${to}`),
  'no-message': ({ what }) => (what === undefined ? 'answer is not a message' : `answer is not a message: ${what}`),
  status: ({ status }) => STATUS[status] ?? (status >= 500 ? 'server error' : 'refused'),
  'error-event': () => 'error inside the answer',
  refused: ({ code }) => (code === undefined ? 'refused' : `refused (${code})`),
  'broken-off': ({ code }) => (code === undefined ? 'answer broke off' : `answer broke off (${code})`),
  'empty-answer': () => 'empty answer',
  'only-thinking': ({ limit }) => (limit ? 'output limit reached while thinking' : 'nothing but thinking'),
  fault: ({ name }) => (name === undefined ? 'fault in ccmux' : `fault in ccmux (${name})`),
  network: ({ code }) =>
    code === undefined ? 'connection broken' : (NETWORK[code] ?? tlsText(code) ?? `connection failed (${code})`),
  certificate: certificateText,
  silence: ({ limitMs = 0 }) =>
    limitMs > 0 ? `no answer within ${Math.round(limitMs / 1000)} s` : 'no answer in time',
  setup: ({ text }) => text,
  'no-key': ({ variables }) => (variables.length === 0 ? 'no key' : `no key (${variables.join(' or ')})`),
  'over-budget': ({ needsUsd, leftUsd = 0 }) =>
    needsUsd === undefined
      ? 'over your budget'
      : `would cost about ${dollars(needsUsd)}, and ${dollars(leftUsd)} of your budget is left`,
  'cannot-take': ({ what }) => `cannot take ${what.join(' or ')}`,
  'too-many-tools': ({ asked, takes }) => `takes ${takes} tools, the request has ${asked}`,
  'small-window': ({ fits, tokens }) =>
    `its context window of ${windowSize(fits)} is smaller than the conversation (about ${windowSize(tokens)})`,
  swarm: ({ perMinute }) => `subagents send more than ${plural(perMinute, 'request')} a minute`,
  'not-chosen': ({ only }) => `only ${only} was chosen`,
  words: ({ text }) => text,
};

/** Kinds whose words go on from the status without brackets: `529 overloaded`, `502 bad gateway`. */
const PLAIN: ReadonlySet<Kind> = new Set<Kind>(['overloaded', 'status']);

/** `429 (5-hour limit)`, `529 overloaded`, `connection refused`: one line, harmless whatever a host said. */
export function reasonText(reason: Reason): string {
  // A journal of a newer ccmux may know kinds that this one does not: their name is better than nothing.
  const words = (WORDS[reason.kind] as ((reason: Reason) => string) | undefined)?.(reason) ?? reason.kind;
  const said = plainLine('said' in reason && reason.said !== undefined ? `${words}: “${reason.said}”` : words);
  const status = statusOf(reason);
  if (status === undefined) return said;
  const inside = 'inside' in reason && reason.inside ? ', inside a 200' : '';
  return PLAIN.has(reason.kind) ? `${status} ${said}${inside}` : `${status} (${said})${inside}`;
}

/** `answered 429 (5-hour limit)`, `could not answer: connection refused`; what a provider's name goes before. */
export function couldNot(reason: Reason | undefined): string {
  if (reason === undefined) return 'could not answer';
  return statusOf(reason) === undefined ? `could not answer: ${reasonText(reason)}` : `answered ${reasonText(reason)}`;
}

function statusOf(reason: Reason): number | undefined {
  return 'status' in reason ? reason.status : undefined;
}
