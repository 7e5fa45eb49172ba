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
   * @throws an error with a `code` of Node's own parser for what is no HTTP. Nothing more can be read then.
   */
  read(bytes: Buffer): Buffer | undefined;
  /** Undefined until all of the headers are there. Interim answers (`103 Early Hints`) are passed over. */
  head(): AnswerHead | undefined;
  isWhole(): boolean;
  /** The connection has ended, which is how an answer without a length does. @returns whether the answer is whole. */
  end(): boolean;
  /** How long the connection may be kept for another request, milliseconds; 0: it is of no use any more. */
  keepMs(most: number): number;
};

/** How the end of a body is found (RFC 9112, 6.3). */
type Framing = { kind: 'none' } | { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'until-close' };

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;
const HEADER_LINE = /([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const CHUNK_LINE = /^([\da-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const END_OF_HEAD = '\r\n\r\n';
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
  /** What comes next of the body. */
  let next: 'data' | 'chunk' | 'chunk-end' | 'trailer' | 'nothing' = 'data';
  /** How much `data` is left. */
  let left = 0;
  let trailerBytes = 0;
  let hasSurplus = false;

  /** @returns where the body begins in these bytes; undefined: the head is not whole. */
  function readHead(bytes: Buffer): number | undefined {
    for (let at = 0; ;) {
      const end = bytes.indexOf(END_OF_HEAD, at, 'latin1');
      if ((end < 0 ? bytes.length : end) - at > MOST_HEADER_BYTES) throw malformed('HPE_HEADER_OVERFLOW');
      if (end < 0) {
        begun = bytes.subarray(at);
        return undefined;
      }
      const text = bytes.toString('latin1', at, end + 2);
      at = end + END_OF_HEAD.length;
      const [line, version, status] = STATUS_LINE.exec(text) ?? [];
      if (line === undefined) throw malformed('HPE_INVALID_CONSTANT');
      const one = { status: Number(status), rawHeaders: readHeaders(text, line.length) };
      if (one.status < 200 && one.status !== 101) continue;
      head = one;
      isOld = version === '0';
      framing = framingOf(method, one);
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

  return {
    read(bytes) {
      const whole = begun ? Buffer.concat([begun, bytes]) : bytes;
      begun = undefined;
      let at: number | undefined = head ? 0 : readHead(whole);
      const data: Buffer[] = [];
      while (at !== undefined && at < whole.length && next !== 'nothing') {
        if (next !== 'data') at = passLine(whole, at);
        else {
          const piece = whole.subarray(at, at + Math.min(left, whole.length - at));
          data.push(piece);
          at += piece.length;
          left -= piece.length;
          if (left === 0) next = framing?.kind === 'chunked' ? 'chunk-end' : 'nothing';
        }
      }
      hasSurplus ||= at !== undefined && at < whole.length;
      return data.length > 1 ? Buffer.concat(data) : data[0];
    },
    head: () => head,
    isWhole: () => head !== undefined && next === 'nothing',
    end() {
      if (framing?.kind === 'until-close') next = 'nothing';
      return head !== undefined && next === 'nothing';
    },
    keepMs(most) {
      if (!head || hasSurplus || isOld || framing?.kind === 'until-close') return 0;
      return keepMs(head.rawHeaders, most);
    },
  };
}

function readHeaders(text: string, start: number): string[] {
  const rawHeaders: string[] = [];
  HEADER_LINE.lastIndex = start;
  for (let at = start; at < text.length; at = HEADER_LINE.lastIndex) {
    const [, name, value] = HEADER_LINE.exec(text) ?? [];
    if (name === undefined) throw malformed('HPE_INVALID_HEADER_TOKEN');
    rawHeaders.push(name, /[ \t]$/.test(value!) ? value!.replace(/[ \t]+$/, '') : value!);
  }
  return rawHeaders;
}

function framingOf(method: string, { status, rawHeaders }: AnswerHead): Framing {
  const lengths = valuesOf(rawHeaders, 'content-length');
  const codings = valuesOf(rawHeaders, 'transfer-encoding');
  if (lengths.length > 1 || (lengths.length > 0 && codings.length > 0))
    throw malformed('HPE_UNEXPECTED_CONTENT_LENGTH');
  if (lengths.length > 0 && !/^\d{1,15}$/.test(lengths[0]!)) throw malformed('HPE_INVALID_CONTENT_LENGTH');
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return { kind: 'none' };
  if (codings.length > 0)
    return /(?:^|,)\s*chunked$/i.test(codings.at(-1)!) ? { kind: 'chunked' } : { kind: 'until-close' };
  return lengths.length > 0 ? { kind: 'length', length: Number(lengths[0]) } : { kind: 'until-close' };
}

/** A host says how long it keeps a connection; the last second of that is not relied on. */
function keepMs(rawHeaders: readonly string[], most: number): number {
  if (valuesOf(rawHeaders, 'connection').some((value) => /\bclose\b/i.test(value))) return 0;
  const told = /\btimeout=(\d+)/i.exec(valuesOf(rawHeaders, 'keep-alive').join())?.[1];
  return told === undefined ? most : Math.max(0, Math.min(most, Number(told) * 1_000 - 1_000));
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === name.length && rawHeaders[i]!.toLowerCase() === name) values.push(rawHeaders[i + 1]!);
  }
  return values;
}

function malformed(code: string): Error {
  return Object.assign(new Error('the answer is no HTTP/1.1'), { code });
}
