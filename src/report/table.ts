import stringWidth from 'string-width';
import { clip } from './clip.ts';

export type Column = {
  head: string;
  cells: string[];
  align?: 'left' | 'right';
  /** May be cut down to this many columns; without it the column keeps its width. */
  atLeast?: number;
  /** Cut out of the middle: the two ends of an id tell it apart. */
  middle?: boolean;
  /** Where even cutting does not make the table fit, columns go by rising rank, those of one rank
   *  together; without a rank, never. */
  rank?: number;
  /** Colours a cell that already has its width. */
  paint?: (text: string, row: number) => string;
};

const GAP = 2;

/**
 * Lays columns out within `width`. What tables for the terminal usually do when space is short is to wrap inside cells;
 * these cut the long columns, then leave out the least important ones, so that a row stays one line.
 * @returns the lines, the head first; without heads, the rows alone.
 */
export function layTable(columns: Column[], width: number, paintHead: (text: string) => string): string[] {
  const { kept, widths } = fit(
    columns.filter(({ cells }) => cells.some((cell) => cell !== '')),
    width,
  );
  const rows = kept[0]?.cells.length ?? 0;
  const line = (text: (column: Column, index: number) => string) => kept.map(text).join(' '.repeat(GAP)).trimEnd();
  const lines = Array.from({ length: rows }, (_, row) =>
    line((column, index) => {
      const cell = pad(clip(column.cells[row] ?? '', widths[index] ?? 0, column.middle), widths[index] ?? 0, column);
      return column.paint?.(cell, row) ?? cell;
    }),
  );
  if (kept.every(({ head }) => head === '')) return lines;
  return [
    paintHead(line((column, index) => pad(clip(column.head, widths[index] ?? 0), widths[index] ?? 0, column))),
    ...lines,
  ];
}

function fit(columns: Column[], width: number): { kept: Column[]; widths: number[] } {
  let kept = columns;
  for (;;) {
    const natural = kept.map(({ head, cells }) =>
      Math.max(stringWidth(head), ...cells.map((cell) => stringWidth(cell))),
    );
    const least = kept.map(({ atLeast }, index) => Math.min(atLeast ?? Infinity, natural[index] ?? 0));
    const room = width - GAP * (kept.length - 1);
    if (sum(least) <= room) return { kept, widths: share(natural, least, room) };
    const first = kept.filter(({ rank }) => rank !== undefined).toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0];
    if (first === undefined) return { kept, widths: least };
    kept = kept.filter(({ rank }) => rank !== first.rank);
  }
}

/** Shrinks the widest columns first, a column at a time, never below their minimum. */
function share(natural: number[], least: number[], room: number): number[] {
  const widths = [...natural];
  for (let excess = sum(widths) - room; excess > 0; excess -= 1) {
    let widest = -1;
    for (const [index, width] of widths.entries()) {
      if (width > (least[index] ?? 0) && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function pad(text: string, width: number, { align }: Column): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
