import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import { readTooLong } from '../../src/failover/too-long.ts';
import { TOO_LONG } from '../../src/failover/too-long-words.ts';

const failure = (status: number, message: string): Failure => ({
  wire: 'openai',
  cause: 'status',
  status,
  headers: {},
  body: JSON.stringify({ error: { message } }),
  translated: true,
});

describe('a conversation that is too long', () => {
  it.each(TOO_LONG.map(({ pattern, example }) => [example, pattern] as const))('%s', (example, pattern) => {
    expect(example).toMatch(pattern);
    expect(readTooLong(failure(400, example))).toMatchObject({ named: true });
  });

  // oxfmt-ignore
  const numbers: [message: string, tokens: number | undefined, limit: number | undefined][] = [
    ['prompt is too long: 210000 tokens > 200000 maximum', 210_000, 200_000],
    ['input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length', 209_573, 200_000],
    ['The prompt is too long: 203557, model maximum context length: 196607', 203_557, 196_607],
    ['The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).', 1_196_265, 1_048_575],
    ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 537_812, 131_072],
    ["[input_too_large] The prompt is too long for this model's context window (505759 tokens > 500000 tokens)", 505_759, 500_000],
    ["This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", 9_000, 8_192],
    ["This endpoint's maximum context length is 200000 tokens. However, you requested about 240000 tokens (200000 of text input)", 240_000, 200_000],
    ["This model's maximum context length is 32768 tokens. However, your request has 40000 input tokens.", 40_000, 32_768],
    ["This model's maximum context length is 128,000 tokens. However, you requested 65,535 output tokens and your prompt contains at least 62,466 input tokens", 128_001, 128_000],
    ["'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 32768 tokens and your request has 29000 input tokens (4096 > 32768 - 29000).", 33_096, 32_768],
    ["Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of 140000 tokens", 140_000, 131_072],
    ["Requested token count exceeds the model's maximum context length of 131072 tokens", undefined, 131_072],
    ['Input length 131393 exceeds the maximum allowed input length of 131040 tokens.', 131_393, 131_040],
    ["The input (516368 tokens) is longer than the model's context length (262144 tokens).", 516_368, 262_144],
    ['Prompt contains 240000 tokens and 0 images, too large for model with 128000 maximum context length', 240_000, undefined],
    ['Your request exceeded model token limit: 262144 (requested: 300000)', 300_000, 262_144],
    ['the request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it', 9_000, 8_192],
    ['Range of input length should be [1, 129024]', undefined, 129_024],
    ['too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.', 4_292, 4_081],
    ['Please reduce the length of the messages or completion. Current length is 140000 while limit is 131072', 140_000, 131_072],
    // A number that is no length by itself says nothing of how much is too much.
    ["This model's maximum context length is 131072 tokens. However, your request has 131000 input tokens.", undefined, 131_072],
    ['Input is too long for requested model.', undefined, undefined],
  ];
  it.each(numbers)('names its numbers: %s', (message, tokens, limit) => {
    expect(readTooLong(failure(400, message))).toEqual({
      named: true,
      ...(tokens !== undefined && { tokens }),
      ...(limit !== undefined && { limit }),
    });
  });

  it.each([
    'Your prompt exceeds the maximum input length',
    'Message is too long: max length 100000',
    'The conversation exceeds the model context window',
    'Input tokens exceed the context limit',
    'The total prompt is larger than the maximum sequence length',
    'Context window is full',
  ])('in words that no table holds: %s', (message) => {
    expect(readTooLong(failure(400, message))).toEqual({ named: true });
  });

  it.each([
    ['a word for its code', '{"error":{"code":"context_length_exceeded","message":"no"}}'],
    ['a bare business code', '{"code":1261,"msg":"no"}'],
    ['Ollama’s own shape', '{"StatusCode":400,"error":"prompt too long; exceeded max context length by 4 tokens"}'],
    ['FastAPI’s shape', '{"detail":"This model\'s maximum context length is 8192 tokens"}'],
    ['a list', '[{"error":{"message":"The input token count (5) exceeds the maximum number of tokens allowed (4)"}}]'],
  ])('in %s', (_what, body) => {
    expect(readTooLong({ ...failure(400, ''), body })).toMatchObject({ named: true });
  });

  it('inside a 200, where nothing tells a status', () => {
    const inside = { ...failure(200, 'the input length exceeds the context length'), cause: 'stream' as const };
    expect(readTooLong(inside)).toEqual({ named: true });
    expect(readTooLong({ ...inside, cause: 'network' })).toBeUndefined();
  });

  it('is what a 413 means, whatever it says', () => {
    expect(readTooLong({ ...failure(413, ''), body: '<html>413 Request Entity Too Large</html>' })).toEqual({
      named: false,
    });
  });

  // oxfmt-ignore
  it.each([
    [429, 'The input token count (5) exceeds the maximum number of tokens allowed (4)'],
    [429, 'maximum context length'],
    [413, 'Request too large for model `m` on tokens per minute (TPM): Limit 12000, Requested 33119, please reduce your message size'],
    [400, 'Invalid JSON payload received. Unknown name "const"'],
    [400, 'Rate limit reached on tokens per min (TPM): Limit 30000, Requested 30601'],
    [400, 'monthly token limit exceeded'],
    [503, 'ThrottlingException: Too many tokens, please wait before trying again.'],
    [401, 'context_length_exceeded'],
    [529, 'prompt is too long'],
    // The output cap is wrong: a shorter conversation does not help.
    [400, 'max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for m'],
    [400, 'max_tokens is too large: 100000. This model supports at most 4096 completion tokens, whereas you provided 100000.'],
    [400, "'max_tokens' is too large: 100000. This model's maximum context length is 8192 tokens and your request has 50 input tokens (100000 > 8192 - 50)."],
    [400, "This model's maximum context length is 8192 tokens. However, you requested 8192 output tokens and your prompt contains 10 input tokens"],
    [400, 'Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 to 8193.'],
    [400, "Invalid 'metadata.key': string too long. Expected at most 64 characters."],
    [400, "Invalid 'messages[3].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 64 instead."],
    [400, 'Invalid schema for function: too many properties'],
    [500, 'Internal server error'],
    [503, 'The model is overloaded'],
  ])('is something else: %d %s', (status, body) => {
    expect(readTooLong(failure(status, body))).toBeUndefined();
  });

  it('never yields a number that a client could not compare', () => {
    const words = fc.constantFrom(...TOO_LONG.map(({ example }) => example));
    fc.assert(
      fc.property(words, fc.nat(), fc.string(), (example, number, noise) => {
        const { tokens = 1, limit = 1 } =
          readTooLong(failure(400, `${noise} ${example.replaceAll(/\d+/g, `${number}`)}`)) ?? {};
        for (const count of [tokens, limit]) expect(Number.isSafeInteger(count) && count > 0).toBe(true);
      }),
    );
  });
});
