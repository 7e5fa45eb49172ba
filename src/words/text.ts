/** Sequences that a terminal obeys: titles and links (OSC), colours and cursor (CSI), two-letter escapes. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is for
const SEQUENCES = /\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|(?:\u001B\[?|\u009B)[0-?]*[ -/]*[@-~]/g;

/**
 * Text from elsewhere (a prompt, an upstream's error) as one harmless line: no escape sequences, no control or
 * direction-changing characters that could redraw the reader's terminal.
 */
export function plainLine(text: string): string {
  return text
    .replaceAll(SEQUENCES, '')
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\p{Cf}/gu, (mark) => (mark === '\u200d' ? mark : '')) // the joiner of emoji stays
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

/** `opus` → `Opus`. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** As a sentence begins: in upper case, unless the first word is a name such as `gemini-pro`. */
export function sentence(text: string): string {
  return /^\p{Ll}+(?![^\s,:'])/u.test(text) ? capitalised(text) : text;
}

/** `Gemini`, `Gemini and Groq`, `Gemini, Groq and Mistral` */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `1,204` */
export function number(count: number): string {
  return count.toLocaleString('en-GB');
}

/** `1 failover`, `2 failovers`, `1,204 answers` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Cuts to a number of characters, `…` in place of what was cut. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
