import { createParser } from 'eventsource-parser';
import { addEvent, addWhole, noAnswerYet, type AnswerFacts } from '../codec/answer-facts.ts';
import { endsWithText, includesText } from '../ground/bytes.ts';
import { createInflate } from '../providers/encoding.ts';
import type { Reply } from '../providers/provider.ts';
import { headersOf } from './headers.ts';

export type Tap = {
  answer: AnswerFacts;
  /** Reads a chunk; a promise only where the stream is compressed. Never throws: a tap that cannot read says so. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** To be called behind the last chunk. */
  end(): void | Promise<void>;
  /** True if the bytes cannot be read: do not wait for this tap any longer. */
  isBlind(): boolean;
};

/** A fallback says what its answer holds; the bytes of the user's own Claude are read as they pass. */
export function tapOf({ holds, rawHeaders }: Pick<Reply, 'holds' | 'rawHeaders'>): Tap {
  if (holds === undefined) return createTap(headersOf(rawHeaders)['content-encoding']);
  return { answer: holds, write: () => {}, end: () => {}, isBlind: () => false };
}

/**
 * Watches an answer without touching it. Its first characters tell an event stream from JSON: hosts send both under
 * any content type, or none. A tap is blind for everything else.
 * @param contentEncoding `gzip`, `br`, `deflate`, `zstd` or none.
 */
export function createTap(contentEncoding: string | undefined): Tap {
  const answer = noAnswerYet();
  const inflate = contentEncoding ? createInflate(contentEncoding) : undefined;
  let blind = Boolean(contentEncoding) && !inflate && contentEncoding !== 'identity';
  let reader: Reader | undefined;
  /** Whether the bytes so far end with a whole event. */
  let isBetween = false;
  let start = '';
  let decoder: TextDecoder | undefined;
  const decode = (bytes: Uint8Array) => {
    const text = (decoder ??= new TextDecoder()).decode(bytes, { stream: true });
    if (reader) return reader.feed(text);
    start += text;
    const shape = shapeOf(start);
    if (shape === 'unclear') return;
    if (shape === 'other') blind = true;
    reader = shape === 'events' ? readEvents(answer) : readJson(answer);
    reader.feed(start);
  };
  const read = (bytes: Uint8Array) => {
    const isWhole = endsWithText(bytes, '\n\n');
    // Most chunks are whole events that tell nothing.
    if (isBetween && isWhole && !TELLING.some((word) => includesText(bytes, word))) return;
    try {
      decode(bytes);
      isBetween = isWhole && reader?.isEvents === true;
    } catch {
      blind = true;
    }
  };
  inflate?.on('data', read);
  inflate?.on('error', () => {
    blind = true;
  });

  return {
    answer,
    isBlind: () => blind,
    write(chunk) {
      if (blind) return;
      if (!inflate) return read(chunk);
      return new Promise((resolve) => {
        // A broken stream never calls back, so its end is listened for as well.
        inflate.once('close', resolve);
        inflate.write(chunk, () => {
          inflate.off('close', resolve);
          resolve();
        });
      });
    },
    end() {
      const finish = () => {
        if (!reader) blind = true;
        try {
          reader?.end();
        } catch {
          blind = true;
        }
      };
      if (!inflate || blind) return finish();
      return new Promise((resolve) => {
        inflate.once('close', () => {
          finish();
          resolve();
        });
        inflate.end();
      });
    },
  };
}

/** What an answer's first characters begin. */
function shapeOf(start: string): 'events' | 'json' | 'other' | 'unclear' {
  const text = start.trimStart();
  if (text === '') return 'unclear';
  if (/^[[{]/.test(text)) return 'json';
  if (EVENT_FIELDS.some((field) => text.startsWith(field))) return 'events';
  return EVENT_FIELDS.some((field) => field.startsWith(text)) ? 'unclear' : 'other';
}

/** What a line of an event stream begins with; a comment has no name. */
const EVENT_FIELDS = ['event:', 'data:', 'id:', 'retry:', ':'];

type Reader = { isEvents: boolean; feed(text: string): void; end(): void };

/** Only these events hold something to learn; the many deltas between them are not even parsed. */
const WORTH_READING = new Set(['message_start', 'message_delta', 'error']);
/** These say all by their name. */
const WORTH_KNOWING = new Set(['content_block_start', 'message_stop']);
/** Each of those holds one of these, in its name or in its data, and few others do. */
const TELLING = ['message_', 'error', 'content_block_start'];

function readEvents(answer: AnswerFacts): Reader {
  const parser = createParser({
    onEvent({ event, data }) {
      if (event !== undefined && WORTH_KNOWING.has(event)) return addEvent(answer, { type: event });
      if (event !== undefined && !WORTH_READING.has(event)) return;
      const read = JSON.parse(data) as { type?: string };
      addEvent(answer, { ...read, type: read.type ?? event ?? '' }, data);
    },
  });
  return {
    isEvents: true,
    feed: (text) => parser.feed(text),
    end() {
      try {
        // The last event may lack its empty line.
        parser.feed('\n\n');
      } catch {
        // A cut event holds no information.
      }
    },
  };
}

function readJson(answer: AnswerFacts): Reader {
  let text = '';
  return {
    isEvents: false,
    feed(more) {
      text += more;
    },
    end() {
      addWhole(answer, JSON.parse(text), text);
    },
  };
}
