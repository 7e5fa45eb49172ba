import { createParser } from 'eventsource-parser';
import { readCost, withWireUsage } from '../codec/usage.ts';
import type { Usage } from '../events.ts';
import { createInflate } from '../providers/encoding.ts';

/** What can be learned from an answer in Anthropic's wire while its bytes pass by. */
export type Answer = {
  messageId?: string;
  model?: string;
  stopReason?: string;
  usage?: Usage;
  /** What the host itself says that it has cost. */
  costUsd?: number;
  /** The first content block has begun (or a whole message was read): worth committing. */
  hasContent: boolean;
  /** `message_stop` was seen, or a whole JSON message. */
  complete: boolean;
  /** An error inside the answer, as its JSON text. */
  error?: string;
};

export type Tap = {
  answer: Answer;
  /** Reads a chunk; a promise only where the stream is compressed. Never throws: a tap that cannot read says so. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** To be called behind the last chunk. */
  end(): void | Promise<void>;
  /** True once the tap could not make sense of the bytes: whoever waits for it must not wait longer. */
  isBlind(): boolean;
};

/**
 * Watches an answer without touching it. Its first characters tell an event stream from JSON: hosts send both under
 * any content type, or none. A tap is blind for everything else.
 * @param contentEncoding `gzip`, `br`, `deflate`, `zstd` or none.
 */
export function createTap(contentEncoding: string | undefined): Tap {
  const answer: Answer = { hasContent: false, complete: false };
  const inflate = contentEncoding ? createInflate(contentEncoding) : undefined;
  let blind = Boolean(contentEncoding) && !inflate && contentEncoding !== 'identity';
  let reader: Reader | undefined;
  let start = '';
  const decoder = new TextDecoder();
  const read = (bytes: Uint8Array) => {
    try {
      const text = decoder.decode(bytes, { stream: true });
      if (reader) return reader.feed(text);
      start += text;
      const shape = shapeOf(start);
      if (shape === 'unclear') return;
      if (shape === 'other') blind = true;
      reader = shape === 'events' ? readEvents(answer) : readJson(answer);
      reader.feed(start);
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

type Reader = { feed(text: string): void; end(): void };

/** Only these events hold something to learn; the many deltas between them are not even parsed. */
const WORTH_READING = new Set(['message_start', 'content_block_start', 'message_delta', 'message_stop', 'error']);

function readEvents(answer: Answer): Reader {
  const parser = createParser({
    onEvent({ event, data }) {
      if (event !== undefined && !WORTH_READING.has(event)) return;
      learn(answer, event, JSON.parse(data) as WireEvent, data);
    },
  });
  return {
    feed: (text) => parser.feed(text),
    end() {
      try {
        // The last event may lack its empty line.
        parser.feed('\n\n');
      } catch {
        // It was cut: it says nothing.
      }
    },
  };
}

type WireEvent = {
  type: string;
  message?: { id?: string; model?: string; usage?: unknown };
  delta?: { stop_reason?: string | null };
  usage?: unknown;
};

function learn(answer: Answer, name: string | undefined, event: WireEvent, data: string): void {
  switch (event.type ?? name) {
    case 'message_start':
      if (event.message?.id) answer.messageId = event.message.id;
      if (event.message?.model) answer.model = event.message.model;
      addUsage(answer, event.message?.usage);
      break;
    case 'content_block_start':
      answer.hasContent = true;
      break;
    case 'message_delta':
      // An answer may hold no content block at all (a refusal, an empty turn): its end is worth as much.
      answer.hasContent = true;
      if (event.delta?.stop_reason) answer.stopReason = event.delta.stop_reason;
      addUsage(answer, event.usage);
      break;
    case 'message_stop':
      answer.hasContent = true;
      answer.complete = true;
      break;
    case 'error':
      // Behind the end it is not about this answer any more.
      if (!answer.complete) answer.error = data;
      break;
  }
}

function readJson(answer: Answer): Reader {
  let text = '';
  return {
    feed(more) {
      text += more;
    },
    end() {
      const body = JSON.parse(text) as WireEvent['message'] & {
        type?: string;
        stop_reason?: string | null;
        error?: unknown;
      };
      if (body.type === 'error' || body.error !== undefined) {
        answer.error = text;
        return;
      }
      if (body.id) answer.messageId = body.id;
      if (body.model) answer.model = body.model;
      if (body.stop_reason) answer.stopReason = body.stop_reason;
      addUsage(answer, body.usage);
      answer.hasContent = true;
      answer.complete = true;
    },
  };
}

function addUsage(answer: Answer, told: unknown): void {
  const usage = withWireUsage(answer.usage, told);
  if (usage) answer.usage = usage;
  const cost = readCost(told);
  if (cost !== undefined) answer.costUsd = cost;
}
