import { MOST_HEADER_BYTES } from '../ground/header-size.ts';

export type AnswerHead = {
  status: number;
  /** Names and values alternating, as they came. */
  rawHeaders: string[];
};

/** Reads one HTTP answer (RFC 9112) from the bytes of its connection. */
export type AnswerReader = {
  /**
   * @param bytes the next ones, cut anywhere.
   * @returns the bytes of the answer's body in them, if there are any.
   * @throws an error with a `code` of Node's own parser for headers that are no HTTP. Nothing more can be read then.
   */
  read(bytes: Buffer): Buffer | undefined;
  /** The same kind of error for a body that is no HTTP behind the bytes that were read: those stand. */
  fault(): Error | undefined;
  /** Undefined until all of the headers are there. Interim answers (`103 Early Hints`) are passed over. */
  head(): AnswerHead | undefined;
  isWhole(): boolean;
  /** The connection has ended, which is how an answer without a length does. @returns whether the answer is whole. */
  end(): boolean;
  /** Of a whole answer: how long its connection may be kept for another request, milliseconds; 0: not at all. */
  keepMs(most: number): number;
};

/** How the end of a body is found (RFC 9112, 6.3). */
type Framing = { kind: 'none' } | { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'until-close' };

/** `HTTP/2.0` is what some gateways write in HTTP/1.1. Nobody reads the reason, so that it may hold anything. */
const STATUS_LINE = /^HTTP\/(0\.9|1\.[01]|2\.0) ([1-9]\d\d)(?: [^\r\n]*)?\r\n/;
const HEADER_LINE = /([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const CHUNK_LINE = /^(0*[\da-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const END_OF_HEAD = '\r\n\r\n';
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** Nobody sends extensions to the length of a chunk. */
const MOST_CHUNK_LINE = 4_096;

/** @param method of the request: an answer to `HEAD` has no body, whatever its headers say. */
export function createAnswerReader(method: string): AnswerReader {
  /** The beginning of the answer, or of a line between two chunks, of which the rest has not come yet. */
  let begun: Buffer | undefined;
  let head: AnswerHead | undefined;
  let isOld = false;
  let framing: Framing | undefined;
  let hop: Hop = {};
  /** What comes next of the body. */
  let next: 'data' | 'chunk' | 'chunk-end' | 'trailer' | 'nothing' = 'data';
  /** How much `data` is left. */
  let left = 0;
  let trailerBytes = 0;
  let hasSurplus = false;
  let fault: Error | undefined;

  /** @returns where the body begins in these bytes; undefined: the head is not whole. */
  function readHead(bytes: Buffer): number | undefined {
    for (let at = 0; ;) {
      while (bytes[at] === CARRIAGE_RETURN || bytes[at] === LINE_FEED) at++;
      const end = bytes.indexOf(END_OF_HEAD, at, 'latin1');
      if ((end < 0 ? bytes.length : end) - at > MOST_HEADER_BYTES) throw malformed('HPE_HEADER_OVERFLOW');
      if (end < 0) {
        begun = bytes.subarray(at);
        if (!mayBeginHead(begun.toString('latin1'))) throw malformed('HPE_INVALID_CONSTANT');
        return undefined;
      }
      const text = bytes.toString('latin1', at, end + 2);
      at = end + END_OF_HEAD.length;
      const [line, version, status] = STATUS_LINE.exec(text) ?? [];
      if (line === undefined) throw malformed('HPE_INVALID_CONSTANT');
      const one = { status: Number(status), rawHeaders: readHeaders(text, line.length) };
      if (one.status < 200 && one.status !== 101) continue;
      head = one;
      isOld = version === '1.0' || version === '0.9';
      hop = hopOf(one.rawHeaders);
      if (hop.isLengthOdd) one.rawHeaders = withoutLengths(one.rawHeaders, hop);
      framing = framingOf(method, one.status, hop);
      expectBody(framing);
      return at;
    }
  }

  function expectBody(body: Framing): void {
    if (body.kind === 'none' || (body.kind === 'length' && body.length === 0)) next = 'nothing';
    else if (body.kind === 'chunked') next = 'chunk';
    else left = body.kind === 'length' ? body.length : Number.POSITIVE_INFINITY;
  }

  /** One line between two chunks, or behind the last. */
  function readLine(line: string): void {
    if (next === 'chunk-end') {
      if (line !== '') throw malformed('HPE_STRICT');
      next = 'chunk';
    } else if (next === 'chunk') {
      const size = CHUNK_LINE.exec(line)?.[1];
      if (size === undefined) throw malformed('HPE_INVALID_CHUNK_SIZE');
      left = Number.parseInt(size, 16);
      next = left === 0 ? 'trailer' : 'data';
    } else {
      trailerBytes += line.length + 2;
      if (trailerBytes > MOST_HEADER_BYTES) throw malformed('HPE_HEADER_OVERFLOW');
      if (line === '') next = 'nothing';
    }
  }

  /** @returns where the line behind this place ends, or undefined if the rest of it has not come. */
  function passLine(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf(LINE_FEED, at);
    const most = next === 'trailer' ? MOST_HEADER_BYTES : MOST_CHUNK_LINE;
    if ((end < 0 ? bytes.length : end) - at > most) throw malformed('HPE_INVALID_CHUNK_SIZE');
    if (end < 0) {
      begun = bytes.subarray(at);
      return undefined;
    }
    const line = bytes.toString('latin1', at, end);
    if (!line.endsWith('\r')) throw malformed('HPE_CR_EXPECTED');
    readLine(line.slice(0, -1));
    return end + 1;
  }

  /** @param data gets the body's bytes. @returns where the rest begins; undefined: nothing is left. */
  function readBody(bytes: Buffer, from: number | undefined, data: Buffer[]): number | undefined {
    let at = from;
    while (at !== undefined && at < bytes.length && next !== 'nothing') {
      if (next !== 'data') at = passLine(bytes, at);
      else {
        const piece = bytes.subarray(at, at + Math.min(left, bytes.length - at));
        data.push(piece);
        at += piece.length;
        left -= piece.length;
        if (left === 0) next = framing?.kind === 'chunked' ? 'chunk-end' : 'nothing';
      }
    }
    return at;
  }

  return {
    read(bytes) {
      const whole = begun ? Buffer.concat([begun, bytes]) : bytes;
      begun = undefined;
      let at: number | undefined = head ? 0 : readHead(whole);
      const data: Buffer[] = [];
      try {
        at = readBody(whole, at, data);
      } catch (error) {
        fault = error as Error;
      }
      hasSurplus ||= at !== undefined && at < whole.length;
      return data.length > 1 ? Buffer.concat(data) : data[0];
    },
    fault: () => fault,
    head: () => head,
    isWhole: () => head !== undefined && next === 'nothing',
    end() {
      if (framing?.kind === 'until-close') next = 'nothing';
      return head !== undefined && next === 'nothing';
    },
    keepMs(most) {
      if (hasSurplus || isOld || hop.closes === true || framing?.kind === 'until-close') return 0;
      // The last second of what the host says is not relied on.
      return Math.max(0, Math.min(most, (hop.timeout ?? Number.POSITIVE_INFINITY) * 1_000 - 1_000));
    },
  };
}

/** Of a host that speaks something else, the rest may never come. */
function mayBeginHead(text: string): boolean {
  return (text.startsWith('HTTP/') || 'HTTP/'.startsWith(text)) && !/[^\r]\n/.test(text);
}

function readHeaders(text: string, start: number): string[] {
  const rawHeaders: string[] = [];
  HEADER_LINE.lastIndex = start;
  for (let at = start; at < text.length; at = HEADER_LINE.lastIndex) {
    const line = HEADER_LINE.exec(text);
    if (!line) throw malformed('HPE_INVALID_HEADER_TOKEN');
    const value = line[2]!;
    rawHeaders.push(line[1]!, /[ \t]$/.test(value) ? value.replace(/[ \t]+$/, '') : value);
  }
  return rawHeaders;
}

/**
 * The headers that belong to the connection. `isLengthOdd`: the length stands there twice, or beside chunks, which count
 * then (RFC 9112, 6.3). Some gateways send that; Node refuses it, and the client that Claude Code has does not.
 */
type Hop = { length?: string; coding?: string; closes?: boolean; timeout?: number; isLengthOdd?: true };

function hopOf(rawHeaders: readonly string[]): Hop {
  const hop: Hop = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const value = rawHeaders[i + 1]!;
    switch (rawHeaders[i]!.toLowerCase()) {
      case 'content-length':
        if (!/^\d{1,15}$/.test(value)) throw malformed('HPE_INVALID_CONTENT_LENGTH');
        if (hop.length !== undefined && hop.length !== value) throw malformed('HPE_UNEXPECTED_CONTENT_LENGTH');
        if (hop.length !== undefined) hop.isLengthOdd = true;
        hop.length = value;
        break;
      case 'transfer-encoding':
        hop.coding = value;
        break;
      case 'connection':
        hop.closes ||= /\bclose\b/i.test(value);
        break;
      case 'keep-alive':
        hop.timeout = Number(/\btimeout=(\d+)/i.exec(value)?.[1] ?? Number.POSITIVE_INFINITY);
        break;
    }
  }
  // Whoever cannot say where one answer ends is not asked for another on the same connection.
  if (hop.length !== undefined && hop.coding !== undefined) Object.assign(hop, { isLengthOdd: true, closes: true });
  return hop;
}

/** Nobody behind may count by a length that does not hold. */
function withoutLengths(rawHeaders: readonly string[], { length, coding }: Hop): string[] {
  const others = rawHeaders.filter((_, i) => !/^content-length$/i.test(rawHeaders[i - (i % 2)]!));
  return coding === undefined ? [...others, 'Content-Length', length!] : others;
}

function framingOf(method: string, status: number, { length, coding }: Hop): Framing {
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return { kind: 'none' };
  if (coding !== undefined) return /(?:^|,)\s*chunked$/i.test(coding) ? { kind: 'chunked' } : { kind: 'until-close' };
  return length === undefined ? { kind: 'until-close' } : { kind: 'length', length: Number(length) };
}

function malformed(code: string): Error {
  return Object.assign(new Error('the answer is no HTTP/1.1'), { code });
}
