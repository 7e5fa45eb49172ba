import type { Failure } from '../errors.ts';
import type { BillingTrouble, FailureClass, ModelFamily, Reason, Said } from '../events.ts';
import type { Clock } from './clock.ts';
import type { ErrorBody } from './error-body.ts';
import { faultOf } from './fault.ts';
import { exhausted, readApiKeyLimits, readCountedLimits } from './limit-headers.ts';
import { readMoment, readRetryAfter } from './moments.ts';
import { readResetField } from './reset-fields.ts';
import { readResetWords } from './reset-words.ts';
import { LONGEST_TROUBLE_MS } from './cooldown.ts';

/** What a failure says, before the decision about it. */
export type Reading = {
  failure: FailureClass;
  reason: Reason;
  /**
   * When the provider can be asked again by its own word; `backoff`: it named no time; `none`: a cooldown would not
   * help.
   */
  cooldown: { until: number; family?: ModelFamily } | 'backoff' | 'none';
  /** Asking the same provider again within seconds may help. */
  retryable: boolean;
  /** What the user must mend: the key or login, the model's name, or this machine's set-up. Waiting does not help. */
  unmended?: 'key' | 'model' | 'setup';
};

/** A failure with its body read once, for the readers of each wire. */
export type Facts = {
  failure: Failure;
  body: ErrorBody;
  status: number;
  now: number;
  /** The host's clock: what its times mean. */
  clock: Clock;
  family?: ModelFamily;
  /** The model that was asked for, by the host's name. */
  model?: string;
  /** The client asked this provider itself and reads its errors itself. */
  own: boolean;
  /** The host's own words, fit to be shown. */
  words?: string;
};

/** Waiting brings no credit, but the user may top up: ask again after an hour. */
const BILLING_COOLDOWN_MS = 3_600_000;
/** The longest that a request may wait for the same provider when nobody else is ready. */
const SHORT_WAIT_MS = 10_000;

/**
 * When the host can be asked again, from the retry header, a field of the body, the reset of an exhausted limit, or the
 * message. A span comes before a date, which depends on clocks.
 */
