import pc from 'picocolors';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { CAVEAT, noteLines, STEP, stepLines, sumLines, type Line, type Outcome } from './demo-outcome.ts';

/** Columns of a table that fits into 80; on a narrower terminal a label has a line of its own. */
const LABEL = 30;
const CELL = 12;
const NARROW_LABEL = 4;

/** The four sessions side by side, and the note of the last one as it was sent. */
export function comparisonText(
  outcomes: readonly Outcome[],
  { width, color }: { width: number; color: boolean },
): string {
  const paint = pc.createColors(color);
  const cell = (text: string) => {
    const space = ' '.repeat(Math.max(0, CELL - stringWidth(text)));
    if (text === STEP.again) return paint.yellow(text) + space;
    return (text === STEP.spared || text === 'none' ? paint.dim(text) : text) + space;
  };
  const isNarrow = width < LABEL + outcomes.length * CELL;
  const labelSize = isNarrow ? NARROW_LABEL : LABEL;
  const wrapped = (text: string, indent: string) =>
    wrapAnsi(text, Math.min(width, 100) - indent.length, { hard: true }).replaceAll(/^/gm, indent);
  const row = ({ label, cells }: Line, indent = '    ') => {
    const texts = cells.map(cell).join('').trimEnd();
    return isNarrow
      ? `${wrapped(label, indent.slice(2))}\n${' '.repeat(labelSize)}${texts}`
      : `${(indent + label).padEnd(labelSize)}${texts}`;
  };
  const head = (texts: string[], size: number) =>
    paint.dim(`${' '.repeat(labelSize)}${texts.map((text) => text.padEnd(size)).join('')}`.trimEnd());
  const note = outcomes.at(-1)?.note?.text;
  const pairs = outcomes.filter((_, index) => index % 2 === 0);
  return [
    paint.bold('Side by side'),
    head(
      pairs.map(({ thinking }) => `thinking ${thinking}`),
      2 * CELL,
    ),
    head(
      outcomes.map(({ memory }) => `memory ${memory}`),
      CELL,
    ),
    '  What Gemini was told',
    ...noteLines(outcomes).map((line) => row(line)),
    '  What Gemini did',
    ...stepLines(outcomes).map((line) => row(line)),
    ...sumLines(outcomes).map((line) => paint.bold(row(line, '  '))),
    '',
    wrapped(`${STEP.again}: Claude had done it, and no file had changed since. ${CAVEAT}`, '  '),
    ...(note === undefined ? [] : ['', paint.bold('The last note, as it was sent'), wrapped(note, '  ')]),
  ].join('\n');
}
