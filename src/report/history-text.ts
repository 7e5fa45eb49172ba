import wrapAnsi from 'wrap-ansi';
import { tokens } from '../words/limit.ts';
import { dollars, spentText } from '../words/money.ts';
import { countParts, figureLines, NOTIONAL_NOTE, periodText } from '../words/history.ts';
import { number, plainLine } from '../words/text.ts';
import { clock, duration } from '../words/time.ts';
import type { Group, Grouping, Period, Totals } from '../state/figures.ts';
import { keptTogether, tidyPath, unbroken } from './format.ts';
import { paletteFor, type Palette } from './palette.ts';
import { layTable, type Column } from './table.ts';

export type HistoryTextOptions = {
  width: number;
  color: boolean;
  home?: string;
  now: number;
  period: Period;
  by: Grouping | undefined;
};

/** The figures of many sessions for a person. */
export function renderHistory({ total, groups }: Totals, options: HistoryTextOptions): string {
  const { by, now, period } = options;
  const width = Math.max(40, options.width);
  const palette = paletteFor([], options.color);
  if (total.sessions === 0) return `${palette.bold(periodText(period, now))}\nNothing was asked in any session.\n`;
  const lines = [
    palette.bold(periodText(period, now)),
    ...wrap(countParts(total).map(unbroken).join(palette.dim('\u00a0· ')), width),
    ...figureLines(total).flatMap((line) => wrap(line, width)),
  ];
  if (by !== undefined && groups.length > 0) {
    const table = layTable(columnsOf(groups, by, { ...options, palette }), width - 2, palette.dim);
    lines.push('', palette.bold(`By ${by}`), ...table.map((line) => `  ${line}`));
  }
  if (total.notionalUsd > 0) lines.push('', ...wrap(palette.dim(NOTIONAL_NOTE), width));
  return `${lines.join('\n')}\n`;
}

function columnsOf(
  groups: Group[],
  by: Grouping,
  { now, home, palette }: { now: number; home?: string; palette: Palette },
): Column[] {
  const right = (head: string, rank: number, cell: (group: Group) => string): Column => ({
    head,
    align: 'right',
    rank,
    cells: groups.map(cell),
  });
  const some = (count: number) => (count === 0 ? '–' : number(count));
  const took = (ms: number | undefined) => (ms === undefined ? '–' : duration(ms));
  const names = groups.map(({ label }) => plainLine(by === 'project' ? tidyPath(label, home) : label));
  const isSession = by === 'session';
  return [
    {
      head: by,
      cells: names,
      paint: palette.bold,
      ...(by === 'project' || by === 'model' ? { atLeast: 16, middle: true } : {}),
    },
    ...(isSession
      ? [right('started', 9, ({ startedAt = 0 }) => clock(startedAt, now))]
      : [right('sessions', 3, ({ sessions }) => number(sessions))]),
    right('answers', 9, ({ answers }) => number(answers)),
    right('failovers', 10, ({ failovers }) => some(failovers)),
    right('away', 6, ({ awayMs }) => (awayMs === 0 ? '–' : duration(awayMs))),
    right('in', 2, ({ tokens: { inputTokens } }) => tokens(inputTokens)),
    right('out', 2, ({ tokens: { outputTokens } }) => tokens(outputTokens)),
    right('Claude avg.', 1, ({ claudeMs }) => took(claudeMs)),
    right('others avg.', 1, ({ othersMs }) => took(othersMs)),
    right('spent', 8, ({ spentUsd, unknownPrices }) =>
      spentUsd + unknownPrices === 0 ? '–' : spentText(spentUsd, unknownPrices > 0),
    ),
    right('notional', 5, ({ notionalUsd }) => (notionalUsd === 0 ? '–' : `${dollars(notionalUsd)}*`)),
    right('min not lost', 4, ({ outages, minutesNotLost: { least, most } }) =>
      outages === 0 ? '–' : `est. ${least} to ${most}`,
    ),
    ...(isSession
      ? [
          {
            head: 'folder',
            cells: groups.map(({ cwd = '' }) => plainLine(tidyPath(cwd, home))),
            atLeast: 12,
            middle: true,
            rank: 7,
          },
        ]
      : []),
  ];
}

function wrap(text: string, width: number): string[] {
  return wrapAnsi(keptTogether(text), width, { hard: true })
    .split('\n')
    .map((line) => line.replaceAll('\u00a0', ' '));
}
