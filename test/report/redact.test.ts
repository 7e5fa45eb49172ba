import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactEvent } from '../../src/report/redact.ts';

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
  ])('%s', (text, clean) => expect(redact(text)).toBe(clean));

  it.each([
    ['a placeholder that is also a name', 'ollama and lm-studio are short'],
    ['a word with a prefix in it', 'the task-runner asks for a disk-scheduler-rewrite'],
    ['a request id', 'req_011CVabcdefghijkl'],
    ['a local address without a token', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['prose', 'the bearer of this letter'],
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
