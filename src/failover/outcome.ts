import type { Failure } from '../errors.ts';
import type { FailureClass, ModelFamily, Reason } from '../events.ts';
import { clockOf } from './clock.ts';
import { readErrorBody, statusOf } from './error-body.ts';
import type { ErrorBody } from './error-body.ts';
import { readAnthropic } from './outcome-anthropic.ts';
import { readGemini } from './outcome-gemini.ts';
import { readNetwork } from './outcome-network.ts';
import { readOpenai } from './outcome-openai.ts';
import { readTooLong } from './too-long.ts';
import { mistaken, saidOf } from './reading.ts';
import { LONGEST_BACKOFF_MS, setupOf } from './cooldown.ts';
import type { Facts, Reading } from './reading.ts';
import { ownText } from '../ground/own-text.ts';
import { plainLine } from '../words/text.ts';

/** What a failure means for the request and for the provider. */
export type Outcome = {
  /** `relay`: give it to the client as it is. `failover`: the next provider. */
  action: 'relay' | 'failover';
  failure: FailureClass;
  /** Never contains prompt text or keys. */
  reason: Reason;
  /** The provider (or only one family of its models) is unavailable until then, epoch milliseconds. Absent: no cooldown. */
  cooldown?: CooldownUntil;
  /** A quick retry on the same provider may help when nobody else is ready. */
  retryable: boolean;
  /** It was the failure of one key, and the provider has another that can be asked at once. */
  nextKey?: true;
};

/** `setup`: it ends as well when something else is configured (see `Cooldown`). */
type CooldownUntil = { until: number; family?: ModelFamily; setup?: string };

export type OutcomeContext = {
  now: number;
  /** Failures in a row of this provider, before this one. */
  streak: number;
  /** `failover.on`. */
  on: readonly FailureClass[];
  /** Family of the model that the client asked for. */
  family?: ModelFamily | undefined;
  /** False only for the user's own Claude: the client's own mistakes go back to the client. */
  fallback: boolean;
  /** `host[:port]` of the provider: what its times mean without a zone. */
  host?: string | undefined;
  /** The model that was asked for, by the host's name. */
  model?: string | undefined;
  /** Takes secrets out of a host's own words; without it none are kept. */
  redact?: ((text: string) => string) | undefined;
  /** `failover.firstByteTimeout`, to name it in the reason. */
  timeoutMs?: number | undefined;
};

const BACKOFF_FIRST_MS = 5_000;
/** A refused key fails again, but the user may mend it while the session runs. */
const UNMENDED_COOLDOWN_MS = 10 * 60_000;
/** A missing model: until another is configured; the user may also add it to the host (`ollama pull`). */
const MISSING_MODEL_REST_MS = 24 * 3_600_000;
/** The longest part of a host's own words that is kept, characters. */
const LONGEST_SAID = 200;

/** What a failure means: the one place that decides whether a request goes to the next provider. */
export function readOutcome(failure: Failure, context: OutcomeContext): Outcome {
  if (failure.cause === 'setup') {
    const cooldown = { until: context.now + UNMENDED_COOLDOWN_MS };
    return {
      action: 'failover',
      failure: 'client',
      reason: { kind: 'setup', text: failure.body },
      cooldown,
      retryable: false,
    };
  }
  const body = readErrorBody(failure.body);
  const status = statusOf(failure, body);
  const own = !context.fallback && !failure.translated;
  const words = own ? undefined : wordsOf(body, context);
  const reading = readFailure(failure, status, context, {
    failure,
    own,
    body,
    status: status ?? 500,
    now: context.now,
    clock: clockOf(failure.headers, context.now, { host: context.host, codes: [body.code, body.type] }),
    ...(context.family === undefined ? {} : { family: context.family }),
    ...(context.model === undefined ? {} : { model: context.model }),
    ...(words === undefined ? {} : { words }),
  });
  return own ? ownOutcome(reading, context) : fallbackOutcome(failure, { status, words }, reading, context);
}

/** The host's words in one line without secrets; empty for a page of HTML. */
function wordsOf(body: ErrorBody, { redact }: OutcomeContext): string | undefined {
  const text = (body.raw === '' ? '' : readErrorBody(body.raw).message) || body.message;
  if (redact === undefined || text.trimStart().startsWith('<')) return undefined;
  // Redacted before it is cut: half a secret would not be recognised.
  return ownText(plainLine(redact(text)).slice(0, LONGEST_SAID)) || undefined;
}

/** How long the cooldown after the n-th failure lasts in a row: 5 s, doubling, at most 5 minutes. */
export function backoffMs(streak: number): number {
  return Math.min(LONGEST_BACKOFF_MS, BACKOFF_FIRST_MS * 2 ** Math.min(streak, 16));
}

function readFailure(failure: Failure, status: number | undefined, context: OutcomeContext, facts: Facts): Reading {
  if (failure.cause === 'timeout') return readTimeout(failure.limitMs ?? context.timeoutMs);
  if (failure.cause === 'network') return readNetwork(failure.code);
  if (failure.cause === 'fault') return readFault(failure.code);
  if (readTooLong(failure)?.named) return mistaken({ kind: 'too-long', ...saidOf(failure, status ?? 400) });
  if (failure.cause === 'stream' && failure.defect !== undefined && status === undefined) return readDefect(failure);
  if (status === undefined) {
    const { code } = facts.body;
    const reason: Reason = /^\d+$/.test(code) ? { kind: 'business-error', status: 200, code } : { kind: 'error-event' };
    return { failure: 'server_error', reason, cooldown: 'backoff', retryable: true };
  }
  if (failure.wire === 'gemini') return readGemini(facts);
  return failure.wire === 'openai' ? readOpenai(facts) : readAnthropic(facts);
}

