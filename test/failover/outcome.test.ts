import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure, Wire } from '../../src/errors.ts';
import type { FailureClass } from '../../src/events.ts';
import { backoffMs, readOutcome } from '../../src/failover/outcome.ts';
import type { OutcomeContext } from '../../src/failover/outcome.ts';
import { reasonText } from '../../src/words/why.ts';

/** 2026-11-22 10:00:00 UTC: 02:00 in California. */
const NOW = Date.UTC(2026, 10, 22, 10);
const EPOCH = NOW / 1000;
const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const ON: FailureClass[] = ['rate_limit', 'overloaded', 'server_error', 'network', 'timeout'];
const U = 'anthropic-ratelimit-unified-';

/** Facts of any failure: an error status unless said. */
function failure(wire: Wire, over: object): Failure {
  return { wire, cause: 'status', headers: {}, body: '', translated: false, ...over } as Failure;
}

function read(of: Failure, over: Partial<OutcomeContext> = {}) {
  return readOutcome(of, { now: NOW, streak: 0, on: ON, fallback: false, ...over });
}

/** `failover rate_limit 60s opus retry`: an outcome as one line. */
function line(of: Failure, over: Partial<OutcomeContext> = {}): string {
  const { action, failure: kind, cooldown, retryable } = read(of, over);
  const words: string[] = [action, kind];
  if (cooldown !== undefined) words.push(`${Math.round((cooldown.until - NOW) / S)}s`);
  if (cooldown?.family !== undefined) words.push(cooldown.family);
  if (retryable) words.push('retry');
  return words.join(' ');
}

const claudeError = (type: string, message: string, more = {}) =>
  JSON.stringify({ type: 'error', error: { type, message, ...more } });
const unified = (facts: Record<string, string>) =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [U + name, value]));

/** The recorded 429 of a subscription whose 5-hour window is used up. */
const LIMIT_5H = {
  ...unified({
    status: 'rejected',
    '5h-status': 'rejected',
    '5h-reset': String(EPOCH + 2094),
    '5h-utilization': '1.0',
    '7d-status': 'allowed',
    '7d-reset': String(EPOCH + 400_000),
    '7d-utilization': '0.53',
    'representative-claim': 'five_hour',
    'fallback-percentage': '0.5',
    'overage-status': 'rejected',
    'overage-disabled-reason': 'out_of_credits',
    reset: String(EPOCH + 2094),
  }),
  'retry-after': '2094',
};

