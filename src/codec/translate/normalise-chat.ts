import { createCallGuard } from './call-guard.ts';
import { isRecord } from '../../ground/check.ts';
import { NONE, stringsOf, type ChunkNormaliser, type Fields, type NormalisedChunk } from './normalise-chunk.ts';
import { withoutSenselessCounts } from '../usage.ts';

/** The chunks of one stream of OpenAI's chat wire, as the many hosts that speak it send them. */
export function createChatNormaliser(): ChunkNormaliser {
  const guard = createCallGuard();
  /** The text so far, for a host that repeats all of it at the end. */
  let text = '';
  let reasoned = false;

  function normalise(chunk: unknown): NormalisedChunk {
    if (!isRecord(chunk)) return NONE;
    // OpenRouter, Groq and z.ai say it at the top of a chunk that may hold choices as well.
    const error = chunk['error'];
    if (error !== undefined && error !== null && error !== false) return { kind: 'error', error: chunk };
    const groq = chunk['x_groq'];
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].filter(isRecord) : [];
    // Usage: at the top (OpenAI), in `x_groq` (Groq), in the choice (Kimi).
    const usage = [chunk['usage'], isRecord(groq) ? groq['usage'] : undefined, choices[0]?.['usage']].find(isRecord);
    if (choices.length === 0 && usage === undefined) return NONE;
    return {
      kind: 'chunk',
      chunk: { choices: choices.map(choiceOf), usage: usage ? withoutSenselessCounts(usage) : null },
    };
  }

  function choiceOf(choice: Fields): Fields {
    const { delta, message, finish_reason: finish } = choice;
    const ends = typeof finish === 'string' && finish !== '';
    // Some hosts end their stream with a whole message in place of a delta, or beside an empty one.
    const said = isRecord(message) && !saysSomething(delta) ? whatIsNew(message) : isRecord(delta) ? delta : undefined;
    return {
      index: 0,
      delta: said === undefined && !ends ? null : deltaOf(said ?? {}, ends),
      finish_reason: ends ? finish : null,
    };
  }

  /** The part of a whole message that was not streamed before. */
  function whatIsNew(message: Fields): Fields {
    if (text === '' && !reasoned) return message;
    const { content, refusal, tool_calls } = message;
    const whole = textOf(content);
    const rest = text === '' ? content : whole.startsWith(text) ? whole.slice(text.length) : '';
    return { content: rest, refusal, tool_calls };
  }

  function deltaOf(said: Fields, ends: boolean): Fields {
    const content = contentOf(said['content']);
    const clean: Fields = {
      role: 'assistant',
      ...stringsOf(said, ['refusal', 'reasoning', 'reasoning_content']),
      ...(content !== undefined && { content }),
      ...(Array.isArray(said['reasoning_details']) && { reasoning_details: said['reasoning_details'] }),
      ...(Array.isArray(said['annotations']) && { annotations: said['annotations'] }),
    };
    text += textOf(content);
    reasoned ||= Boolean(clean['reasoning'] ?? clean['reasoning_content']);
    const calls = Array.isArray(said['tool_calls']) ? said['tool_calls'].filter(isRecord).flatMap(guard.take) : [];
    if (ends) calls.push(...guard.end());
    if (calls.length > 0) clean['tool_calls'] = calls;
    return clean;
  }

  return normalise;
}

function saysSomething(delta: unknown): boolean {
  if (!isRecord(delta)) return false;
  return ['content', 'reasoning', 'reasoning_content', 'tool_calls'].some((name) => {
    const value = delta[name];
    return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  });
}

/** A content that the AI SDK can read: a string, or typed parts. */
function contentOf(content: unknown): string | Fields[] | undefined {
  if (typeof content === 'string') return content;
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  if (isRecord(content)) return [partOf(content)].filter(isRecord);
  return Array.isArray(content) ? content.map(partOf).filter(isRecord) : undefined;
}

function partOf(part: unknown): Fields | undefined {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isRecord(part) || typeof part['type'] !== 'string') return undefined;
  if (part['type'] !== 'thinking' || typeof part['thinking'] !== 'string') return part;
  return { ...part, thinking: [{ type: 'text', text: part['thinking'] }] };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}