/** The client asked this provider itself: an error that does not fail over goes to it unchanged. */
function ownOutcome(reading: Reading, context: OutcomeContext): Outcome {
  const { failure, reason, retryable } = reading;
  if (failure === 'client' || !context.on.includes(failure)) {
    return { action: 'relay', failure, reason, retryable: false };
  }
  return { action: 'failover', failure, reason, retryable, ...cooldownOfReading(reading, context) };
}

/** A fallback's failure never goes to the client: the next provider is asked. */
function fallbackOutcome(
  failure: Failure,
  { status, words }: { status: number | undefined; words: string | undefined },
  reading: Reading,
  context: OutcomeContext,
): Outcome {
  const { reason, retryable } = reading;
  if (reading.failure !== 'client') {
    return { action: 'failover', failure: reading.failure, reason, retryable, ...cooldownOfReading(reading, context) };
  }
  const refused = {
    action: 'failover',
    failure: 'client',
    reason,
    retryable: false,
    ...cooldownOfAddress(failure, status, context),
  } as const;
  if (reading.unmended === 'key' || reading.unmended === 'setup') {
    return { ...refused, cooldown: { until: context.now + UNMENDED_COOLDOWN_MS } };
  }
  if (reading.unmended === 'model') return { ...refused, cooldown: cooldownOfModel(context) };
  if (failure.translated && !readTooLong(failure) && (status === 400 || status === 404 || status === 422)) {
    const kind = status === 404 ? 'not-found' : 'request-refused';
    const said = words === undefined ? {} : { said: words };
    return { ...refused, failure: 'translation', reason: { kind, ...saidOf(failure, status), ...said } };
  }
  return refused;
}

/**
 * The address does not lead to the API: it answers with a page or a plain line in place of an API error, which may be
 * about this one request (OpenRouter: "No endpoints found that support tool use").
 */
function cooldownOfAddress(
  { body }: Failure,
  status: number | undefined,
  { now, streak }: OutcomeContext,
): Pick<Outcome, 'cooldown'> {
  if (status === undefined || !NOT_THERE.has(status)) return {};
  const { parsed } = readErrorBody(body);
  return typeof parsed === 'object' && parsed !== null ? {} : { cooldown: { until: now + backoffMs(streak) } };
}

const NOT_THERE: ReadonlySet<number> = new Set([404, 405, 410]);

/** The provider may still have models of other families. */
function cooldownOfModel({ now, host = '', model, family }: OutcomeContext): CooldownUntil {
  return {
    until: now + MISSING_MODEL_REST_MS,
    ...(family !== undefined && { family }),
    ...(model !== undefined && { setup: setupOf(host, model) }),
  };
}

function cooldownOfReading(reading: Reading, context: OutcomeContext): Pick<Outcome, 'cooldown'> {
  if (reading.cooldown === 'none') return {};
  const backoff = context.now + backoffMs(context.streak);
  if (reading.cooldown === 'backoff') return { cooldown: { until: backoff } };
  // A failing server that keeps asking for a one-second pause is not asked every second: the back-off counts.
  const patient = reading.failure === 'server_error' || reading.failure === 'overloaded';
  return {
    cooldown: patient ? { ...reading.cooldown, until: Math.max(reading.cooldown.until, backoff) } : reading.cooldown,
  };
}

/** ccmux's own fault says nothing about the provider. */
function readFault(name: string): Reading {
  return { failure: 'translation', reason: { kind: 'fault', name }, cooldown: 'none', retryable: false };
}

/** A 200 without an answer is as often caused by the question as by the host: no cooldown and no retry. */
function readDefect({ defect, code, status }: Extract<Failure, { cause: 'stream' }>): Reading {
  const named = code !== undefined && { code };
  const once = { failure: 'refused', cooldown: 'none', retryable: false } as const;
  const passing = { failure: 'server_error', cooldown: 'backoff', retryable: true } as const;
  switch (defect) {
    case 'refused':
      return { ...once, reason: { kind: 'refused', ...named } };
    case 'thoughts':
      return { ...once, reason: { kind: 'only-thinking' } };
    case 'spent':
      return { ...once, reason: { kind: 'only-thinking', limit: true } };
    case 'empty':
      return { ...passing, reason: { kind: 'empty-answer' } };
    case 'no-message': {
      const what = code !== undefined && { what: code };
      return { ...passing, retryable: false, reason: { kind: 'no-message', status: status ?? 200, ...what } };
    }
    default:
      return { ...passing, reason: { kind: 'broken-off', ...named } };
  }
}

function readTimeout(timeoutMs: number | undefined): Reading {
  const reason: Reason = { kind: 'silence', ...(timeoutMs !== undefined && { limitMs: timeoutMs }) };
  return { failure: 'timeout', reason, cooldown: 'backoff', retryable: true };
}