export function readReset({ failure, body, status, clock }: Facts): number | undefined {
  const { headers } = failure;
  // Limit headers come with every answer; only a limit's own error refers to them.
  const isLimit = status < 500;
  const unit = LIMITED_UNITS.has(body.type) ? body.type : '';
  return (
    readRetryAfter(headers, clock) ??
    readResetField(body.parsed, clock) ??
    (isLimit ? exhausted(limitsOf(headers, clock), clock.now, unit)?.resetAt : undefined) ??
    readResetWords(body.message, clock) ??
    readResetWords(body.raw, clock) ??
    (isLimit ? readMoment(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'], clock) : undefined)
  );
}

function limitsOf(headers: Record<string, string>, clock: Clock) {
  return [...readApiKeyLimits(headers, clock), ...readCountedLimits(headers, clock)];
}

/** OpenAI's error type names what was counted. */
const LIMITED_UNITS: ReadonlySet<string> = new Set(['requests', 'tokens']);

type Limited = Extract<Reason, { kind: 'limit' | 'billing' }>;

/** A rate limit with a known or unknown end. */
export function limited(reason: Limited, until: number | undefined, now: number, family?: ModelFamily): Reading {
  if (until === undefined || until <= now)
    return { failure: 'rate_limit', reason: { ...reason, endUnknown: true }, cooldown: 'backoff', retryable: true };
  return {
    failure: 'rate_limit',
    reason,
    cooldown: family === undefined ? { until } : { until, family },
    retryable: until - now <= SHORT_WAIT_MS,
  };
}

/** A limit that names no end and is longer than a pause: it is tried again after an hour. */
export function limitedForLong(reason: Limited, until: number | undefined, now: number): Reading {
  if (until !== undefined) return limited(reason, until, now);
  return limited({ ...reason, endUnknown: true }, now + BILLING_COOLDOWN_MS, now);
}

/** The account has no money left. @param until where the host says when it has some again. */
export function unpaid(said: Said, what: BillingTrouble, now: number, until?: number): Reading {
  const reason: Reason = { kind: 'billing', what, ...said, ...(until === undefined && { endUnknown: true }) };
  return { failure: 'billing', reason, cooldown: { until: until ?? now + BILLING_COOLDOWN_MS }, retryable: false };
}

/** A mistake of the request itself. */
export function mistaken(reason: Reason): Reading {
  return { failure: 'client', reason, cooldown: 'none', retryable: false };
}

export function refusedKey(reason: Reason): Reading {
  return { ...mistaken(reason), unmended: 'key' };
}

/** The host has no such model, or the key may not use it. */
function missingModel(said: Said, { words, model }: Facts): Reading {
  const reason: Reason = {
    kind: 'not-found',
    ...said,
    ...(model !== undefined && { model }),
    ...(words !== undefined && { said: words }),
  };
  return { ...mistaken(reason), unmended: 'model' };
}

/** An error inside a 200 is named as the status that it stands for. */
export function saidOf(failure: Failure, status: number): Said {
  return { status, ...(failure.cause === 'stream' && { inside: true }) };
}

/** What means the same on every wire: a fallback's words where they say more than its status, else the status. */
export function readCommon(facts: Facts): Reading {
  const said = saidOf(facts.failure, facts.status);
  return (facts.own ? undefined : readWords(facts, said)) ?? readStatus(facts, said);
}

function readWords(facts: Facts, said: Said): Reading | undefined {
  const { body, status, now } = facts;
  switch (faultOf(body, status)) {
    case 'money':
      return unpaid(said, 'no-credit', now, readReset(facts));
    case 'key':
      return refusedKey({ kind: 'key-refused', ...said });
    case 'model':
      return missingModel(said, facts);
    case 'limit':
      return limitedForLong({ kind: 'limit', ...said }, readReset(facts), now);
    case 'call':
      return { failure: 'server_error', reason: { kind: 'bad-call', ...said }, cooldown: 'none', retryable: true };
    case undefined:
      return undefined;
  }
}

function readStatus(facts: Facts, said: Said): Reading {
  const { failure, body, status, now, words } = facts;
  const backAt = readReset(facts);
  if (status >= 300 && status < 400) return redirected(said, failure.headers['location']);
  if (status === 402) return unpaid(said, 'no-credit', now, backAt);
  if (status === 408) {
    return { failure: 'timeout', reason: { kind: 'status', ...said }, cooldown: 'backoff', retryable: true };
  }
  if (status === 429) return limited({ kind: 'limit', ...said }, backAt, now);
  if (status === 401) return refusedKey({ kind: 'key-refused', ...said });
  if (status === 403) return refusedKey({ kind: 'not-permitted', ...said });
  if (status >= 400 && status < 500) {
    return mistaken({ kind: 'status', ...said, ...(words !== undefined && { said: words }) });
  }
  const overloaded = status === 529 || /overloaded|high demand|at capacity/i.test(`${body.type} ${body.message}`);
  return {
    failure: overloaded ? 'overloaded' : 'server_error',
    reason: { kind: overloaded ? 'overloaded' : 'status', ...said },
    cooldown: backAt !== undefined && backAt > now ? { until: Math.min(backAt, now + LONGEST_TROUBLE_MS) } : 'backoff',
    retryable: true,
  };
}

/** Not the client's mistake, and a retry would end the same way. */
function redirected(said: Said, location: string | undefined): Reading {
  const to = location === undefined ? undefined : URL.parse(location)?.host;
  const reason: Reason =
    location === undefined
      ? { kind: 'status', ...said }
      : { kind: 'redirect', ...said, ...(to !== undefined && { to }) };
  return { failure: 'server_error', reason, cooldown: 'backoff', retryable: false };
}
