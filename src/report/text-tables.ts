import { clip } from './clip.ts';
import { tokens } from '../words/limit.ts';
import { dollars } from '../words/money.ts';
import { duration, time } from '../words/time.ts';
import { plainLine, plural } from '../words/text.ts';
import { whyHere } from '../words/why-here.ts';
import type { Palette } from './palette.ts';
import type { Response, Summary } from '../state/summary.ts';
import { layTable } from './table.ts';

/** Who served what: a row per provider that was asked for anything. */
export function providersTable(summary: Summary, width: number, palette: Palette): string[] {
  const rows = summary.providers.filter(({ answers, failures }) => answers + failures > 0);
  if (rows.length === 0) return [];
  const taken = (ms: number | undefined) => (ms === undefined ? '–' : duration(ms));
  return layTable(
    [
      {
        head: '',
        cells: rows.map(({ label }) => label),
        atLeast: 8,
        paint: (text, row) => palette.of(rows[row]?.id ?? '')(text),
      },
      { head: 'answers', align: 'right', cells: rows.map(({ answers }) => String(answers)) },
      {
        head: 'failed',
        align: 'right',
        rank: 4,
        cells: rows.map(({ failures }) => (failures === 0 ? '–' : String(failures))),
      },
      { head: 'median', align: 'right', rank: 5, cells: rows.map(({ medianMs }) => taken(medianMs)) },
      { head: 'average', align: 'right', rank: 1, cells: rows.map(({ usualMs }) => taken(usualMs)) },
      { head: 'in', align: 'right', rank: 3, cells: rows.map(({ usage }) => tokens(usage.inputTokens)) },
      { head: 'out', align: 'right', rank: 3, cells: rows.map(({ usage }) => tokens(usage.outputTokens)) },
      {
        head: 'cached',
        align: 'right',
        rank: 2,
        cells: rows.map(({ usage }) => tokens(usage.cacheReadTokens + usage.cacheWriteTokens)),
      },
      {
        head: 'est. cost',
        align: 'right',
        cells: rows.map(({ usd, paid, answers }) => {
          if (answers === 0 && usd === 0) return '–';
          return paid || usd === 0 ? dollars(usd) : `${dollars(usd)}*`;
        }),
      },
    ],
    width,
    palette.dim,
  );
}

/** The last `count` answers, under the turn that each belongs to; `whys`: and why each detour was made. */
export function answersTable(
  summary: Summary,
  { count, whys }: { count: number; whys: boolean },
  width: number,
  palette: Palette,
): string[] {
  const rows = summary.responses.slice(-count);
  const labels = new Map(summary.providers.map(({ id, label }) => [id, label]));
  const lines = layTable(
    [
      { head: '', cells: rows.map(({ at }) => time(at)), rank: 5, paint: palette.dim },
      {
        head: '',
        cells: rows.map(({ provider }) => (provider === undefined ? 'nobody' : (labels.get(provider) ?? provider))),
        atLeast: 8,
        paint: (text, row) => palette.of(rows[row]?.provider ?? '')(text),
      },
      { head: '', cells: rows.map(({ model }) => plainLine(model ?? '')), atLeast: 16, middle: true, rank: 4 },
      { head: '', cells: rows.map(remark), atLeast: 15, rank: 6, paint: palette.yellow },
      { head: '', align: 'right', cells: rows.map(({ totalMs }) => duration(totalMs)) },
      { head: '', align: 'right', rank: 2, cells: rows.map(tokensOf) },
      {
        head: '',
        cells: rows.map(({ requestId }) => plainLine(requestId ?? '')),
        atLeast: 14,
        middle: true,
        rank: 3,
        paint: palette.dim,
      },
    ],
    width - 2,
    palette.dim,
  );
  const label = (id: string) => labels.get(id) ?? id;
  let turn: number | undefined;
  return rows.flatMap((row, index) => {
    const isDetour = row.provider !== summary.order[0] || row.held !== undefined || row.moved !== undefined;
    const why = whys && isDetour ? whyHere(row, summary, label) : [];
    const below = why.length === 0 ? [] : [palette.dim(clip(`    ${plainLine(why.join(' · '))}`, width))];
    const line = [`  ${lines[index] ?? ''}`, ...below];
    if (row.turn === turn) return line;
    turn = row.turn;
    const preview = summary.responses.find((other) => other.turn === turn && other.thread === 'main' && other.preview);
    const text = preview?.preview === undefined ? '' : ` ${plainLine(preview.preview)}`;
    return [clip(`${turn}${text === '' ? '' : ' ·'}${text}`, width), ...line];
  });
}

/** Remarks about an answer: `! 400` (the client's own error), `broke off`, `subagent`, `2 losses`. */
function remark({ outcome, status, thread, warnings, moved, tag, held, fitness, usage }: Response): string {
  const outcomes = {
    answered: '',
    relayed: `! ${status ?? 'error'}`,
    declined: 'no web search',
    failed: 'failed',
    cut: 'broke off',
    cancelled: 'cancelled',
  };
  const chain = fitness === undefined ? '' : { long: 'long chain', 'self-contained': 'self-contained' }[fitness];
  return [
    outcomes[outcome],
    held === undefined ? '' : 'held',
    moved?.kind ?? '',
    tag === undefined ? '' : 'tagged',
    thread === 'main' ? '' : thread,
    chain,
    usage?.webSearches === undefined ? '' : plural(usage.webSearches, 'search', 'searches'),
    warnings === 0 ? '' : `${warnings} lost`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** Input tokens (cached or not) and output tokens: `43.1k > 350`. */
function tokensOf({ usage }: Response): string {
  if (usage === undefined) return '';
  return `${tokens(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens)} > ${tokens(usage.outputTokens)}`;
}
