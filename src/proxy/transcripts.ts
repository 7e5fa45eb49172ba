import { findParts, parseAt, type Part } from '../ground/json-parts.ts';
import { keepNewest } from '../ground/newest.ts';
import { bytesIn, commonBytes, lengthOf, type Pieces } from '../ground/pieces.ts';

/**
 * Reads the requests of a session. Each request of a thread repeats the one before and adds to it: what both hold is
 * found by a comparison of bytes, and only the rest is read. So a session of n turns costs what it says, not n times it.
 */
export type Transcripts = {
  /**
   * What the body holds, as `JSON.parse` would read it; undefined where it is no JSON object. Values that the thread's
   * last request held as well are the same objects again: they must not be changed.
   * @param thread whose requests grow out of one another.
   */
  read(thread: string, body: Pieces): Record<string, unknown> | undefined;
  /** The thread's last body; none where it is not known. */
  last(thread: string): Pieces;
  /** How many bytes have been read in all, those that were merely compared left out. */
  bytesRead(): number;
};

/** The main thread, what goes on beside it, and a few agents. */
const MOST_THREADS = 6;
/** What is larger is read as a whole each time, and not kept. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

type Known = { body: Pieces; length: number; parts: Part[]; values: unknown[] };

export function createTranscripts(): Transcripts {
  /** The thread that asked last is the last. */
  const threads = new Map<string, Known>();
  let count = 0;

  const parse = (text: Buffer, start: number, end: number) => {
    count += end - start;
    return parseAt(text, start, end);
  };

  function readGrown(body: Pieces, length: number, before: Known | undefined): Known | undefined {
    const { head, tail } = before ? inCommon(before, body, length) : { head: 0, tail: 0 };
    // What stands at both ends may still mean something else: `2` becomes `12`.
    return (
      readBetween(body, length, before, head, tail) ??
      (tail > 0 ? readBetween(body, length, before, head, 0) : undefined)
    );
  }

  /** Reads what is between the first and the last parts, which are those of the body before. */
  function readBetween(
    body: Pieces,
    length: number,
    before: Known | undefined,
    head: number,
    tail: number,
  ): Known | undefined {
    const old = before?.parts ?? [];
    const shift = before ? length - before.length : 0;
    const atEnd = new Map(old.slice(old.length - tail).map(({ start }, i) => [start + shift, old.length - tail + i]));
    const from = head === 0 ? 0 : old[head - 1]!.end;
    const to = tail === 0 ? length : old[old.length - tail]!.start + shift + 1;
    const text = bytesIn(body, from, to);
    const found = findParts({ text, from, isEnd: to === length }, 'messages', old.slice(0, head), (start) => {
      const known = atEnd.get(start);
      return known === undefined ? undefined : old.slice(known).map((part) => moved(part, shift));
    });
    if (!found) return undefined;
    const { parts, taken } = found;
    const values = parts.map((part, i) => {
      if (i < head) return before!.values[i];
      if (i >= parts.length - taken) return before!.values.at(i - parts.length);
      return part.kind === 'list' ? undefined : parse(text, part.start - from, part.end - from);
    });
    return values.some((value, i) => value === undefined && parts[i]!.kind !== 'list')
      ? undefined
      : { body, length, parts, values };
  }

  return {
    read(thread, body) {
      const length = lengthOf(body);
      const known = length <= MOST_KEPT_BYTES ? readGrown(body, length, threads.get(thread)) : undefined;
      threads.delete(thread);
      if (!known) {
        const whole = parse(bytesIn(body), 0, length);
        return typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : undefined;
      }
      threads.set(thread, known);
      keepNewest(threads, MOST_THREADS);
      return assemble(known);
    },
    last: (thread) => threads.get(thread)?.body ?? [],
    bytesRead: () => count,
  };
}

function assemble({ parts, values }: Known): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  let list: unknown[] = [];
  for (const [i, { kind, field }] of parts.entries()) {
    if (kind === 'list') whole[field] = list = [];
    else if (kind === 'element') list.push(values[i]);
    else whole[field] = values[i];
  }
  return whole;
}

function moved(part: Part, by: number): Part {
  return { ...part, start: part.start + by, end: part.end + by };
}

/** How many parts at the beginning and at the end of a body another one holds as well. */
function inCommon({ body, length, parts }: Known, other: Pieces, otherLength: number): { head: number; tail: number } {
  const least = Math.min(length, otherLength);
  const prefix = commonBytes(body, other, least);
  // A number goes on until something else comes: the byte behind a value must be the same too.
  const head = parts.findIndex(({ end }) => end >= prefix);
  if (head === -1) return { head: parts.length, tail: 0 };
  const suffix = commonBytes(body, other, least - prefix, true);
  const tail = parts.length - parts.findLastIndex(({ start }) => start < length - suffix) - 1;
  return { head, tail: Math.min(tail, parts.length - head) };
}
