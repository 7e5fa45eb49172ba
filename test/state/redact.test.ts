import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactEvent } from '../../src/state/redact.ts';

describe('createRedactor', () => {
  const redact = createRedactor(['s3cret-of-mine', 's3cret-of-mine-and-more', 'ollama', 'lm-studio', 'short', '']);

  it.each([
    ['the key s3cret-of-mine.', 'the key [redacted].'],
    ['s3cret-of-mine-and-more', '[redacted]'],
    ['sk-ant-api03-AbC_def-123456789', '[redacted]'],
    ['sk-or-v1-0123456789abcdef', '[redacted]'],
    ['use sk-proj-abcdefghijklmnop, please', 'use [redacted], please'],
    ['gsk_abcdefghijklmnopqrst', '[redacted]'],
    ['AIzaSyA-abcdefghijklmnopqrstuvwxyz01234', '[redacted]'],
    ['https://x.test/v1?key=abcdef123456&alt=sse', 'https://x.test/v1?key=[redacted]&alt=sse'],
    ['authorization: Bearer abc.def-123', 'authorization: Bearer [redacted]'],
    ['{"x-api-key":"abcdef123456"}', '{"x-api-key":"[redacted]"}'],
    [`http://127.0.0.1:40123/${'aB3_-'.repeat(8)}xyz/v1/messages`, 'http://127.0.0.1:40123/[redacted]/v1/messages'],
    ['AKIAABCDEFGHIJKLMNOP', '[redacted]'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', '[redacted]'],
    ['postgres://app:hunter2@db.example/app', 'postgres://app:[redacted]@db.example/app'],
    ['mongodb+srv://u:p%40ss@c.example', 'mongodb+srv://u:[redacted]@c.example'],
    ['git clone https://0123456789abcdefghij@git.example/x', 'git clone https://[redacted]@git.example/x'],
    ['glpat-abcdefghij0123456789', '[redacted]'],
    ['xoxb-123456789012-abcdefghijkl', '[redacted]'],
    ['npm_abcdefghijklmnopqrstuvwxyz0123456789', '[redacted]'],
    ['gho_abcdefghijklmnopqrstuvwx', '[redacted]'],
    ['sk_live_abcdefghijklmnop1234', '[redacted]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----', '[redacted]'],
    ['key -----BEGIN PRIVATE KEY-----\\nMIIEow', 'key [redacted]'],
    ['password=hunter2', 'password=[redacted]'],
    ['{"db_password": "hunter2!"}', '{"db_password": "[redacted]"}'],
    ['PGPASSWORD=secretword psql', 'PGPASSWORD=[redacted] psql'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
    ['SOME_TOKEN: 5f0c1d9e-1111-4000-8000-00000000a001', 'SOME_TOKEN: [redacted]'],
    ['Authorization: Basic dXNlcjpodW50ZXIy', 'Authorization: Basic [redacted]'],
    ['curl -u admin:hunter2 https://x.test', 'curl -u admin:[redacted] https://x.test'],
  ])('%s', (text, clean) => expect(redact(text)).toBe(clean));

  it.each([
    ['a placeholder that is also a name', 'ollama and lm-studio are short'],
    ['a word with a prefix in it', 'the task-runner asks for a disk-scheduler-rewrite'],
    ['a request id', 'req_011CVabcdefghijkl'],
    ['a local address without a token', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['prose', 'the bearer of this letter'],
    ['prose about a password', 'the password: required; a basic authorization is enough'],
    ['counts', 'max_tokens: 64000 and input_tokens=1234567890123'],
    ['code', 'const password = process.env.PASSWORD; token = getToken(); key: string'],
    ['a variable', 'GEMINI_API_KEY=$KEY and password=${DB_PASSWORD}'],
    ['words like a prefix', 'global-configuration-of-things, glass-house-builders'],
    ['a name', 'cacheKey: "gemini-pro-latest", key=ArrowDown, monkey=banana'],
    ['an address with a port', 'http://proxy.example:8080/a@b'],
    ['a reason', '429 (tokens per minute)'],
  ])('leaves alone: %s', (_, text) => expect(redact(text)).toBe(text));

  it('lets no known secret through, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9$.*+?()[\]]{16,40}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
        expect(createRedactor([key])(`${before}${key}${after}`)).not.toContain(key);
      }),
    );
  });
});

it('lets nothing random through behind a name that speaks of secrets', () => {
  const redact = createRedactor([]);
  const name = fc.constantFrom('API_KEY', 'db_password', 'clientSecret', 'ACCESS_TOKEN', 'PASSPHRASE', 'x.signing-key');
  const sign = fc.constantFrom('=', ': ', '":"', ' = ', ': "');
  const secret = fc
    .stringMatching(/^[A-Za-z0-9+/_-]{24,44}$/)
    .filter((text) => /\d/.test(text) && new Set(text).size > 10);
  fc.assert(
    fc.property(name, sign, secret, (one, between, value) => {
      expect(redact(`set ${one}${between}${value} now`)).not.toContain(value);
    }),
  );
});

it('is quick with any text', () => {
  const redact = createRedactor([]);
  for (const text of [
    'a:'.repeat(20_000),
    '://'.repeat(10_000),
    'key='.repeat(10_000),
    '-----BEGIN '.repeat(5_000),
    `${'a'.repeat(65_000)}=`,
  ]) {
    expect(redact(text).length).toBeGreaterThan(0);
  }
});

describe('redactEvent', () => {
  it('takes secrets out of every string of an event, and leaves its type and numbers', () => {
    const redact = createRedactor(['correct-horse-42', 'session-end-and-more']);
    expect(
      redactEvent(
        {
          type: 'translation-warn',
          exchange: 7,
          provider: 'gemini',
          warnings: [{ what: 'image', detail: 'GET with correct-horse-42 "and" sk-ant-api03-abcdefgh12' }],
          at: 1_795_334_933_861,
        },
        redact,
      ),
    ).toEqual({
      type: 'translation-warn',
      exchange: 7,
      provider: 'gemini',
      warnings: [{ what: 'image', detail: 'GET with [redacted] "and" [redacted]' }],
      at: 1_795_334_933_861,
    });
  });
});
