import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/events.ts';
import { couldNot, reasonText } from '../../src/words/why.ts';

type Row = [words: string, reason: Reason];

describe('a reason in words', () => {
  // oxfmt-ignore
  const rows: Row[] = [
    ['429 (5-hour limit)', { kind: 'limit', status: 429, window: '5h' }],
    ['429 (rate limit)', { kind: 'limit', status: 429 }],
    ['429 (rate limit at Chutes)', { kind: 'limit', status: 429, host: 'Chutes' }],
    ['429 (rate limit), inside a 200', { kind: 'limit', status: 429, inside: true }],
    ['your limit of requests per day', { kind: 'own-limit', window: 'requestsPerDay' }],
    ['its requests of this minute are used up', { kind: 'full' }],
    ['its 10 requests a minute are used up', { kind: 'full', perMinute: 10 }],
    ['529 overloaded', { kind: 'overloaded', status: 529 }],
    ['503 overloaded, inside a 200', { kind: 'overloaded', status: 503, inside: true }],
    ['402 (no credit)', { kind: 'billing', status: 402, what: 'no-credit' }],
    ['400 (credit balance too low)', { kind: 'billing', status: 400, what: 'low-balance' }],
    ['429 (out of extra usage)', { kind: 'billing', status: 429, what: 'no-extra-usage' }],
    ['400 (needs extra usage)', { kind: 'billing', status: 400, what: 'needs-extra-usage' }],
    ['429 (long context needs extra usage)', { kind: 'billing', status: 429, what: 'long-context-needs-extra-usage' }],
    ['429 (spending limit)', { kind: 'billing', status: 429, what: 'spending-limit' }],
    ['429 (not in the free tier)', { kind: 'billing', status: 429, what: 'not-in-free-tier' }],
    ['402 (credit held by requests in flight)', { kind: 'billing', status: 402, what: 'credit-held' }],
    ['401 (key or login refused)', { kind: 'key-refused', status: 401 }],
    ['400 (key refused)', { kind: 'key-refused', status: 400 }],
    ['403 (not permitted)', { kind: 'not-permitted', status: 403 }],
    ['404 (model or address not found)', { kind: 'not-found', status: 404 }],
    ['404 (model gpt-9 not found)', { kind: 'not-found', status: 404, model: 'gpt-9' }],
    ['400 (conversation too long)', { kind: 'too-long', status: 400 }],
    ['429 (request larger than the limit)', { kind: 'too-large', status: 429 }],
    ['400 (translated request refused)', { kind: 'request-refused', status: 400 }],
    ['400 (translated request refused: “tools: at most 128”)', { kind: 'request-refused', status: 400, said: 'tools: at most 128' }],
    ['200 (error 1113)', { kind: 'business-error', status: 200, code: '1113' }],
    ['302 (redirect)', { kind: 'redirect', status: 302 }],
    ['302 (redirect to login.example)', { kind: 'redirect', status: 302, to: 'login.example' }],
    ['200 (answer is not a message)', { kind: 'no-message', status: 200 }],
    ['200 (answer is not a message: an HTML page)', { kind: 'no-message', status: 200, what: 'an HTML page' }],
    ['400 bad request', { kind: 'status', status: 400 }],
    ['408 timeout', { kind: 'status', status: 408 }],
    ['418 refused', { kind: 'status', status: 418 }],
    ['500 server error', { kind: 'status', status: 500 }],
    ['502 bad gateway', { kind: 'status', status: 502 }],
    ['500 server error: “try later”', { kind: 'status', status: 500, said: 'try later' }],
    ['error inside the answer', { kind: 'error-event' }],
    ['error inside the answer: “boom”', { kind: 'error-event', said: 'boom' }],
    ['refused', { kind: 'refused' }],
    ['refused (SAFETY)', { kind: 'refused', code: 'SAFETY' }],
    ['answer broke off', { kind: 'broken-off' }],
    ['answer broke off (network_error)', { kind: 'broken-off', code: 'network_error' }],
    ['empty answer', { kind: 'empty-answer' }],
    ['nothing but thinking', { kind: 'only-thinking' }],
    ['output limit reached while thinking', { kind: 'only-thinking', limit: true }],
    ['fault in ccmux (TypeError)', { kind: 'fault', name: 'TypeError' }],

    ['connection refused', { kind: 'network', code: 'ECONNREFUSED' }],
    ['host not found', { kind: 'network', code: 'ENOTFOUND' }],
    ['connection failed (EMFILE)', { kind: 'network', code: 'EMFILE' }],
    ['connection broken', { kind: 'network' }],
    ['certificate not trusted', { kind: 'certificate', code: 'CERT_HAS_EXPIRED' }],
    ['no answer within 60 s', { kind: 'silence', limitMs: 60_000 }],
    ['no answer in time', { kind: 'silence' }],
    ['no answer in time', { kind: 'silence', limitMs: 0 }],
    ['@ai-sdk/x is not installed', { kind: 'setup', text: '@ai-sdk/x is not installed' }],
    ['no key', { kind: 'no-key', variables: [] }],
    ['no key (A or B)', { kind: 'no-key', variables: ['A', 'B'] }],
    ['over your budget', { kind: 'over-budget' }],
    ['takes 128 tools, the request has 140', { kind: 'too-many-tools', asked: 140, takes: 128 }],
    ['cannot take images or PDFs', { kind: 'cannot-take', what: ['images', 'PDFs'] }],
    ['its context window of 128k is smaller than the conversation (about 150k)', { kind: 'small-window', fits: 131_072, tokens: 149_800 }],
    ['only gemini was chosen', { kind: 'not-chosen', only: 'gemini' }],
    ['something odd', { kind: 'words', text: 'something odd' }],
    ['429 (5-hour limit), inside a 200', { kind: 'words', status: 429, text: '5-hour limit', inside: true }],
  ];
  it.each(rows)('%s', (words, reason) => {
    expect(reasonText(reason)).toBe(words);
  });

  it('names a kind that only a newer ccmux knows', () => {
    expect(reasonText({ kind: 'eaten-by-a-grue', status: 418 } as unknown as Reason)).toBe('418 (eaten-by-a-grue)');
  });

  it('is harmless, whatever a host said', () => {
    const said = '\u001B[2J\u001B]0;title\u0007red\r\nline\u202E \u009B31mtwo';
    expect(reasonText({ kind: 'error-event', said })).toBe('error inside the answer: “red line two”');
  });
});

it.each<Row>([
  ['answered 429 (5-hour limit)', { kind: 'limit', status: 429, window: '5h' }],
  ['answered 529 overloaded', { kind: 'overloaded', status: 529 }],
  ['could not answer: connection refused', { kind: 'network', code: 'ECONNREFUSED' }],
  ['could not answer: 5-hour limit', { kind: 'words', text: '5-hour limit' }],
])('a provider that %s', (words, reason) => {
  expect(couldNot(reason)).toBe(words);
});

it('a provider that could not answer, nobody knows why', () => {
  expect(couldNot(undefined)).toBe('could not answer');
});
