/**
 * How many tokens a text has at most, by and large: names and numbers are split finer than prose, and a note must not
 * become larger than it was allowed to be.
 */
export function tokensOf(text: string): number {
  let count = 0;
  for (const [part] of text.matchAll(PARTS)) count += costOf(part);
  return Math.ceil(count);
}

const PARTS = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{Lu}|\p{Lo}|\p{N}+|[^\p{L}\p{N}\s]|\n+/gu;

function costOf(part: string): number {
  const code = part.charCodeAt(0);
  if (code >= 0x30 && code <= 0x39) return 0.6 + Math.ceil(part.length / 3);
  // A blank belongs to the word behind it; a long word, or one in another alphabet, is more than one token.
  if (code < 0x80 && part.length > 1) return Math.max(1, part.length / 5.5);
  return code < 0x80 ? 0.9 : Math.max(1, part.length / 2.5);
}
