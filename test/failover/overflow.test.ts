import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import { OVERFLOWS, readOverflow } from '../../src/failover/overflow.ts';

const failure = (status: number, message: string): Failure => ({
  wire: 'openai',
  cause: 'status',
  status,
  headers: {},
  body: JSON.stringify({ error: { message } }),
  translated: true,
});

describe('a conversation that is too long', () => {
  it.each(OVERFLOWS.map(({ pattern, example }) => [example, pattern] as const))('%s', (example, pattern) => {
    expect(example).toMatch(pattern);
    expect(readOverflow(failure(400, example))).toBeDefined();
  });

  it.each([
    ['prompt is too long: 210000 tokens > 200000 maximum', 210_000, 200_000],
    ['The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).', 1_196_265, 1_048_575],
    ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 537_812, 131_072],
    [
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      9_000,
      8_192,
    ],
    [
      'Please reduce the length of the messages or completion. Current length is 140000 while limit is 131072',
      140_000,
      131_072,
    ],
  ])('names its numbers: %s', (message, tokens, limit) => {
    expect(readOverflow(failure(400, message))).toEqual({ tokens, limit });
  });

  it('may name none', () => {
    expect(readOverflow(failure(400, 'Input is too long for requested model.'))).toEqual({});
  });

  it.each([
    [429, 'The input token count (5) exceeds the maximum number of tokens allowed (4)'],
    [429, 'maximum context length'],
    [400, 'Invalid JSON payload received. Unknown name "const"'],
    [400, 'Rate limit reached on tokens per min (TPM): Limit 30000, Requested 30601'],
    [401, 'context_length_exceeded'],
  ])('is something else: %d %s', (status, body) => {
    expect(readOverflow(failure(status, body))).toBeUndefined();
  });
});
