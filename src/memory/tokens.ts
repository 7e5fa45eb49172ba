/**
 * How many tokens a text has at most, by and large: names and numbers are split finer than prose, and a note must not
 * become larger than it was allowed to be.
 */
export function tokensOf(text: string): number {
  let count = 0;
  /** The kind and the length of the run that is being read: letters go on until a capital begins a new word. */
  let kind: Kind = 'blank';
  let length = 0;
  /** What no word of a tokenizer's begins or goes on with, in that run. */
  let rare = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = kindOf(code);
    const begins = next !== kind || (isCapital(code) && !isCapital(text.charCodeAt(at - 1)));
    if (begins) {
      count += COSTS[kind](length, rare);
      length = rare = 0;
      kind = next;
    }
    if (kind === 'foreign') rare += rarityOf(code);
    else if (kind === 'letters' && length > 0 && USUAL_PAIRS[pairOf(text.charCodeAt(at - 1), code)] === 0) rare++;
    length++;
  }
  return Math.ceil(count + COSTS[kind](length, rare));
}

type Kind = 'blank' | 'line' | 'digits' | 'letters' | 'sign' | 'foreign';

/**
 * A blank belongs to the word behind it; a long word, or one in another alphabet, is more than one token. Keys, Base64 and
 * made-up names fall into pieces of two letters.
 */
const COSTS: Record<Kind, (length: number, rare: number) => number> = {
  blank: () => 0,
  line: (length) => (length === 0 ? 0 : 1),
  digits: (length) => 0.6 + Math.ceil(length / 3),
  letters: (length, rare) => Math.max(1, length / 5.5 + Math.max(0, 0.55 * rare - 0.4)),
  sign: (length) => 0.8 * length,
  foreign: (length, rare) => Math.max(1, length + rare),
};

/** The letters that usually follow each one, counted in English prose and in code: `ab` says that `ab` is usual. */
const USUAL =
  'abcdgiklmnprstuwy baelouy cacehklmort daeiosy eacdeflmnpqrstvwxy faefioru geiot haeior icdefglmnorst kens ladeilostuy mabeiopsu ' +
  'nacdegiklostu ocdfiklmnoprstuvw paeilort qu radeinorstuvy saehikopstuw tacehiorstuy udelmnrstx vaeio waehino xcpt yopst';

const USUAL_PAIRS = new Uint8Array(26 * 26);
for (const [first = '', ...next] of USUAL.split(' '))
  for (const second of next) USUAL_PAIRS[pairOf(first.charCodeAt(0), second.charCodeAt(0))] = 1;

/** Of two letters, in lower case or not. */
function pairOf(first: number, second: number): number {
  return ((first | 0x20) - 0x61) * 26 + (second | 0x20) - 0x61;
}

/** Scripts that hardly any tokenizer has words of are spelt byte by byte. @returns tokens beyond one. */
function rarityOf(code: number): number {
  if (code < 0x0e80) return 0;
  // Signs, and halves of characters outside of the basic plane.
  if ((code >= 0x2100 && code <= 0x2fff) || (code >= 0xd800 && code <= 0xdfff)) return 1;
  const isKnown = (code >= 0x10a0 && code <= 0x11ff) || (code >= 0x1e00 && code <= 0x20ff) || code >= 0x3000;
  return isKnown ? 0 : 2;
}

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
