import { isRecord } from './json.ts';
import { cleanWireUsage, withoutSenselessCounts } from './usage.ts';

/**
 * Chunks of a stream as the AI SDK's packages can read them. Hosts that "speak OpenAI" differ in small ways that their
 * strict schemas reject, and a rejected chunk is a lost answer. Pure: one parsed chunk in, one or none out.
 */
type Fields = Record<string, unknown>;

/** What becomes of one chunk. */
export type NormalisedChunk =
  /** Pass this on. */
  | { kind: 'chunk'; chunk: unknown }
  /** The upstream failed inside its 200. */
  | { kind: 'error'; error: Fields }
  /** Nothing in it: a sign of life. */
  | { kind: 'none' };

const NONE: NormalisedChunk = { kind: 'none' };

/** A chunk of OpenAI's chat stream. */
export function normaliseChatChunk(chunk: unknown): NormalisedChunk {
  if (!isRecord(chunk)) return NONE;
  // OpenRouter, Groq and z.ai say it at the top of a chunk that may hold choices as well.
  const error = chunk['error'];
  if (error !== undefined && error !== null && error !== false) return { kind: 'error', error: chunk };
  const { x_groq: groq, ...rest } = chunk;
  const choices = Array.isArray(rest['choices']) ? rest['choices'].filter(isRecord) : [];
  // Usage: at the top (OpenAI), in `x_groq` (Groq), in the choice (Kimi).
  const usage = [rest['usage'], isRecord(groq) ? groq['usage'] : undefined, choices[0]?.['usage']].find(isRecord);
  if (choices.length === 0 && usage === undefined) return NONE;
  return {
    kind: 'chunk',
    chunk: { ...rest, choices: choices.map(normaliseChoice), usage: usage ? withoutSenselessCounts(usage) : null },
  };
}

function normaliseChoice(choice: Fields): Fields {
  // Some hosts end their stream with a whole message in place of a delta.
  const delta = isRecord(choice['delta'])
    ? choice['delta']
    : isRecord(choice['message'])
      ? choice['message']
      : undefined;
  if (delta === undefined) return { ...choice, delta: null };
  const clean: Fields = { ...delta };
  if (clean['role'] !== undefined) clean['role'] = 'assistant';
  for (const field of ['reasoning', 'reasoning_content']) if (typeof clean[field] !== 'string') delete clean[field];
  const content = clean['content'];
  if (isRecord(content)) clean['content'] = [content];
  else if (typeof content === 'number' || typeof content === 'boolean') clean['content'] = String(content);
  const calls = clean['tool_calls'];
  if (Array.isArray(calls)) clean['tool_calls'] = calls.filter(isRecord).map(normaliseCall);
  else if (calls !== undefined) delete clean['tool_calls'];
  return { ...choice, delta: clean };
}

function normaliseCall(call: Fields): Fields {
  const clean: Fields = { ...call };
  const called: Fields = isRecord(call['function']) ? { ...call['function'] } : {};
  // Arguments as an object, whole.
  if (typeof called['arguments'] === 'object' && called['arguments'] !== null)
    called['arguments'] = JSON.stringify(called['arguments']);
  // A continuation with an empty name (GLM by way of Mistral) or an empty id (Qwen).
  if (typeof called['name'] !== 'string' || called['name'] === '') delete called['name'];
  if (typeof clean['id'] !== 'string' || clean['id'] === '') delete clean['id'];
  const index = clean['index'];
  if (typeof index === 'string' && /^\d+$/.test(index)) clean['index'] = Number(index);
  else if (typeof index !== 'number') delete clean['index'];
  clean['function'] = called;
  return clean;
}

/** A chunk of Gemini's stream. */
export function normaliseGeminiChunk(chunk: unknown): NormalisedChunk {
  // Without `alt=sse`, and in errors, Gemini wraps its chunks into an array.
  if (Array.isArray(chunk)) {
    return chunk.length > 0
      ? normaliseGeminiChunk(chunk.find((each) => isRecord(each) && hasError(each)) ?? chunk[0])
      : NONE;
  }
  if (!isRecord(chunk)) return NONE;
  if (hasError(chunk)) return { kind: 'error', error: chunk };
  const { usageMetadata: usage, ...rest } = chunk;
  return { kind: 'chunk', chunk: isRecord(usage) ? { ...rest, usageMetadata: withoutSenselessCounts(usage) } : rest };
}

/** An event of OpenAI's Responses stream. The error event's facts stand in `error` or at the top: both were seen. */
export function normaliseResponsesChunk(chunk: unknown): NormalisedChunk {
  if (!isRecord(chunk)) return NONE;
  if (chunk['type'] === 'error')
    return { kind: 'error', error: isRecord(chunk['error']) ? { error: chunk['error'] } : { error: chunk } };
  const response = chunk['response'];
  if (chunk['type'] === 'response.failed' && isRecord(response) && isRecord(response['error']))
    return { kind: 'error', error: { error: response['error'] } };
  if (hasError(chunk)) return { kind: 'error', error: chunk };
  if (!isRecord(response) || (response['usage'] ?? null) === null) return { kind: 'chunk', chunk };
  return { kind: 'chunk', chunk: { ...chunk, response: { ...response, usage: cleanWireUsage(response['usage']) } } };
}

function hasError(chunk: Fields): boolean {
  return chunk['error'] !== undefined && chunk['error'] !== null && chunk['type'] === undefined;
}
