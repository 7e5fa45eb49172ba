import type { Failure } from '../errors.ts';
import { readErrorBody, statusOf } from './error-body.ts';

/**
 * "The conversation is too long" in each vendor's words. Each pattern stands beside a message that it was written for. Where the message names numbers they are kept:
 * the first group is what was sent, the second what fits; `limitFirst` says that they come the other way round.
 */
type Pattern = { pattern: RegExp; limitFirst?: true; example: string };

export const OVERFLOWS: readonly Pattern[] = [
  {
    // Anthropic, and hosts that speak its wire, 400
    pattern: /prompt is too long(?:: (\d+) tokens > (\d+) maximum)?/i,
    example: 'prompt is too long: 210000 tokens > 200000 maximum',
  },
  {
    // Gemini, 400 INVALID_ARGUMENT
    pattern: /input token count \((\d+)\) exceeds the maximum number of tokens allowed \((\d+)\)/i,
    example: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
  },
  {
    // OpenAI chat and most hosts that copy it, 400 context_length_exceeded
    pattern:
      /maximum context length is (\d+) tokens.*?(?:requested|resulted in|contains|has) (?:about |at least )?(\d+)/is,
    limitFirst: true,
    example:
      "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (132000 in the messages, 8000 in the completion).",
  },
  {
    // OpenAI Responses, 400 context_length_exceeded
    pattern: /exceeds the context window of this model/i,
    example: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  },
  {
    // xAI, 400
    pattern: /maximum prompt length is (\d+) but the request contains (\d+) tokens/i,
    limitFirst: true,
    example: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  },
  {
    // Mistral, 400
    pattern: /prompt contains (\d+) tokens.*?(?:maximum context length|limit) of (\d+)/is,
    example:
      'Prompt contains 140000 tokens and 0 draft tokens, too large for model with maximum context length of 131072',
  },
  {
    // Groq, 400 and 413
    pattern: /reduce the length of the messages or completion/i,
    example: 'Please reduce the length of the messages or completion.',
  },
  {
    // Kimi, 400
    pattern: /exceeded model token limit:? (\d+)(?: \(requested: (\d+)\))?/i,
    limitFirst: true,
    example: 'Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)',
  },
  {
    // llama.cpp, 400 exceed_context_size_error
    pattern: /request (?:\((\d+) tokens\) )?exceeds the available context size(?: \((\d+) tokens\))?/i,
    example: 'the request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
  },
  {
    // Amazon Bedrock, 400 ValidationException
    pattern: /input is too long for requested model/i,
    example: 'Input is too long for requested model.',
  },
  {
    // Cerebras, 400 context_length_exceeded
    pattern: /current length is (\d+) while limit is (\d+)/i,
    example: 'Please reduce the length of the messages or completion. Current length is 140000 while limit is 131072',
  },
  {
    // Gemini, 500 INTERNAL
    pattern: /input context (?:is )?too long/i,
    example: 'An internal error has occurred: your input context is too long. Please reduce your input context.',
  },
  {
    // LM Studio, 400
    pattern: /greater than the context length/i,
    example: 'The number of tokens to keep from the initial prompt is greater than the context length',
  },
  {
    // Ollama and Together, 400
    pattern: /input length .*exceeds/i,
    example: 'the input length exceeds the context length',
  },
  {
    // Bedrock's hosts of other models, 400
    pattern: /too many (?:input )?tokens/i,
    example: 'Too many input tokens. Max input tokens: 128000, request input token count: 140000',
  },
  {
    // vLLM and its like, where the numbers come in no known order, 400
    pattern: /maximum context length/i,
    example: "This model's maximum context length is 8 tokens",
  },
  {
    // hosts that say no more than the code
    pattern: /context_length_exceeded/i,
    example: '{"error":{"code":"context_length_exceeded"}}',
  },
];

/** What was sent and what fits, in tokens, as far as the provider said. */
export type Overflow = { tokens?: number; limit?: number };

/** @returns undefined where a provider refused a request for any other reason than its length. */
export function readOverflow(failure: Failure): Overflow | undefined {
  const body = readErrorBody(failure.body);
  const status = statusOf(failure, body);
  // Google answers a too long input with a 500 as well; other statuses never mean this.
  if (status === undefined || ![400, 413, 422, 500].includes(status)) return undefined;
  const said = `${body.code} ${body.type} ${body.message}`;
  // The pattern with the numbers wins over one that only knows the kind.
  const [found] = OVERFLOWS.flatMap(({ pattern, limitFirst }) => {
    const match = pattern.exec(said);
    return match ? [{ numbers: numbersIn(match), limitFirst }] : [];
  }).toSorted((a, b) => b.numbers.length - a.numbers.length);
  if (found === undefined) return undefined;
  const [first, second] = found.numbers;
  const tokens = found.limitFirst ? second : first;
  const limit = found.limitFirst ? first : second;
  return { ...(tokens !== undefined && { tokens }), ...(limit !== undefined && { limit }) };
}

function numbersIn(match: RegExpExecArray): number[] {
  return match
    .slice(1)
    .filter((group) => group !== undefined)
    .map(Number);
}
