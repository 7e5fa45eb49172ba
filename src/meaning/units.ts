/** Scripts that are compared by pairs of characters: most put no blanks between words, Korean glues particles to them. */
const PAIRED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const RUNS = new RegExp(`[${PAIRED}]+|(?:(?![${PAIRED}])[\\p{L}\\p{N}\\p{M}])+`, 'gu');
const IS_PAIRED = new RegExp(`^[${PAIRED}]`, 'u');
/** Accents and vowel marks, which many leave out. */
const MARKS = /[\u0300-\u036f\u064b-\u065f\u0670]/g;

/** Words, each whole; of scripts that are compared by pairs of characters, what stands between two signs or blanks. */
export function runsOf(text: string): string[] {
  return text.normalize('NFKD').replaceAll(MARKS, '').normalize('NFC').toLowerCase().match(RUNS) ?? [];
}

export function isPaired(run: string): boolean {
  return IS_PAIRED.test(run);
}

/** Longer is no word. */
const LONGEST_WORD = 40;

/** What texts are compared by: words, and pairs of characters. */
export function unitsOf(text: string): string[] {
  return runsOf(text).flatMap((run) => {
    if (!isPaired(run)) return run.length > LONGEST_WORD ? [] : [run];
    const characters = [...run];
    return characters.length === 1 ? characters : characters.slice(1).map((one, i) => characters[i]! + one);
  });
}
