import wrapAnsi from 'wrap-ansi';
import type { ProviderId } from '../events.ts';
import { time } from '../words/time.ts';
import { unbroken } from './format.ts';
import type { Palette } from './palette.ts';
import type { Response, Summary } from '../state/summary.ts';

/** A turn's result: who answered it, or why nobody did. */
type Turn = { provider: ProviderId } | { provider?: undefined; none: keyof typeof NONE };

/** Marks of turns without an answer, in words. In a shared cell this order decides. */
const NONE = {
  nobody: { mark: '×', word: 'no provider could answer' },
  client: { mark: '!', word: 'error passed on to Claude Code' },
  cancelled: { mark: '–', word: 'cancelled' },
} as const;

/** A turn is drawn at most this wide, its gap included. */
const WIDEST_CELL = 4;

/**
 * The session as a bar, a cell per turn (or per few turns, where there are more turns than columns), in the letter and
 * colour of the provider that answered; below it the switches with their times; last the legend.
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
    const turn = headline(turns.slice(first, first + perCell), summary.order[0]);
    const [letter, paint] = lookOf(turn, palette);
    cells.push(paint(letter.repeat(letters)));
  }

  const marks = placeMarks(summary, width, (turn) => Math.floor((turn - 1) / perCell) * cellWidth);
  const served = summary.providers.filter(({ id }) => turns.some(({ provider }) => provider === id));
  const legend = served.map(({ id, label }) => `${palette.of(id)(palette.letter(id))} ${label}`);
  for (const none of ['nobody', 'client', 'cancelled'] as const) {
    if (!turns.some((turn) => turn.provider === undefined && turn.none === none)) continue;
    legend.push(`${lookOf({ none }, palette)[1](NONE[none].mark)} ${NONE[none].word}`);
  }
  return [
    cells.join(gap).trimEnd(),
    ...(marks === '' ? [] : [palette.dim(marks)]),
    ...wrapAnsi(legend.map(unbroken).join(palette.dim(' · ')), width, { hard: true })
      .replaceAll('\u00a0', ' ')
      .split('\n'),
  ];
}

function lookOf(turn: Turn, palette: Palette): [letter: string, paint: (text: string) => string] {
  if (turn.provider !== undefined) return [palette.letter(turn.provider), palette.on(turn.provider)];
  const paint = { nobody: palette.red, client: palette.yellow, cancelled: palette.dim }[turn.none];
  return [NONE[turn.none].mark, paint];
}

/** The turns 1 … n. A turn with a switch belongs to the provider that answered last. */
function turnsOf(summary: Summary): Turn[] {
  const turns: Turn[] = Array.from({ length: summary.turns }, () => ({ none: 'cancelled' }));
  for (const { thread, turn, outcome, provider } of summary.responses) {
    const known = turns[turn - 1];
    if (thread !== 'main' || known === undefined) continue;
    if (outcome === 'answered' && provider !== undefined) turns[turn - 1] = { provider };
    else if (known.provider === undefined) turns[turn - 1] = { none: noneOf(outcome) };
  }
  return turns;
}

function noneOf(outcome: Response['outcome']): keyof typeof NONE {
  if (outcome === 'relayed') return 'client';
  return outcome === 'cancelled' ? 'cancelled' : 'nobody';
}

/** What a cell of several turns shows: preferably a provider that is not the first in the order. */
function headline(turns: Turn[], first: ProviderId | undefined): Turn {
  return turns.find(({ provider }) => provider !== first) ?? turns[0] ?? { none: 'cancelled' };
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
    const text = `${mark} ${time(at)}`;
    line = `${line.padEnd(column)}${column + text.length <= width ? text : mark} `;
  }
  return line.trimEnd();
}
