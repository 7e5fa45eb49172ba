import { tokens } from '../words/limit.ts';
import { dollars, spentText } from '../words/money.ts';
import { notLostText, NOTIONAL_NOTE, periodText } from '../words/history.ts';
import { plainLine } from '../words/text.ts';
import { dayAndTime, duration } from '../words/time.ts';
import type { Figures, Grouping, Group, Period, Totals } from '../state/figures.ts';
import { toCsv } from './csv.ts';

/** The history for other programs: CSV for a spreadsheet, Markdown for a page or a message. */

/** One row a group; without groups, one row for all. Times in milliseconds, money in US dollars. */
export function historyCsv({ total, groups }: Totals, by: Grouping | undefined): string {
  const sessions = by === 'session';
  const head = [
    ...(by === undefined ? [] : [by]),
    ...(sessions ? ['started', 'folder'] : []),
    ...NUMBERS.map(([name]) => name),
  ];
  const row = (figures: Figures) => NUMBERS.map(([, read]) => read(figures));
  if (by === undefined) return toCsv(head, [row(total)]);
  return toCsv(
    head,
    groups.map((group) => [group.key, ...(sessions ? [startedOf(group), group.cwd] : []), ...row(group)]),
  );
}

/** In ISO 8601, which every program reads. */
function startedOf({ startedAt }: Group): string | undefined {
  return startedAt === undefined ? undefined : new Date(startedAt).toISOString();
}

const NUMBERS: readonly [name: string, read: (figures: Figures) => number | undefined][] = [
  ['sessions', ({ sessions }) => sessions],
  ['messages', ({ messages }) => messages],
  ['answers', ({ answers }) => answers],
  ['answers_by_others', ({ answersByOthers }) => answersByOthers],
  ['failovers', ({ failovers }) => failovers],
  ['away_ms', ({ awayMs }) => Math.round(awayMs)],
  ['input_tokens', ({ tokens }) => tokens.inputTokens],
  ['output_tokens', ({ tokens }) => tokens.outputTokens],
  ['cache_read_tokens', ({ tokens }) => tokens.cacheReadTokens],
  ['cache_write_tokens', ({ tokens }) => tokens.cacheWriteTokens],
  ['spent_usd', ({ spentUsd }) => rounded(spentUsd)],
  ['answers_without_price', ({ unknownPrices }) => unknownPrices],
  ['notional_usd', ({ notionalUsd }) => rounded(notionalUsd)],
  ['claude_average_ms', ({ claudeMs }) => claudeMs],
  ['others_average_ms', ({ othersMs }) => othersMs],
  ['outages_by_limit', ({ outages }) => outages],
  ['estimated_minutes_not_lost_least', ({ minutesNotLost }) => minutesNotLost.least],
  ['estimated_minutes_not_lost_most', ({ minutesNotLost }) => minutesNotLost.most],
];

/** Sums of fractions end in digits that mean nothing. */
function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}

const CELLS: readonly [head: string, cell: (figures: Figures) => string][] = [
  ['sessions', ({ sessions }) => String(sessions)],
  ['messages', ({ messages }) => String(messages)],
  ['answers', ({ answers }) => String(answers)],
  ['failovers', ({ failovers }) => String(failovers)],
  ['away from Claude', ({ awayMs }) => (awayMs === 0 ? '–' : duration(awayMs))],
  ['in', ({ tokens: { inputTokens } }) => tokens(inputTokens)],
  ['out', ({ tokens: { outputTokens } }) => tokens(outputTokens)],
  ['cached', ({ tokens: { cacheReadTokens, cacheWriteTokens } }) => tokens(cacheReadTokens + cacheWriteTokens)],
  ['spent (est.)', ({ spentUsd, unknownPrices }) => spentText(spentUsd, unknownPrices > 0)],
  ['notional\\*', ({ notionalUsd }) => dollars(notionalUsd)],
  ["Claude's average", ({ claudeMs }) => (claudeMs === undefined ? '–' : duration(claudeMs))],
  ["others' average", ({ othersMs }) => (othersMs === undefined ? '–' : duration(othersMs))],
  [
    'min not lost (est.)',
    ({ outages, minutesNotLost: { least, most } }) => (outages === 0 ? '–' : `${least} to ${most}`),
  ],
];

/** A table with its period above it; the last row is the whole. */
export function historyMarkdown(
  { total, groups }: Totals,
  { by, period, now }: { by: Grouping | undefined; period: Period; now: number },
): string {
  const row = (name: string, figures: Figures) =>
    `| ${[name, ...CELLS.map(([, cell]) => cell(figures))].join(' | ')} |`;
  const lines = [
    `**${periodText(period, now)}**`,
    '',
    `| ${[by ?? '', ...CELLS.map(([head]) => head)].join(' | ')} |`,
    `| --- |${' ---: |'.repeat(CELLS.length)}`,
    ...groups.map((group) => row(nameIn(group, by), group)),
    row(by === undefined ? 'all' : '**all**', total),
    '',
    NOTIONAL_NOTE.replace('*', '\\*'),
  ];
  if (total.outages > 0) lines.push('', `${notLostText(total)}.`);
  return `${lines.join('\n')}\n`;
}

function nameIn({ label, startedAt, cwd }: Group, by: Grouping | undefined): string {
  if (by !== 'session' || startedAt === undefined) return escaped(label);
  return escaped(`${label} · ${dayAndTime(startedAt)} · ${cwd ?? ''}`);
}

/** No character of a folder or a model makes a column, a link or a tag. */
function escaped(text: string): string {
  return plainLine(text).replaceAll(/[\\`*_{}[\]<>|#~&]/g, '\\$&');
}
