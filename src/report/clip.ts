import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Cuts to a width in columns, `…` in place of what was cut; with `middle`, out of the middle. */
export function clip(text: string, width: number, middle = false): string {
  if (stringWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  const letters = [...graphemes.segment(text)].map(({ segment }) => segment);
  const tail = middle ? Math.floor((width - 1) / 3) : 0;
  const head = take(letters, width - 1 - tail);
  return `${head}…${tail === 0 ? '' : take(letters.toReversed(), tail, true)}`;
}

function take(letters: string[], width: number, backwards = false): string {
  let text = '';
  for (const letter of letters) {
    const longer = backwards ? letter + text : text + letter;
    if (stringWidth(longer) > width) break;
    text = longer;
  }
  return text;
}
