import type { Event, EventOf, Reason } from '../events.ts';
import { fields, isBoolean, isNumber, isRecord, isString, list, optional, type Check } from '../ground/check.ts';

/**
 * The fields of every event, checked once on reading, because a damaged line may still be JSON. The compiler keeps the
 * table complete.
 */
type Shape<T, Tag extends keyof T> = { readonly [Name in Exclude<keyof T, Tag>]-?: Check };

const absent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const string = absent(isString);
const number = absent(isNumber);
const boolean = absent(isBoolean);
const said = { status: isNumber, inside: boolean, said: string };

/** A reason of a newer ccmux may be of a kind that is not known here. */
const REASONS: { readonly [Kind in Reason['kind']]: Shape<Extract<Reason, { kind: Kind }>, 'kind'> } = {
  limit: { ...said, window: string, host: string, endUnknown: boolean },
  'no-judge': {},
  full: { perMinute: number },
  'own-limit': { window: isString },
  overloaded: said,
  billing: { ...said, what: isString, endUnknown: boolean },
  'key-refused': said,
  'not-permitted': said,
  'not-found': { ...said, model: string },
  'too-long': said,
  'too-large': said,
  'bad-call': said,
  'request-refused': said,
  'business-error': { ...said, code: isString },
  redirect: { ...said, to: string },
  'no-message': { ...said, what: string },
  status: said,
  'error-event': { said: string },
  refused: { code: string },
  'broken-off': { code: string },
  'empty-answer': {},
  'only-thinking': { limit: boolean },
  fault: { name: string },
  network: { code: string },
  certificate: { code: isString, what: string },
  silence: { limitMs: number },
  setup: { text: isString },
  'no-key': { variables: list(isString) },
  'over-budget': { needsUsd: number, leftUsd: number },
  'cannot-take': { what: list(isString) },
  'too-many-tools': { asked: isNumber, takes: isNumber },
  'small-window': { fits: isNumber, tokens: isNumber },
  swarm: { perMinute: isNumber },
  'not-chosen': { only: isString },
  words: { text: isString, status: number, inside: boolean },
};

const isReason: Check = (value) => {
  const { kind } = Object(value) as { kind?: unknown };
  if (typeof kind !== 'string' || !isRecord(value)) return false;
  const shape: Record<string, Check> = Object.hasOwn(REASONS, kind)
    ? REASONS[kind as Reason['kind']]
    : { said: string, status: number };
  return fields(shape)(value);
};

const usage = fields({
  inputTokens: isNumber,
  outputTokens: isNumber,
  cacheReadTokens: isNumber,
  cacheWriteTokens: isNumber,
  webSearches: number,
});
const window = fields({
  name: isString,
  used: number,
  limit: number,
  remaining: number,
  resetAt: number,
  source: isString,
});
const isLikeness: Check = fields({ score: isNumber, by: isString });
const isMove: Check = fields({
  kind: isString,
  rule: string,
  like: optional(isLikeness),
  window: string,
  used: number,
});

const attempt = { exchange: isNumber, attempt: isNumber, provider: isString };

