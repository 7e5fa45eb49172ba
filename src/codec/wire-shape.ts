import { readEnding } from './ending.ts';
import { isRecord } from '../ground/check.ts';
import type { Dialect } from './target.ts';

/** The meaning of one chunk for the whole answer. */
export type ChunkMarks = {
  /** It belongs to the wire: an answer has begun. */
  known: boolean;
  /** It names the end. `finished`: the answer is whole, and a later failure does not undo it. */
  end?: 'finished' | 'other';
  /** It counts tokens. */
  usage: boolean;
};

const NOTHING: ChunkMarks = { known: false, usage: false };

/** @param chunk as it was parsed, before it was normalised. */
export function readMarks(dialect: Dialect, chunk: unknown): ChunkMarks {
  const fields = Array.isArray(chunk) ? chunk.find(isRecord) : chunk;
  if (!isRecord(fields)) return NOTHING;
  switch (dialect) {
    case 'chat':
      return readChat(fields);
    case 'gemini': {
      const [candidate] = recordsOf(fields['candidates']);
      const usage = isRecord(fields['usageMetadata']);
      const known = candidate !== undefined || isRecord(fields['promptFeedback']) || usage;
      return { known, usage, ...endOf(candidate?.['finishReason']) };
    }
    case 'responses': {
      const type = String(fields['type'] ?? '');
      return { known: type.startsWith('response.'), usage: false, ...(type === 'response.completed' && FINISHED) };
    }
    case 'anthropic': {
      const type = String(fields['type'] ?? '');
      return { known: /^(message|content_block)_/.test(type), usage: false, ...(type === 'message_stop' && FINISHED) };
    }
    case 'bedrock':
      return { ...NOTHING, known: true };
  }
}

function readChat(fields: Record<string, unknown>): ChunkMarks {
  const choices = recordsOf(fields['choices']);
  const groq = fields['x_groq'];
  const usage = [fields['usage'], isRecord(groq) && groq['usage'], choices[0]?.['usage']].some(isRecord);
  // A business error may come in the shape of a chunk without choices, and other wires count tokens, too.
  const counts = usage && (Array.isArray(fields['choices']) || isRecord(groq));
  return { known: choices.length > 0 || counts, usage: counts, ...endOf(choices[0]?.['finish_reason']) };
}

const FINISHED = { end: 'finished' } as const;

function endOf(reason: unknown): Pick<ChunkMarks, 'end'> {
  if (typeof reason !== 'string' || reason === '') return {};
  return readEnding(reason, false).type === 'finished' ? FINISHED : { end: 'other' };
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** How hosts report an error with a 200: MiniMax's `base_resp`, `{code, msg}` of z.ai and its like, `success: false`. */
export function isBusinessError(fields: Record<string, unknown>): boolean {
  if (hasFailedBase(fields) || fields['success'] === false) return true;
  const said = ['msg', 'message', 'errmsg', 'detail'].some((key) => typeof fields[key] === 'string');
  const code = fields['code'] ?? fields['errcode'];
  const isCode = (typeof code === 'number' || typeof code === 'string') && !['', '0', '200'].includes(String(code));
  return said && isCode;
}

/** MiniMax says it beside an answer, too. */
export function hasFailedBase(fields: Record<string, unknown>): boolean {
  const base = fields['base_resp'];
  return isRecord(base) && Number(base['status_code'] ?? 0) !== 0;
}

/** A name for a body without a message, for the reason that is shown. */
export function describeBody(text: string): string {
  const start = text.trimStart();
  if (start === '') return 'an empty body';
  if (/^<(?:!doctype html|html|head|body|title)/i.test(start)) return 'an HTML page';
  if (start.startsWith('<')) return 'XML';
  if (/^[[{]/.test(start)) return 'other JSON';
  if (/^(?:data|event|id|retry)?:/.test(start)) return 'an event stream without an answer';
  return 'other text';
}
