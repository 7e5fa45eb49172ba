import type { MessagesRequest } from './anthropic.ts';
import { isRecord } from '../ground/check.ts';
import { asRecord, parseJson } from './json.ts';
import { wantsSingleCalls } from './tools.ts';

/** An optional part of a request that a host may refuse. */
export type Wish = (typeof WISHES)[number]['wish'];

/** What a host is known to refuse. */
export type Refused = {
  wishes: ReadonlySet<Wish>;
  /** The most tools that it takes, where it said so. */
  maxTools?: number;
};

/** Nothing is known of the host yet. */
export const NOTHING_REFUSED: Refused = { wishes: new Set() };

/** Refused for one conversation: the next one may be accepted. */
export const ONCE: ReadonlySet<Wish> = new Set<Wish>(['signatures', 'thinking_here']);

/** @param most the catalogue's value; the host's own word outranks it. */
export function withMost(refused: Refused, most: number | undefined): Refused {
  return refused.maxTools === undefined && most !== undefined ? { ...refused, maxTools: most } : refused;
}

/**
 * The words of refusals, and how to find the refused part in a request. Each pattern stands beside a real message or
 * the page that documents the parameter; the first match decides. No live host was asked.
 */
const WISHES = [
  {
    // Anthropic: "messages.1.content.0: Invalid `signature` in `thinking` block"; OpenAI, code
    // invalid_encrypted_content: "The encrypted content … could not be verified"; Gemini: "Corrupted thought signature."
    wish: 'signatures',
    says: /(?:invalid|corrupt|expired|not valid|could not be (?:verified|decrypted)|failed to (?:verify|decrypt))[^]*(?:signature|encrypted)|(?:signature|encrypted)[^]*(?:invalid|corrupt|expired|not valid|could not be (?:verified|decrypted))|blocks? [^]*cannot be modified/i,
    in: () => true,
  },
  {
    // "system.0.cache_control: Extra inputs are not permitted" (hosts of Anthropic's wire).
    wish: 'cache_control',
    says: /cache_control/,
    in: () => true,
  },
  {
    // DeepSeek, Groq: "response_format of type json_schema is not available"; Anthropic's wire: output_config.format.
    wish: 'output_format',
    says: /response_?format|json_?schema|output_config\.format|output_format|structured.?output|response_?(?:json_?)?schema|response_?mime/i,
    in: (request) => request.output_config?.format !== undefined,
  },
  {
    // OpenAI: "Unsupported parameter: 'parallel_tool_calls' is not supported with this model."
    wish: 'parallel_tool_calls',
    says: /parallel.?tool|parallel.?function|disable_parallel/i,
    in: wantsSingleCalls,
  },
  {
    // Of this conversation, not of the model. Claude: "Expected `thinking` or `redacted_thinking`, but found
    // `tool_use`"; DeepSeek: "The `reasoning_content` in the thinking mode must be passed back to the API."
    wish: 'thinking_here',
    says: /expected `?thinking|must start with a thinking|must be passed back|is missing in assistant/i,
    in: (request) => request.thinking !== undefined || request.output_config?.effort !== undefined,
  },
  {
    // Anthropic: "This model does not support effort level 'xhigh'."; Groq: "`reasoning_effort` is not supported with
    // this model"; Gemini: "thinking_level is not supported by this model".
    wish: 'effort',
    says: /effort|reasoning|thinking|thinking_?(?:level|budget|config)/i,
    in: (request) => request.thinking !== undefined || request.output_config?.effort !== undefined,
  },
  {
    // OpenAI: "Unsupported parameter: 'temperature' is not supported with this model."
    wish: 'sampling',
    says: /temperature|top_?p\b|top_?k\b/i,
    in: ({ temperature, top_p, top_k }) => [temperature, top_p, top_k].some((value) => value !== undefined),
  },
  {
    // xAI: "Argument not supported on this model: stop".
    wish: 'stop_sequences',
    says: /\bstop\b|stop_?sequences/i,
    in: (request) => (request.stop_sequences ?? []).length > 0,
  },
  {
    // Kimi: "tool_choice 'required' is incompatible with thinking enabled".
    wish: 'tool_choice',
    says: /tool_?choice|function_?calling_?config/i,
    in: (request) => request.tool_choice !== undefined,
  },
  {
    // Hosts that send their counts unasked: "stream_options: Extra inputs are not permitted".
    wish: 'stream_options',
    says: /stream_options|include_usage/,
    in: () => true,
  },
  {
    // OpenAI: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'
    // instead."; others know only the older name.
    wish: 'max_tokens_field',
    says: /max_(?:completion_)?tokens[^]*(?:not supported|unsupported|unrecogni[sz]ed|not permitted|instead)|(?:unsupported|unrecogni[sz]ed)[^]*max_(?:completion_)?tokens/i,
    in: () => true,
  },
  {
    // OpenAI: "Invalid schema for function 'x': …"; Gemini: "… at 'tools[0].function_declarations[3].parameters'";
    // Moonshot: "tools.function.parameters is not a valid moonshot flavored json schema".
    wish: 'schemas',
    says: /schema|function_?declarations|tools?[.[]\d+|function.parameters|\$ref/i,
    in: (request) => (request.tools ?? []).length > 0,
  },
] as const satisfies readonly { wish: string; says: RegExp; in(request: MessagesRequest): boolean }[];

/** The user's name for each part. */
export const WISH_WORDS: Record<Wish, string> = {
  signatures: 'what it signed itself before',
  cache_control: 'cache marks',
  output_format: 'the format of the answer',
  parallel_tool_calls: 'one call at a time',
  thinking_here: 'to think on from here',
  effort: 'the effort',
  sampling: 'sampling parameters',
  stop_sequences: 'stop sequences',
  tool_choice: 'the choice of a tool',
  stream_options: 'a count of the tokens in the stream',
  max_tokens_field: 'the name of the cap',
  schemas: 'full tool schemas',
};

/**
 * What a host refuses, by its 400 or 422.
 * @param said the body of the error.
 * @param request as it was wanted.
 * @param known the parts that are already left out.
 * @returns everything refused so far, or undefined if nothing new can be left out.
 */
export function readRefusal(said: string, request: MessagesRequest, known: Refused): Refused | undefined {
  const words = messageOf(said);
  const cap = readToolCap(words, request.tools?.length ?? 0);
  if (cap !== undefined && cap < (known.maxTools ?? Infinity)) return { ...known, maxTools: cap };
  const refused = WISHES.find(
    ({ wish, says, in: holds }) => !known.wishes.has(wish) && says.test(words) && holds(request),
  );
  return refused && { ...known, wishes: new Set([...known.wishes, refused.wish]) };
}

/**
 * The most tools that a host takes. OpenAI: "Invalid 'tools': array too long. Expected an array with maximum length
 * 128, but got an array with length 140 instead."; Groq: "maximum number of items is 128"; others: "at most 128 …",
 * "Max 128 tools are supported", "exceeds the limit of 128".
 */
function readToolCap(words: string, sent: number): number | undefined {
  if (!/tools|functions/i.test(words)) return undefined;
  const limits = words.matchAll(/(?:max(?:imum)?|at most|limit|up to|more than|exceeds?)(?=\D{0,32}?(\d{1,5}))/gi);
  const caps = [...limits].map(([, digits]) => Number(digits)).filter((cap) => cap > 0 && cap < sent);
  return caps.length > 0 ? Math.min(...caps) : undefined;
}

/** The error's message and the parameter that it names; without them the beginning of the body. */
function messageOf(said: string): string {
  const body = parseJson(said);
  const error = asRecord(asRecord(Array.isArray(body) ? body[0] : body)['error'] ?? body);
  const fields = [error['param'], error['code'], error['message'], isRecord(body) ? body['message'] : undefined];
  const words = fields.filter((field) => typeof field === 'string').join(' ');
  // Some put the vendor's own words behind: OpenRouter's `metadata.raw`.
  const raw = asRecord(error['metadata'])['raw'];
  return `${words}${typeof raw === 'string' ? ` ${raw}` : ''}`.trim().slice(0, 4_000) || said.slice(0, 2_000);
}
