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
