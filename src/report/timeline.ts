import type { ProviderId } from '../events.ts';
import { clock } from './format.ts';
import type { Palette } from './palette.ts';
import type { Summary } from './summary.ts';

/** Who answered a turn: `undefined` when nobody did. */
type Turn = { provider: ProviderId | undefined };

/** A turn is drawn at most this wide, its gap included. */
const WIDEST_CELL = 4;

/**
 * The session as a bar, a cell per turn (or per few turns, where there are more turns than columns), in the letter and
 * the colour of whoever answered; below it, where and when the session changed hands; last, whose letter is whose.
 */
export function drawTimeline(summary: Summary, width: number, palette: Palette): string[] {
  const turns = turnsOf(summary);
  if (turns.length === 0) return [];
  const perCell = Math.ceil(turns.length / width);
  const cellWidth = Math.max(1, Math.min(WIDEST_CELL, Math.floor(width / turns.length)));
  const letters = cellWidth >= 3 ? cellWidth - 1 : cellWidth;
  const gap = ' '.repeat(cellWidth - letters);

  const cells: string[] = [];
  for (let first = 0; first < turns.length; first += perCell) {
    const { provider } = headline(turns.slice(first, first + perCell), summary.order[0]);
    const text = (provider === undefined ? '×' : palette.letter(provider)).repeat(letters);
    cells.push(provider === undefined ? palette.red(text) : palette.on(provider)(text));
  }

  const marks = placeMarks(summary, width, (turn) => Math.floor((turn - 1) / perCell) * cellWidth);
  const served = summary.providers.filter(({ id }) => turns.some(({ provider }) => provider === id));
  const legend = served.map(({ id, label }) => `${palette.of(id)(palette.letter(id))} ${label}`);
  if (turns.some(({ provider }) => provider === undefined)) legend.push(`${palette.red('×')} nobody`);
  return [cells.join(gap).trimEnd(), ...(marks === '' ? [] : [palette.dim(marks)]), legend.join(palette.dim(' · '))];
}

/** The turns 1 … n. A turn in which the session changed hands belongs to whoever answered last. */
function turnsOf(summary: Summary): Turn[] {
  const turns: Turn[] = Array.from({ length: summary.turns }, () => ({ provider: undefined }));
  for (const { thread, turn, outcome, provider } of summary.responses) {
    const slot = turns[turn - 1];
    if (thread === 'main' && outcome === 'answered' && slot !== undefined) slot.provider = provider;
  }
  return turns;
}

/** What a cell of several turns shows: rather the one who is not the first in the order, for that is the news. */
function headline(turns: Turn[], first: ProviderId | undefined): Turn {
  return turns.find(({ provider }) => provider !== first) ?? turns[0] ?? { provider: undefined };
}

/** `▲` where somebody stepped in, `△` where the session went back; with the time, where there is room for it. */
function placeMarks(summary: Summary, width: number, columnOf: (turn: number) => number): string {
  const turnOf = new Map(summary.responses.map(({ exchange, turn }) => [exchange, turn]));
  let line = '';
  for (const { exchange, cause, at } of summary.switches) {
    const turn = turnOf.get(exchange);
    if (turn === undefined) continue;
    const column = columnOf(turn);
    if (column < line.length) continue; // under another mark's time
    const mark = cause === 'failover' ? '▲' : '△';
    const text = `${mark} ${clock(at)}`;
    line = `${line.padEnd(column)}${column + text.length <= width ? text : mark} `;
  }
  return line.trimEnd();
}
