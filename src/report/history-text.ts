import wrapAnsi from 'wrap-ansi';
import { tokens } from '../words/limit.ts';
import { dollars, estimateText, spentText } from '../words/money.ts';
import { notLostText, NOTIONAL_NOTE, periodText } from '../words/history.ts';
import { number, plainLine, plural } from '../words/text.ts';
import { clock, duration } from '../words/time.ts';
import type { Figures, Group, Grouping, Period, Totals } from '../state/history.ts';
import { keptTogether, tidyPath } from './format.ts';
import { paletteFor, type Palette } from './palette.ts';
import { layTable, type Column } from './table.ts';

export type HistoryTextOptions = {
  width: number;
  color: boolean;
  home?: string;
  now: number;
  period: Period;
  by: Grouping | undefined;
  /** What one outage takes the manual way, minutes. */
  each: { least: number; most: number };
};

/** The figures of many sessions for a person. */
export function renderHistory({ total, groups }: Totals, options: HistoryTextOptions): string {
  const { by, now, period } = options;
  const width = Math.max(40, options.width);
  const palette = paletteFor([], options.color);
  if (total.sessions === 0) return `${palette.bold(periodText(period, now))}\nNothing was asked in any session.\n`;
  const lines = [
    palette.bold(periodText(period, now)),
    ...wrap(countsOf(total, palette).join(palette.dim('\u00a0· ')), width),
    ...moneyAndTime(total, options.each).flatMap((line) => wrap(line, width)),
  ];
  if (by !== undefined && groups.length > 0) {
    const table = layTable(columnsOf(groups, by, { ...options, palette }), width - 2, palette.dim);
    lines.push('', palette.bold(`By ${by}`), ...table.map((line) => `  ${line}`));
  }
  if (total.notionalUsd > 0) lines.push('', ...wrap(palette.dim(NOTIONAL_NOTE), width));
  return `${lines.join('\n')}\n`;
}

function countsOf(total: Figures, palette: Palette): string[] {
  const failovers = total.failovers === 0 ? 'no failover' : palette.yellow(plural(total.failovers, 'failover'));
  const away = total.awayMs === 0 ? [] : [`${duration(total.awayMs)} away from Claude`];
  return [
    plural(total.sessions, 'session'),
    plural(total.messages, 'message'),
    plural(total.answers, 'answer'),
    failovers,
    ...away,
  ].map((part) => part.replaceAll(' ', '\u00a0'));
}

function moneyAndTime(total: Figures, each: { least: number; most: number }): string[] {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = total.tokens;
  const all = `${tokens(inputTokens)} in, ${tokens(outputTokens)} out, ${tokens(cacheReadTokens + cacheWriteTokens)} cached`;
  const spent = estimateText({ usd: total.spentUsd, unknown: total.unknownPrices > 0 });
  const notional = total.notionalUsd > 0 ? [`${dollars(total.notionalUsd)}* notional`] : [];
  const averages = [
    ...(total.claudeMs === undefined ? [] : [`Claude ${duration(total.claudeMs)}`]),
    ...(total.othersMs === undefined ? [] : [`others ${duration(total.othersMs)}`]),
  ];
  return [
    `Tokens: ${all}`,
    `Spent on paid providers: ${[spent, ...notional].join(' · ')}`,
    ...(averages.length === 0 ? [] : [`Average time of an answer: ${averages.join(', ')}`]),
    ...(total.outages === 0 ? [] : [notLostText(total.outages, total.minutesNotLost, each)]),
  ];
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
