/** One value of a JSON object, by the place of its bytes: a field's, an element's of its one list, or that list's beginning. */
export type Part = { kind: 'field' | 'list' | 'element'; field: string; start: number; end: number };

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The part of a text in which something is looked for: from which place on, and whether it ends with the text. */
export type Section = { text: Buffer; from: number; isEnd: boolean };

/**
 * The places of the values in a JSON object's text; the inside of a value is skipped.
 * @param section from the end of the last part of `before`, and to the first byte of one that is `known`.
 * @param list the field whose elements are parts of their own.
 * @param before parts that are known already, from the beginning on: the search begins behind them.
 * @param known the parts that are known from this place on: the search ends there.
 * @returns `taken`: how many parts at the end were known. Undefined for anything but an object, or for an odd one (two
 *   such lists, a `__proto__`): then parse the whole text.
 */
export function findParts(
  { text: bytes, from, isEnd }: Section,
  list: string,
  before: readonly Part[] = [],
  known: (start: number) => readonly Part[] | undefined = () => undefined,
): { parts: Part[]; taken: number } | undefined {
  const parts = [...before];
  let last = parts.at(-1);
  let at = last ? last.end - from : skipSpace(bytes, 0);
  if (!last && bytes[at++] !== OPEN) return undefined;

  /** @returns how many parts are known from this one on; 0: it had to be looked for. */
  const add = (kind: Part['kind'], field: string): number => {
    const start = from + at;
    const rest = known(start);
    const first = rest?.[0];
    if (rest && first?.kind === kind && first.field === field) {
      for (const one of rest) parts.push(one);
      return rest.length;
    }
    at = kind === 'list' ? at + 1 : skipValue(bytes, at);
    last = { kind, field, start, end: from + at };
    parts.push(last);
    return 0;
  };

  for (let taken = 0; ;) {
    at = skipSpace(bytes, at);
    const inList = last !== undefined && last.kind !== 'field';
    const isFirst = last === undefined || last.kind === 'list';
    if (bytes[at] === (inList ? CLOSE_LIST : CLOSE)) {
      at++;
      if (!inList) return isEnd && skipSpace(bytes, at) === bytes.length ? { parts, taken } : undefined;
      // Behind the list the object goes on as behind any field.
      last = { kind: 'field', field: list, start: from + at, end: from + at };
      continue;
    }
    if (!isFirst && bytes[at++] !== COMMA) return undefined;
    at = skipSpace(bytes, at);
    if (inList) {
      taken = add('element', list);
    } else {
      if (bytes[at] !== QUOTE) return undefined;
      const end = skipValue(bytes, at);
      const field = parseAt(bytes, at, end);
      at = skipSpace(bytes, end);
      if (typeof field !== 'string' || field === '__proto__' || bytes[at++] !== COLON) return undefined;
      at = skipSpace(bytes, at);
      const isList = field === list && bytes[at] === OPEN_LIST;
      if (field === list && parts.some((part) => part.field === list)) return undefined;
      taken = add(isList ? 'list' : 'field', field);
    }
    if (taken > 0) return { parts, taken };
    if (at > bytes.length) return undefined;
  }
}

/** The parsed value; undefined for text that is not JSON. */
export function parseAt(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as unknown;
  } catch {
    return undefined;
  }
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** @returns the place behind the value; behind all bytes where it has no end. */
function skipValue(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
      if (depth === 0) return at + 1;
    } else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)) {
      return at;
    }
  }
  return bytes.length + 1;
}

/** The place of the quote that ends a string: the next one after an even number of backslashes. */
function endOfText(bytes: Buffer, from: number): number {
  for (let quote = bytes.indexOf(QUOTE, from + 1); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let back = quote - 1;
    while (bytes[back] === BACKSLASH) back--;
    if ((quote - back) % 2 === 1) return quote;
  }
  return bytes.length;
}