describe("Claude's own failures", () => {
  const limit = claudeError(
    'rate_limit_error',
    "This request would exceed your account's rate limit. Please try again later.",
  );
  // oxfmt-ignore
  const rows: [what: string, failure: Partial<Failure>, expected: string, reason: string][] = [
    ['5-hour window', { status: 429, headers: LIMIT_5H, body: limit }, 'failover rate_limit 2094s', '429 (5-hour limit)'],
    ['5-hour and 7-day windows: the later reset', { status: 429, headers: { ...LIMIT_5H, [`${U}7d-status`]: 'rejected' }, body: limit }, 'failover rate_limit 400000s', '429 (7-day limit)'],
    ['Opus window alone', { status: 429, headers: unified({ status: 'rejected', '5h-status': 'allowed', '7d-status': 'allowed', '7d_opus-status': 'rejected', '7d_opus-reset': String(EPOCH + 9000) }) }, 'failover rate_limit 9000s opus', '429 (7-day Opus limit)'],
    ['Sonnet window alone', { status: 429, headers: unified({ status: 'rejected', '7d_sonnet-status': 'rejected', '7d_sonnet-reset': String(EPOCH + 9000) }) }, 'failover rate_limit 9000s sonnet', '429 (7-day Sonnet limit)'],
    ['Fable window alone', { status: 429, headers: unified({ status: 'rejected', '7d-status': 'allowed_warning', '7d_oi-status': 'rejected', '7d_oi-reset': String(EPOCH + 9000) }) }, 'failover rate_limit 9000s fable', '429 (7-day Fable limit)'],
    ['a scoped and the 5-hour window: a cooldown for everything', { status: 429, headers: { ...LIMIT_5H, [`${U}7d_opus-status`]: 'rejected' } }, 'failover rate_limit 2094s', '429 (5-hour limit)'],
    ['only a claim', { status: 429, headers: unified({ status: 'rejected', 'representative-claim': 'seven_day', reset: String(EPOCH + 500) }) }, 'failover rate_limit 500s', '429 (7-day limit)'],
    ['only a scoped claim', { status: 429, headers: unified({ status: 'rejected', 'representative-claim': 'seven_day_opus', reset: String(EPOCH + 500) }) }, 'failover rate_limit 500s opus', '429 (7-day Opus limit)'],
    ['rejected, extra usage only', { status: 429, headers: unified({ status: 'rejected', reset: String(EPOCH + 500), 'overage-reset': String(EPOCH + 900) }) }, 'failover rate_limit 500s', '429 (usage limit)'],
    ['reset as ISO date', { status: 429, headers: unified({ status: 'rejected', '5h-status': 'rejected', '5h-reset': '2026-11-22T11:00:00Z' }) }, 'failover rate_limit 3600s', '429 (5-hour limit)'],
    ['no reset at all: retry-after', { status: 429, headers: { [`${U}status`]: 'rejected', 'retry-after': '121180' } }, 'failover rate_limit 121180s', '429 (usage limit)'],
    ['a reset that has passed: back-off', { status: 429, headers: unified({ status: 'rejected', '5h-status': 'rejected', '5h-reset': String(EPOCH - 10) }) }, 'failover rate_limit 5s retry', '429 (5-hour limit)'],
    ['short throttle', { status: 429, headers: { 'retry-after': '3' }, body: claudeError('rate_limit_error', 'Rate limited') }, 'failover rate_limit 3s retry', '429 (rate limit)'],
    ['API key, input tokens', { status: 429, headers: { 'retry-after': '41', 'anthropic-ratelimit-input-tokens-remaining': '0' } }, 'failover rate_limit 41s', '429 (input tokens per minute)'],
    ['429 that says nothing', { status: 429 }, 'failover rate_limit 5s retry', '429 (rate limit)'],
    ['spending limit with a date', { status: 429, body: claudeError('rate_limit_error', 'You have reached your API usage limits: x. You will regain access on 2026-12-01 at 00:00 UTC.', { details: { error_code: 'enforced_spend_limit_reached' } }) }, 'failover rate_limit 741600s', '429 (spending limit)'],
    ['spending limit without a date', { status: 429, body: claudeError('rate_limit_error', 'Limit.', { details: { error_code: 'enforced_spend_limit_reached' } }) }, 'failover rate_limit 3600s', '429 (spending limit)'],
    ['long context', { status: 429, body: claudeError('rate_limit_error', 'Extra usage is required for long context requests.') }, 'relay client', '429 (long context needs extra usage)'],
    ['out of extra usage, 429', { status: 429, body: claudeError('rate_limit_error', "You're out of extra usage. Add more at claude.ai/settings/usage and keep going.") }, 'relay billing', '429 (out of extra usage)'],
    ['out of extra usage, 400', { status: 400, body: claudeError('invalid_request_error', "You're out of extra usage. Add more at claude.ai/settings/usage and keep going.") }, 'relay billing', '400 (out of extra usage)'],
    ['credit balance', { status: 400, body: claudeError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.') }, 'relay billing', '400 (credit balance too low)'],
    ['third-party apps', { status: 400, body: claudeError('invalid_request_error', 'Third-party apps now draw from your extra usage, not your plan limits.') }, 'relay billing', '400 (needs extra usage)'],
    ['own spending limit', { status: 400, body: claudeError('invalid_request_error', 'You have reached your specified API usage limits.') }, 'relay billing', '400 (spending limit)'],
    ['402', { status: 402, body: claudeError('billing_error', 'x') }, 'relay billing', '402 (no credit)'],
    ['500', { status: 500, body: claudeError('api_error', 'Internal server error') }, 'failover server_error 5s retry', '500 server error'],
    ['502', { status: 502, body: '<html>' }, 'failover server_error 5s retry', '502 bad gateway'],
    ['503', { status: 503 }, 'failover server_error 5s retry', '503 unavailable'],
    ['503 with retry-after', { status: 503, headers: { 'retry-after': '30' } }, 'failover server_error 30s retry', '503 unavailable'],
    ['504', { status: 504 }, 'failover server_error 5s retry', '504 gateway timeout'],
    ['529', { status: 529, body: claudeError('overloaded_error', 'Overloaded') }, 'failover overloaded 5s retry', '529 overloaded'],
    ['408', { status: 408 }, 'failover timeout 5s retry', '408 timeout'],
    ['refused', { cause: 'network', code: 'ECONNREFUSED' }, 'failover network 5s retry', 'connection refused'],
    ['reset', { cause: 'network', code: 'ECONNRESET' }, 'failover network 5s retry', 'connection reset'],
    ['no such host', { cause: 'network', code: 'ENOTFOUND' }, 'failover network 5s retry', 'host not found'],
    ['certificate', { cause: 'network', code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'relay client', 'certificate not trusted'],
    ['unknown code', { cause: 'network', code: 'EPROTO' }, 'failover network 5s retry', 'connection failed (EPROTO)'],
    ['TLS versions', { cause: 'network', code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, 'failover network 5s retry', 'TLS failed (protocol version)'],
    ['TLS broken', { cause: 'network', code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' }, 'failover network 5s retry', 'TLS failed (decryption failed or bad record mac)'],
    ['no code', { cause: 'network' }, 'failover network 5s retry', 'connection broken'],
    ['silence', { cause: 'timeout' }, 'failover timeout 5s retry', 'no answer within 60 s'],
    ['stream: overloaded', { cause: 'stream', status: 200, body: claudeError('overloaded_error', 'Overloaded') }, 'failover overloaded 5s retry', '529 overloaded, inside a 200'],
    ['stream: rate limit', { cause: 'stream', status: 200, body: claudeError('rate_limit_error', 'x') }, 'failover rate_limit 5s retry', '429 (rate limit)'],
    ['stream: api_error', { cause: 'stream', status: 200, body: claudeError('api_error', 'x') }, 'failover server_error 5s retry', '500 server error, inside a 200'],
    ['stream: as an SSE frame', { cause: 'stream', body: `event: error\ndata: ${claudeError('overloaded_error', 'Overloaded')}\n\n` }, 'failover overloaded 5s retry', '529 overloaded, inside a 200'],
    ['stream: the client’s mistake', { cause: 'stream', body: claudeError('invalid_request_error', 'x') }, 'relay client', '400 bad request, inside a 200'],
    ['stream: broken off', { cause: 'stream', body: '' }, 'failover server_error 5s retry', 'error inside the answer'],
    ['400', { status: 400, body: claudeError('invalid_request_error', 'messages.1: Invalid `signature` in `thinking` block') }, 'relay client', '400 bad request'],
    ['400 too long', { status: 400, body: claudeError('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum') }, 'relay client', '400 (conversation too long)'],
    ['401', { status: 401, body: claudeError('authentication_error', 'OAuth token has expired.') }, 'relay client', '401 (key or login refused)'],
    ['403', { status: 403 }, 'relay client', '403 (not permitted)'],
    ['404', { status: 404 }, 'relay client', '404 not found'],
    ['409', { status: 409 }, 'relay client', '409 conflict'],
    ['413', { status: 413, body: '<html>413</html>' }, 'relay client', '413 request too large'],
    ['418', { status: 418 }, 'relay client', '418 refused'],
  ];
  it.each(rows)('%s', (_what, facts, expected, reason) => {
    const of = failure('anthropic', facts);
    expect(line(of, { timeoutMs: 60_000 })).toBe(expected);
    expect(reasonText(read(of, { timeoutMs: 60_000 }).reason)).toBe(reason);
  });

  it('cooldowns the family of the request for a scoped window that it does not know', () => {
    const of = failure('anthropic', {
      status: 429,
      headers: unified({ status: 'rejected', '7d_new-status': 'rejected', '7d_new-reset': String(EPOCH + 60) }),
    });
    expect(line(of, { family: 'sonnet' })).toBe('failover rate_limit 60s sonnet');
  });
});

describe('certificates: the user’s set-up, never an outage', () => {
  const rows: [code: string, words: string][] = [
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate not trusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate not trusted'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'certificate not trusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate not trusted'],
    ['CERT_UNTRUSTED', 'certificate not trusted'],
    ['CERT_REVOKED', 'certificate not trusted'],
    ['CERT_SIGNATURE_FAILURE', 'certificate not trusted'],
    ['INVALID_CA', 'certificate not trusted'],
    ['PATH_LENGTH_EXCEEDED', 'certificate not trusted'],
    ['CERT_HAS_EXPIRED', 'certificate expired'],
    ['CERT_NOT_YET_VALID', 'certificate not valid yet'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate of another host'],
    ['HOSTNAME_MISMATCH', 'certificate of another host'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'your client certificate was not accepted'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'your client certificate was not accepted'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'your client certificate was not accepted'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'your client certificate was not accepted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS at this address'],
  ];
  it.each(rows)('%s', (code, words) => {
    const own = failure('anthropic', { cause: 'network', code });
    expect(line(own)).toBe('relay client');
    expect(reasonText(read(own).reason)).toBe(words);
    // A fallback that cannot be reached is passed over until somebody has mended it.
    expect(line(failure('gemini', { cause: 'network', code, translated: true }))).toBe('failover client 600s');
    expect(line(own, { fallback: true })).toBe('failover client 600s');
  });

  it.each(['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'EPROTO'])(
    '%s is a broken connection',
    (code) => {
      expect(line(failure('anthropic', { cause: 'network', code }))).toBe('failover network 5s retry');
    },
  );
});

// oxfmt-ignore
it.each([
  ['a limit with its reset', { status: 429, headers: unified({ status: 'rejected', reset: String(EPOCH + 600), 'representative-claim': 'five_hour' }) }, undefined],
  ['a limit with a retry header', { status: 429, headers: { 'retry-after': '30' } }, undefined],
  ['a limit without a word', { status: 429 }, true],
  ['a limit whose reset is past', { status: 429, headers: { 'retry-after': '0' } }, true],
  ['no credit', { status: 400, body: claudeError('invalid_request_error', 'Your credit balance is too low to access the API.') }, true],
  ['a spending limit with its date', { status: 429, body: claudeError('rate_limit_error', 'You have reached your API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.') }, undefined],
  ['a spending limit without one', { status: 429, body: claudeError('rate_limit_error', 'You have reached your API usage limits.') }, true],
])('says whether the end of a limit is known: %s', (_, facts, endUnknown) => {
  const { reason } = read(failure('anthropic', facts), { on: [...ON, 'billing'] });
  expect('endUnknown' in reason ? reason.endUnknown : undefined).toBe(endUnknown);
});

describe('failover.on', () => {
  // oxfmt-ignore
  const rows: [on: FailureClass[], failure: Partial<Failure>, expected: string][] = [
    [[...ON, 'billing'], { status: 402 }, 'failover billing 3600s'],
    [[...ON, 'billing'], { status: 400, body: claudeError('invalid_request_error', 'Your credit balance is too low') }, 'failover billing 3600s'],
    [[...ON, 'billing'], { status: 400, body: claudeError('x', 'You have reached your specified workspace API usage limits. You will regain access on 2026-11-22 at 12:00 UTC.') }, 'failover billing 7200s'],
    [['overloaded'], { status: 429, headers: LIMIT_5H }, 'relay rate_limit'],
    [['rate_limit'], { status: 529 }, 'relay overloaded'],
    [['rate_limit'], { status: 500 }, 'relay server_error'],
    [['rate_limit'], { cause: 'network', code: 'ECONNRESET' }, 'relay network'],
    [['rate_limit'], { cause: 'timeout' }, 'relay timeout'],
    [[], { status: 429 }, 'relay rate_limit'],
    [['client'], { status: 400 }, 'relay client'],
  ];
  it.each(rows)('%j: %j → %s', (on, facts, expected) => {
    expect(line(failure('anthropic', facts), { on })).toBe(expected);
  });

  it('does not hold for a fallback: whatever it answers, the next one is asked', () => {
    expect(line(failure('anthropic', { status: 529 }), { on: [], fallback: true })).toBe(
      'failover overloaded 5s retry',
    );
    expect(line(failure('openai', { status: 402, translated: true }), { on: [] })).toBe('failover billing 3600s');
  });
});

const geminiError = (details: unknown[], message = 'You exceeded your current quota.') =>
  JSON.stringify({ error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } });
const quotaFailure = (quotaId: string, quotaValue?: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'm', quotaId, ...(quotaValue === undefined ? {} : { quotaValue }) }],
});
const retryInfo = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const MIDNIGHT = 22 * 3600; // 02:00 in California: 22 hours to go

describe("Gemini's failures", () => {
  // oxfmt-ignore
  const rows: [what: string, failure: Partial<Failure>, expected: string, reason: string][] = [
    ['per day, whatever RetryInfo says', { status: 429, body: geminiError([quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '100'), retryInfo('34.4s')]) }, `failover rate_limit ${MIDNIGHT}s`, '429 (requests per day)'],
    ['per minute with RetryInfo', { status: 429, body: geminiError([quotaFailure('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '5'), retryInfo('34s')]) }, 'failover rate_limit 34s', '429 (requests per minute)'],
    ['per minute without', { status: 429, body: geminiError([quotaFailure('GenerateRequestsPerMinutePerProjectPerModel-FreeTier')], 'Quota.') }, 'failover rate_limit 60s', '429 (requests per minute)'],
    ['input tokens per minute', { status: 429, body: geminiError([quotaFailure('GenerateContentInputTokensPerModelPerMinute-FreeTier', '250000')]) }, 'failover rate_limit 60s', '429 (input tokens per minute)'],
    ['only RetryInfo', { status: 429, body: geminiError([retryInfo('7s')]) }, 'failover rate_limit 7s retry', '429 (quota)'],
    ['only the message', { status: 429, body: geminiError([], 'Quota. Please retry in 20.04466179s.') }, 'failover rate_limit 20s', '429 (quota)'],
    ['nothing', { status: 429, body: '{"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}' }, 'failover rate_limit 5s retry', '429 (quota)'],
    ['as an array', { status: 429, body: `[${geminiError([retryInfo('12s')])}]` }, 'failover rate_limit 12s', '429 (quota)'],
    ['limit 0', { status: 429, body: geminiError([quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier')], '* Quota exceeded for metric: x, limit: 0, model: gemini-pro') }, 'failover billing 3600s', '429 (not in the free tier)'],
    ['overloaded', { status: 503, body: '{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}' }, 'failover overloaded 5s retry', '503 overloaded'],
    ['high demand', { status: 503, body: '{"error":{"code":503,"message":"This model is currently experiencing high demand.","status":"UNAVAILABLE"}}' }, 'failover overloaded 5s retry', '503 overloaded'],
    ['500', { status: 500, body: '{"error":{"code":500,"message":"An internal error","status":"INTERNAL"}}' }, 'failover server_error 5s retry', '500 server error'],
    ['500 for too long input', { status: 500, body: '{"error":{"code":500,"message":"The input context is too long","status":"INTERNAL"}}' }, 'failover client', '500 (conversation too long)'],
    ['too long', { status: 400, body: '{"error":{"code":400,"message":"The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}' }, 'failover client', '400 (conversation too long)'],
    ['schema refused', { status: 400, body: '{"error":{"code":400,"message":"Unknown name \\"$schema\\"","status":"INVALID_ARGUMENT"}}' }, 'failover translation', '400 (translated request refused)'],
    ['wrong key', { status: 400, body: '{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}' }, 'failover client 600s', '400 (key refused)'],
    ['403', { status: 403 }, 'failover client 600s', '403 (not permitted)'],
    ['404', { status: 404 }, 'failover translation 5s', '404 (model or address not found)'],
    ['in the stream: 429', { cause: 'stream', status: 200, body: geminiError([retryInfo('30s')]) }, 'failover rate_limit 30s', '429 (quota)'],
    ['in the stream: 503', { cause: 'stream', status: 200, body: '{\n  "error": {\n "code": 503,\n "message": "x",\n "status": "UNAVAILABLE"}}' }, 'failover server_error 5s retry', '503 unavailable, inside a 200'],
  ];
  it.each(rows)('%s', (_what, facts, expected, reason) => {
    const of = failure('gemini', { translated: true, ...facts });
    expect(line(of, { fallback: true })).toBe(expected);
    expect(reasonText(read(of, { fallback: true }).reason)).toBe(reason);
  });
});

const openaiError = (message: string, more = {}) =>
  JSON.stringify({ error: { message, type: 'tokens', param: null, code: 'rate_limit_exceeded', ...more } });

describe('failures on the OpenAI wire', () => {
  const tpm =
    'Rate limit reached for gpt-x in organization org-1 on tokens per min (TPM): Limit 30000, Used 18928, Requested 11159. Please try again in 174ms. Visit x.';
  // oxfmt-ignore
  const rows: [what: string, failure: Partial<Failure>, expected: string, reason: string][] = [
    ['try again in 174ms', { status: 429, body: openaiError(tpm) }, 'failover rate_limit 0s retry', '429 (tokens per minute)'],
    ['retry-after', { status: 429, headers: { 'retry-after': '20' }, body: openaiError(tpm) }, 'failover rate_limit 20s', '429 (tokens per minute)'],
    ['retry-after-ms before retry-after', { status: 429, headers: { 'retry-after': '20', 'retry-after-ms': '1500' } }, 'failover rate_limit 2s retry', '429 (rate limit)'],
    ['reset of the exhausted limit', { status: 429, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-tokens': '900', 'x-ratelimit-reset-tokens': '1s' } }, 'failover rate_limit 360s', '429 (rate limit)'],
    ['reset of the limit that the error names', { status: 429, headers: { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '2m59.56s' }, body: openaiError('x') }, 'failover rate_limit 180s', '429 (rate limit)'],
    ['requests per day', { status: 429, headers: { 'retry-after': '4000' }, body: openaiError('Rate limit reached on requests per day (RPD): Limit 1000', { type: 'requests' }) }, 'failover rate_limit 4000s', '429 (requests per day)'],
    ['never fits', { status: 429, headers: { 'retry-after': '2' }, body: openaiError('Request too large for gpt-4o in organization org on tokens per min (TPM): Limit 30000, Requested 30601.') }, 'failover rate_limit', '429 (request larger than the limit)'],
    ['insufficient_quota', { status: 429, body: openaiError('You exceeded your current quota, please check your plan and billing details.', { type: 'insufficient_quota', code: 'insufficient_quota' }) }, 'failover billing 3600s', '429 (no credit)'],
    ['OpenRouter 402', { status: 402, body: '{"error":{"code":402,"message":"Insufficient credits"}}' }, 'failover billing 3600s', '402 (no credit)'],
    ['OpenRouter 402 in flight', { status: 402, headers: { 'retry-after': '5' }, body: '{"error":{"code":402,"message":"x","metadata":{"limit_source":"openrouter_in_flight_budget"}}}' }, 'failover rate_limit 5s retry', '402 (credit held by requests in flight)'],
    ['OpenRouter 429 upstream', { status: 429, body: '{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Chutes","raw":"slow down"}}}' }, 'failover rate_limit 5s retry', '429 (rate limit at Chutes)'],
    ['OpenRouter free models per day', { status: 429, body: `{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day","metadata":{"headers":{"X-RateLimit-Reset":"${NOW + HOUR}"}}}}` }, 'failover rate_limit 3600s', '429 (requests per day)'],
    ['OpenRouter in the stream', { cause: 'stream', status: 200, body: '{"id":"x","error":{"code":502,"message":"Provider disconnected"},"choices":[{"finish_reason":"error"}]}' }, 'failover server_error 5s retry', '502 bad gateway, inside a 200'],
    ['Groq in the stream', { cause: 'stream', status: 200, body: '{"error":{"message":"Failed to call a function","type":"x","code":"tool_use_failed","status_code":400}}' }, 'failover server_error retry', '400 (the model wrote a call that could not be read), inside a 200'],
    ['Responses in the stream, bare', { cause: 'stream', body: '{"type":"error","code":"rate_limit_exceeded","message":"x","param":null}' }, 'failover rate_limit 5s retry', '429 (rate limit)'],
    ['Responses in the stream, nested', { cause: 'stream', body: '{"type":"response.failed","response":{"error":{"code":"server_error","message":"x"}}}' }, 'failover server_error 5s retry', '500 server error, inside a 200'],
    ['z.ai without balance', { status: 429, body: '{"error":{"code":"1113","message":"Insufficient balance or no resource package. Please recharge."}}' }, 'failover billing 3600s', '429 (no credit)'],
    ['z.ai plan used up', { status: 429, body: '{"error":{"code":"1308","message":"Usage limit reached for 5 hour. Your limit will reset at 2026-11-22 20:00:00"}}' }, 'failover rate_limit 7200s', '429 (rate limit)'],
    ['Cerebras', { status: 429, body: '{"message":"Tokens per minute limit exceeded - too many tokens processed.","type":"too_many_tokens_error"}' }, 'failover rate_limit 5s retry', '429 (tokens per minute)'],
    ['Novita without balance', { status: 403, body: '{"code":403,"reason":"NOT_ENOUGH_BALANCE","message":"not enough balance: credits not enough"}' }, 'failover billing 3600s', '403 (no credit)'],
    ['overflow', { status: 400, body: '{"error":{"message":"This model\'s maximum context length is 128000 tokens.","code":"context_length_exceeded"}}' }, 'failover client', '400 (conversation too long)'],
    ['400', { status: 400, body: '{"error":{"message":"Unsupported parameter: max_tokens","code":"unsupported_parameter"}}' }, 'failover translation', '400 (translated request refused)'],
    ['422', { status: 422, body: '{"detail":"x"}' }, 'failover translation', '422 (translated request refused)'],
    ['413', { status: 413 }, 'failover client', '413 request too large'],
    ['401', { status: 401, body: '{"error":{"message":"Incorrect API key provided: sk-secret","code":"invalid_api_key"}}' }, 'failover client 600s', '401 (key or login refused)'],
    ['503', { status: 503, body: '{"error":{"message":"at capacity"}}' }, 'failover overloaded 5s retry', '503 overloaded'],
    ['silence', { cause: 'timeout' }, 'failover timeout 5s retry', 'no answer in time'],
  ];
  it.each(rows)('%s', (_what, facts, expected, reason) => {
    const of = failure('openai', { translated: true, ...facts });
    expect(line(of, { fallback: true })).toBe(expected);
    expect(reasonText(read(of, { fallback: true }).reason)).toBe(reason);
  });
});

describe('failures of a adapted fallback (another host on Anthropic’s wire)', () => {
  // oxfmt-ignore
  const rows: [what: string, failure: Partial<Failure>, expected: string][] = [
    ['400', { status: 400, body: claudeError('invalid_request_error', 'x') }, 'failover client'],
    ['404', { status: 404 }, 'failover client 5s'],
    ['401', { status: 401 }, 'failover client 600s'],
    ['403', { status: 403 }, 'failover client 600s'],
    ['no balance', { status: 429, body: '{"error":{"code":"1113","message":"Insufficient balance or no resource package. Please recharge."}}' }, 'failover billing 3600s'],
    ['plan used up', { status: 429, body: claudeError('1308', 'Usage limit reached for 5 hour. Your limit will reset at 2026-11-22 20:00:00') }, 'failover rate_limit 7200s'],
    ['long context', { status: 429, body: claudeError('rate_limit_error', 'Extra usage is required for long context requests.') }, 'failover client'],
    ['too long', { status: 400, body: claudeError('invalid_request_error', 'prompt is too long: 3 tokens > 2 maximum') }, 'failover client'],
    ['529', { status: 529 }, 'failover overloaded 5s retry'],
  ];
  it.each(rows)('%s', (_what, facts, expected) => {
    expect(line(failure('anthropic', facts), { fallback: true })).toBe(expected);
  });
});

describe('back-off', () => {
  it.each([
    [0, 5],
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [5, 160],
    [6, 300],
    [7, 300],
    [1000, 300],
  ])('after %i failures: %i s', (streak, seconds) => {
    expect(backoffMs(streak)).toBe(seconds * S);
    expect(read(failure('anthropic', { status: 529 }), { streak }).cooldown).toEqual({ until: NOW + seconds * S });
  });

  it('outgrows a server’s small retry-after', () => {
    expect(line(failure('anthropic', { status: 503, headers: { 'retry-after': '1' } }), { streak: 4 })).toBe(
      'failover server_error 80s retry',
    );
  });
});

it('gives every failure a meaning, and never repeats what the upstream said', () => {
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((text) => openaiError(text)),
    fc.string().map((text) => claudeError('x', text)),
  );
  fc.assert(
    fc.property(
      fc.constantFrom<Wire>('anthropic', 'gemini', 'openai'),
      fc.constantFrom<Failure['cause']>('status', 'stream', 'network', 'timeout'),
      fc.integer({ min: 100, max: 599 }),
      bodies,
      fc.dictionary(
        fc.constantFrom(
          'retry-after',
          'retry-after-ms',
          `${U}status`,
          `${U}5h-status`,
          `${U}5h-reset`,
          'x-ratelimit-reset-tokens',
        ),
        fc.string(),
      ),
      fc.boolean(),
      fc.nat(100),
      (wire, cause, status, body, headers, fallback, streak) => {
        const marked = body.replace(/"message":"/, '"message":"PROMPT-TEXT ');
        const outcome = read(failure(wire, { cause, status, body: marked, headers }), { fallback, streak });
        expect(JSON.stringify(outcome.reason)).not.toContain('PROMPT-TEXT');
        expect(reasonText(outcome.reason).length).toBeLessThan(80);
        expect(outcome.cooldown?.until ?? Infinity).toBeGreaterThan(NOW);
        expect(outcome.action === 'relay' && outcome.cooldown !== undefined).toBe(false);
        expect(fallback && outcome.action === 'relay').toBe(false);
      },
    ),
  );
});
