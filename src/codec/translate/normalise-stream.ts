import { isRecord } from '../../ground/check.ts';
import { parseJson } from '../json.ts';
import type { ChunkNormaliser, NormalisedChunk } from './normalise-chunk.ts';
import type { Dialect } from '../target.ts';
import { hasFailedBase, isBusinessError, readMarks, type ChunkMarks } from '../wire-shape.ts';

/**
 * An event stream cleaned up line by line: comments and bare keep-alives go, chunks are normalised, and JSON that
 * stands between the events without `data:` (Gemini's errors in the middle of a stream do, pretty-printed) becomes one.
 */
export type StreamNormaliser = {
  /** Text of the stream, cut anywhere. @returns the text to pass on. */
  push(text: string): string;
  /** The stream has ended. */
  end(): string;
  /** The answer is whole: a later failure does not undo it. */
  isFinished(): boolean;
  /** The beginning of a body that is not an answer; undefined once an event of the wire was read. */
  foreign(): string | undefined;
};

/** The longest part of a foreign body that is read for its error. */
const MAX_FOREIGN = 65_536;

/** A chat host that sends no finish reason says with `[DONE]` and a count of tokens that it has finished. */
const MISSING_FINISH = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

/**
 * @param dialect the stream's dialect, which defines its end.
 * @param normalise for one chunk.
 * @param onError called with an error inside the stream, before its text is returned.
 */
export function createStreamNormaliser(
  dialect: Dialect,
  normalise: ChunkNormaliser,
  onError: (error: Record<string, unknown>) => void,
): StreamNormaliser {
  /** The line that is being read, in pieces. */
  let tail: string[] = [];
  /** The `data:` lines of the event that is being read. */
  let data: string[] = [];
  /** JSON outside of any event, and how many of its brackets are open. */
  let raw: string[] = [];
  let depth = 0;
  let foreign: string | undefined = '';
  let end: ChunkMarks['end'];
  let counted = false;

  function done(): string {
    const missing = dialect === 'chat' && counted && end === undefined;
    if (missing) end = 'finished';
    return `${missing ? `data: ${JSON.stringify(MISSING_FINISH)}\n\n` : ''}data: [DONE]\n\n`;
  }

  /** @returns the chunk's meaning for the answer; undefined if it comes too late or belongs to another wire. */
  function look(chunk: unknown): NormalisedChunk {
    const marks = readMarks(dialect, chunk);
    const normal = normalise(chunk);
    const failed = isRecord(chunk) && (marks.known ? hasFailedBase(chunk) : isBusinessError(chunk));
    if (normal.kind === 'error' || failed) {
      foreign = undefined;
      if (end === 'finished') return { kind: 'none' };
      return failed && normal.kind !== 'error' ? { kind: 'error', error: chunk } : normal;
    }
    end ??= marks.end;
    counted ||= marks.usage;
    if (!marks.known) return { kind: 'none' };
    foreign = undefined;
    return normal;
  }

  function one(text: string): string {
    if (text.trim() === '[DONE]') return done();
    // `data: keep-alive`, `data: :` and the like.
    if (!/^\s*[[{]/.test(text)) return '';
    const chunk = parseJson(text);
    const lines = text.split('\n');
    // A host that ends its events with one newline instead of two.
    if (
      chunk === undefined &&
      lines.length > 1 &&
      lines.every((part) => part === '[DONE]' || parseJson(part) !== undefined)
    )
      return lines.map(one).join('');
    // Broken JSON passes unchanged: it must end the answer, not vanish from it.
    if (chunk === undefined) {
      foreign = undefined;
      return end === 'finished' ? '' : `data: ${text.replaceAll('\n', '\ndata: ')}\n\n`;
    }
    const result = look(chunk);
    if (result.kind === 'none') return '';
    if (result.kind === 'error') onError(result.error);
    return `data: ${JSON.stringify(result.kind === 'error' ? result.error : result.chunk)}\n\n`;
  }

  function line(text: string): string {
    // The stream goes on: the text before was noise, or an unfinished error.
    if (text.startsWith('data:')) raw = [];
    if (raw.length > 0) return takeRaw(text);
    if (text === '') {
      const event = data.join('\n');
      data = [];
      return event === '' ? '' : one(event);
    }
    if (text.startsWith('data:')) {
      data.push(text.slice(text.startsWith('data: ') ? 6 : 5));
      return '';
    }
    // The end mark of a host that omits `data:` there.
    if (text.trim() === '[DONE]') {
      data.push('[DONE]');
      return '';
    }
    if (/^\s*(\{|\[\s*(\{|$))/.test(text)) return takeRaw(text);
    // Comments, `event:`, `id:`, `retry:` are dropped: the chunk holds everything.
    return '';
  }

  function takeRaw(text: string): string {
    if (raw.length === 0) depth = 0;
    raw.push(text);
    depth += openBrackets(text);
    // Nothing is parsed before it is complete.
    if (depth > 0 || parseJson(raw.join('\n')) === undefined) return '';
    const whole = raw.join('\n');
    raw = [];
    return one(whole);
  }

  return {
    isFinished: () => end === 'finished',
    foreign: () => foreign,
    push(text) {
      if (foreign !== undefined && foreign.length < MAX_FOREIGN) foreign = (foreign + text).slice(0, MAX_FOREIGN);
      // Only the new text is searched: an event of megabytes comes in hundreds of chunks.
      const ended = text.search(/[\r\n]/) !== -1 || tail.at(-1)?.endsWith('\r') === true;
      tail.push(text);
      if (!ended) return '';
      const whole = tail.join('');
      // A `\r` at the very end may be half of a `\r\n`.
      const lines = whole.split(/\r\n|\n|\r(?!$)/);
      tail = [lines.pop()!];
      return lines.map(line).join('');
    },
    end() {
      const rest = tail.join('');
      tail = [];
      let out = rest === '' ? '' : line(rest.replace(/\r$/, ''));
      out += line('');
      // Cut inside the error itself: its beginning is all that is known.
      if (raw.length > 0 && end !== 'finished') {
        onError({ error: { message: raw.join('\n').slice(0, 2_000) } });
        out += 'data: {"error":{"message":"the stream ended in the middle of an error"}}\n\n';
      }
      raw = [];
      return out;
    },
  };
}

/** How many more brackets a line of JSON opens than it closes; those inside its strings do not count. */
function openBrackets(line: string): number {
  const bare = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return bare.replaceAll(/[^{[]/g, '').length - bare.replaceAll(/[^}\]]/g, '').length;
}
