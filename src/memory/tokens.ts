/**
 * How many tokens a text has at most, by and large: names and numbers are split finer than prose, and a note must not
 * become larger than it was allowed to be.
 */
export function tokensOf(text: string): number {
  let count = 0;
  /** The kind and the length of the run that is being read: letters go on until a capital begins a new word. */
  let kind: Kind = 'blank';
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = kindOf(code);
    const begins = next !== kind || (isCapital(code) && !isCapital(text.charCodeAt(at - 1)));
    if (begins) {
      count += COSTS[kind](length);
      length = 0;
      kind = next;
    }
    length++;
  }
  return Math.ceil(count + COSTS[kind](length));
}

type Kind = 'blank' | 'line' | 'digits' | 'letters' | 'sign' | 'foreign';

/** A blank belongs to the word behind it; a long word, or one in another alphabet, is more than one token. */
const COSTS: Record<Kind, (length: number) => number> = {
  blank: () => 0,
  line: (length) => (length === 0 ? 0 : 1),
  digits: (length) => 0.6 + Math.ceil(length / 3),
  letters: (length) => Math.max(1, length / 5.5),
  sign: (length) => length,
  foreign: (length) => Math.max(1, length),
};

function kindOf(code: number): Kind {
  if ((code >= 0x61 && code <= 0x7a) || isCapital(code)) return 'letters';
  if (code === 0x20) return 'blank';
  if (code >= 0x30 && code <= 0x39) return 'digits';
  if (code === 0x0a) return 'line';
  return code < 0x80 ? 'sign' : 'foreign';
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}