const EVENTS: { readonly [Type in Event['type']]: Shape<EventOf<Type>, 'type' | 'at'> } = {
  'session-start': {
    format: number,
    session: isString,
    pid: isNumber,
    version: isString,
    cwd: isString,
    order: list(isString),
    // A provider whose label is lost goes by its id.
    providers: list(fields({ id: isString, label: optional(isString), kind: isString, paid: isBoolean })),
  },
  'session-end': { exitCode: isNumber, signal: string },
  'client-read': { version: isString, told: isBoolean, firstParty: isBoolean },
  'exchange-start': {
    exchange: isNumber,
    endpoint: isString,
    thread: isString,
    turn: isNumber,
    startsTurn: isBoolean,
    model: isString,
    stream: isBoolean,
    bytes: isNumber,
    claudeSession: string,
    safetyCheck: boolean,
    preview: string,
  },
  'exchange-move': { exchange: isNumber, to: isString, why: isMove },
  'embedding-fail': { url: isString, model: isString, why: isString, status: number },
  'memory-store-fail': { store: isString, place: string, why: isString, status: number },
  'exchange-tag': { exchange: isNumber, rule: isString, like: isLikeness },
  'exchange-hold': { exchange: isNumber, provider: isString, then: isString, rule: isString },
  'provider-skip': { exchange: isNumber, provider: isString, reason: isString, detail: isReason },
  'exchange-wait': { exchange: isNumber, provider: isString, ms: isNumber, perMinute: number },
  'provider-wait': { exchange: isNumber, provider: isString, until: isNumber, reason: isReason },
  'attempt-start': attempt,
  'attempt-fail': {
    ...attempt,
    failure: isString,
    status: number,
    reason: isReason,
    action: isString,
    key: number,
    ms: isNumber,
    requestId: string,
  },
  'attempt-commit': { ...attempt, firstByteMs: isNumber },
  'memory-note': {
    exchange: isNumber,
    provider: isString,
    tokens: isNumber,
    passages: isNumber,
    of: isNumber,
    thoughts: isNumber,
    earlier: number,
    text: string,
  },
  'review-offer': {
    exchange: isNumber,
    providers: list(isString),
    from: number,
    to: number,
    turns: isNumber,
    earlier: number,
    files: list(isString),
    tests: absent(fields({ failed: isBoolean, failing: number })),
  },
  'translation-warn': {
    exchange: isNumber,
    provider: isString,
    warnings: list(fields({ what: isString, detail: isString })),
  },
  'exchange-end': {
    exchange: isNumber,
    outcome: isString,
    provider: string,
    model: string,
    key: number,
    status: number,
    requestId: string,
    stopReason: string,
    usage: absent(usage),
    fitness: string,
    usd: optional(isNumber),
    firstByteMs: number,
    totalMs: isNumber,
  },
  'exchange-price': { exchange: isNumber, provider: isString, usd: optional(isNumber) },
  'provider-switch': {
    exchange: isNumber,
    from: isString,
    to: isString,
    cause: isString,
    fitness: string,
    reason: absent(isReason),
    ms: isNumber,
    usualMs: number,
    backAt: number,
    cost: absent(fields({ usd: isNumber, capUsd: isNumber, assumed: boolean })),
    family: absent(fields({ limited: isString, free: isString })),
    brief: boolean,
    thoughts: number,
    only: boolean,
  },
  'provider-cooldown': {
    provider: isString,
    key: absent(fields({ at: isNumber, of: isNumber, left: isNumber })),
    until: isNumber,
    failure: isString,
    reason: isReason,
    family: string,
  },
  'provider-ready': { provider: isString },
  'quota-read': { provider: isString, windows: list(window) },
  'limit-approach': {
    provider: isString,
    window: isString,
    used: isNumber,
    resetAt: isNumber,
    fullAt: number,
  },
  'swarm-begin': { perMinute: isNumber, stops: isBoolean },
  'swarm-end': {},
  'net-test': { provider: isString, key: number, result: isString, reason: absent(isReason) },
  'overage-begin': { provider: isString },
  'overage-end': { provider: isString },
  'approval-ask': { provider: isString, tool: isString, asked: isBoolean },
  'consent-give': { provider: isString, by: isString },
  'consent-end': { provider: isString },
  'provider-steer': { provider: isString, only: isBoolean },
  'config-change': { now: list(isString), later: list(isString), mistake: string },
  'budget-lift': { byUsd: isNumber },
  'budget-reach': { scope: isString, spentUsd: isNumber, limitUsd: isNumber, level: isString },
  'storage-fail': { what: isString, place: isString, code: string },
  'sharing-change': { by: isString, state: isString, machines: number, why: string, known: boolean },
  'program-relay': { status: number },
  'notice-show': { text: isString },
  'notification-send': { kind: isString, text: isString },
  fault: { where: isString, message: isString },
};

/** True for a whole event that this version knows; a newer version's journal may hold others. */
export function isEvent(value: unknown): value is Event {
  const { type, at } = Object(value) as { type?: unknown; at?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(EVENTS, type) || !Number.isFinite(at)) return false;
  return fields(EVENTS[type as Event['type']])(value);
}
