import { findParts, parseAt, type Part } from '../ground/json-parts.ts';

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
  read(thread: string, body: Buffer): Record<string, unknown> | undefined;
  /** How many bytes have been read in all, those that were merely compared left out. */
  bytesRead(): number;
};

/** The main thread, what goes on beside it, and a few agents. */
const MOST_THREADS = 6;
/** What is larger is read as a whole each time, and not kept. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

type Known = { body: Buffer; parts: Part[]; values: unknown[] };

export function createTranscripts(): Transcripts {
  /** The thread that asked last is the last. */
  const threads = new Map<string, Known>();
  let count = 0;

  const parse = (body: Buffer, start: number, end: number) => {
    count += end - start;
    return parseAt(body, start, end);
  };

  function readGrown(body: Buffer, before: Known | undefined): Known | undefined {
    const { head, tail } = before ? inCommon(before, body) : { head: 0, tail: 0 };
    const shift = before ? body.length - before.body.length : 0;
    const old = before?.parts ?? [];
    const atEnd = new Map(old.slice(old.length - tail).map(({ start }, i) => [start + shift, old.length - tail + i]));
    const found = findParts(body, 'messages', old.slice(0, head), (start) => {
      const from = atEnd.get(start);
      return from === undefined ? undefined : old.slice(from).map((part) => moved(part, shift));
    });
    if (!found) return undefined;
    const { parts, taken } = found;
    const values = parts.map((part, i) => {
      if (i < head) return before!.values[i];
      if (i >= parts.length - taken) return before!.values.at(i - parts.length);
      return part.kind === 'list' ? undefined : parse(body, part.start, part.end);
    });
    return values.some((value, i) => value === undefined && parts[i]!.kind !== 'list')
      ? undefined
      : { body, parts, values };
  }

  return {
    read(thread, body) {
      const known = body.length <= MOST_KEPT_BYTES ? readGrown(body, threads.get(thread)) : undefined;
      threads.delete(thread);
      if (!known) {
        const whole = parse(body, 0, body.length);
        return typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : undefined;
      }
      threads.set(thread, known);
      if (threads.size > MOST_THREADS) threads.delete(threads.keys().next().value!);
      return assemble(known);
    },
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
function inCommon({ body, parts }: Known, other: Buffer): { head: number; tail: number } {
  const prefix = commonBytes(body, other, Math.min(body.length, other.length), false);
  // A number goes on until something else comes: the byte behind a value must be the same too.
  const head = parts.findIndex(({ end }) => end >= prefix);
  if (head === -1) return { head: parts.length, tail: 0 };
  const suffix = commonBytes(body, other, Math.min(body.length, other.length) - prefix, true);
  const tail = parts.length - parts.findLastIndex(({ start }) => start < body.length - suffix) - 1;
  return { head, tail: Math.min(tail, parts.length - head) };
}

const BLOCK = 64 * 1024;

/** How many bytes two buffers have in common, at most `most`: from their beginnings, or from their ends. */
function commonBytes(a: Buffer, b: Buffer, most: number, fromEnd: boolean): number {
  const isSame = (from: number, to: number) =>
    fromEnd
      ? a.compare(b, b.length - to, b.length - from, a.length - to, a.length - from) === 0
      : a.compare(b, from, to, from, to) === 0;
  let same = 0;
  for (let step = BLOCK; step >= 1;) {
    const next = Math.min(same + step, most);
    if (next > same && isSame(same, next)) same = next;
    else step = step === 1 || next === same ? 0 : step >> 1;
    if (same === most) return same;
  }
  return same;
}
