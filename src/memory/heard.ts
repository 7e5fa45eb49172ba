/**
 * Which runs of words have been heard in a session: in tool results, files and reminders, which are nobody's own words.
 * So a passage can be told from a quotation without keeping what it quotes: half a megabyte, however long the session.
 */
export type Heard = {
  add(text: string): void;
  /** The share of a text's runs of words that have been heard, 0 to 1. */
  share(text: string): number;
};

/** Words to a run: the same four in the same order are hardly ever chance. */
const RUN = 4;
/** A power of two. At a million runs, three in ten of those that were never heard pass for heard. */
const BITS = 1 << 22;

export function createHeard(): Heard {
  let marks: Uint32Array | undefined;
  const places = (run: number) => [run & (BITS - 1), (Math.imul(run, 0x9e3779b1) >>> 10) & (BITS - 1)] as const;
  return {
    add(text) {
      const bits = (marks ??= new Uint32Array(BITS / 32));
      eachRun(text, (run) => {
        for (const place of places(run)) bits[place >>> 5]! |= 1 << (place & 31);
      });
    },
    share(text) {
      let all = 0;
      let heard = 0;
      eachRun(text, (run) => {
        all++;
        if (marks && places(run).every((place) => (marks![place >>> 5]! >>> (place & 31)) & 1)) heard++;
      });
      return all === 0 ? 0 : heard / all;
    },
  };
}

/** Calls with a hash of each run of words, whatever stands between them. A shorter text is one run. */
function eachRun(text: string, call: (run: number) => void): void {
  const last = [0, 0, 0, 0];
  const count = eachWord(text, (word, before) => {
    last[before % RUN] = word;
    if (before >= RUN - 1) call(hashOf(last, before + 1));
  });
  if (count > 0 && count < RUN) call(hashOf(last, 0));
}

/** @param first the place of the oldest word. */
function hashOf(words: readonly number[], first: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < RUN; i++) {
    const word = words[(first + i) % RUN]!;
    hash = Math.imul(hash ^ word, 0x01000193) ^ (word >>> 15);
  }
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** @returns how many there were. */
function eachWord(text: string, call: (word: number, before: number) => void): number {
  let count = 0;
  let word = 0;
  let length = 0;
  const end = () => {
    if (length === 0) return;
    call(word, count++);
    word = length = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === 'nothing') continue;
    if (kind !== 'letter') end();
    if (kind === 'gap') continue;
    word = Math.imul(word ^ (code >= 0x41 && code <= 0x5a ? code | 0x20 : code), 0x01000193) ^ length;
    length++;
    if (kind === 'sign') end();
  }
  end();
  return count;
}

/** `sign`: of a script that has no blanks between words. `nothing`: invisible, so that it cannot part a word. */
function kindOf(code: number): 'letter' | 'sign' | 'gap' | 'nothing' {
  if ((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a))
    return 'letter';
  if (code < 0xc0) return code === 0xad ? 'nothing' : 'gap';
  if (code < 0x0e00) return 'letter';
  if (code >= 0x200b && code <= 0x200f) return 'nothing';
  if (code >= 0x2000 && code <= 0x206f) return code >= 0x2060 ? 'nothing' : 'gap';
  if (code === 0xfeff) return 'nothing';
  if ((code >= 0x3000 && code <= 0x303f) || (code >= 0xff00 && code <= 0xff0f)) return 'gap';
  return 'sign';
}
