import wrapAnsi from 'wrap-ansi';
import { estimateText } from '../words/money.ts';
import { otherProgramsText } from '../words/programs.ts';
import { planTexts } from '../words/plan.ts';
import { plainLine, plural, sentence } from '../words/text.ts';
import { dayAndTime, duration, time } from '../words/time.ts';
import { shortId } from '../ground/short-id.ts';
import { keptTogether, tidyPath, unbroken } from './format.ts';
import { countAnswers, countFailovers, spentOn } from './cost.ts';
import { happenings } from './happened.ts';
import { paletteFor } from './palette.ts';
import type { Palette } from './palette.ts';
import type { Summary } from '../state/summary.ts';
import { answersTable, providersTable } from './text-tables.ts';
import { drawTimeline } from './timeline.ts';

export type TextOptions = {
  /** Columns; at least 40. */
  width: number;
  color: boolean;
  /** The reader's clock, epoch milliseconds: decides whether Claude is back or will be. */
  now: number;
  /** The session's process is alive. */
  running?: boolean;
  /** The user's home folder, written as `~`. */
  home?: string;
  /** Leave nothing out: every response and entry, and the timeline of a session without incidents. */
  whole?: boolean;
};

/** A report lists only the last answers and switches; `--all` has all of them. */
const LISTED = 20;

/** A session's report for a person: no line longer than the width, no colour codes without colour. */
export function renderReport(summary: Summary, options: TextOptions): string {
  const width = Math.max(40, options.width);
  const palette = paletteFor(summary.providers, options.color);
  const section = (title: string, lines: string[]) =>
    lines.length === 0 ? [] : ['', palette.bold(title), ...lines.map((line) => `  ${line}`.trimEnd())];

  const quiet = !options.whole && isQuiet(summary);
  const most = options.whole ? Infinity : LISTED;
  const lines = [
    ...header(summary, width, palette, options),
    ...(quiet ? [] : section('Timeline', drawTimeline(summary, width - 2, palette))),
    ...section('What happened', whatHappened(summary, width - 2, palette, { now: options.now, most })),
    ...section('Who answered', whoAnswered(summary, width - 2, palette, options.now)),
    ...section('Lost in translation', losses(summary, width - 2, palette)),
    ...section('Other programs', otherPrograms(summary, width - 2)),
    ...section('Faults inside ccmux (no request failed by them)', faults(summary, width - 2)),
    ...(quiet
      ? []
      : section(
          answersTitle(summary, most),
          answersTable(summary, { count: most, whys: options.whole === true }, width - 2, palette),
        )),
  ];
  const shown = `${LISTED} of ${summary.responses.length} responses; all of them: ccmux report ${shortId(summary.session)} --all`;
  if (!quiet && summary.responses.length > most) lines.push(...wrap(palette.dim(`The last ${shown}`), width - 2, '  '));
  return `${lines.join('\n')}\n`;
}

/** The text for a session without incidents. */
function isQuiet(summary: Summary): boolean {
  const calm = summary.switches.length === 0 && summary.warnings.length === 0 && summary.queues === undefined;
  return calm && summary.responses.every(({ outcome }) => outcome === 'answered' || outcome === 'cancelled');
}

function header(summary: Summary, width: number, palette: Palette, options: TextOptions): string[] {
  const end = summary.endedAt ?? (options.running ? options.now : summary.lastAt);
  const facts = [
    duration(end - summary.startedAt),
    plural(summary.turns, 'message'),
    plural(countAnswers(summary), 'answer'),
    countFailovers(summary) === 0 ? 'no failover' : palette.yellow(plural(countFailovers(summary), 'failover')),
    ending(summary, options.running ?? false, palette),
  ]
    .filter((fact) => fact !== '')
    .map(unbroken);
  return [
    ...wrap(
      `${palette.bold(`Session ${summary.session}`)} ${palette.dim('·')} ${dayAndTime(summary.startedAt)}`,
      width,
    ),
    ...wrap(facts.join(palette.dim(' · ')), width),
    ...wrap(palette.dim(plainLine(tidyPath(summary.cwd, options.home))), width),
  ];
}

function ending(summary: Summary, running: boolean, palette: Palette): string {
  if (summary.endedAt === undefined) return running ? palette.green('still running') : palette.red('ended abruptly');
  if (summary.signal !== undefined) return `ended by ${summary.signal}`;
  return summary.exitCode === 0 || summary.exitCode === undefined ? '' : `exit code ${summary.exitCode}`;
}

/** The entries, each with its time; of many the last ones. */
function whatHappened(
  summary: Summary,
  width: number,
  palette: Palette,
  { now, most }: { now: number; most: number },
): string[] {
  const told = happenings(summary, labels(summary, palette), now);
  const latest = told.slice(-most);
  const earlier = told.length - latest.length;
  const clocks = Math.max(...latest.map(({ at }) => time(at).length));
  const lines = latest.flatMap(({ at, parts }) => {
    const text = parts.map(keptTogether).join(palette.dim('\u00a0· '));
    const clock = time(at).padStart(clocks);
    const [first = '', ...more] = wrap(text, width - clocks - 2);
    return [`${palette.dim(clock)}  ${first}`, ...more.map((line) => `${' '.repeat(clocks + 2)}${line}`)];
  });
  return earlier === 0 ? lines : [palette.dim(`… and ${earlier} before`), ...lines];
}

function whoAnswered(summary: Summary, width: number, palette: Palette, now: number): string[] {
  const table = providersTable(summary, width, palette);
  if (table.length === 0) return [palette.dim('Nobody: nothing was asked.')];
  const notes: string[] = [];
  if (summary.providers.some(({ paid, usd }) => !paid && (usd === null || usd > 0))) {
    notes.push('* at API prices, for comparison: not counted as spent.');
  }
  const spent = spentOn(summary);
  if (countFailovers(summary) > 0 || spent.usd > 0 || spent.unknown) {
    notes.push(`Spent on paid providers: ${estimateText(spent)}.`);
  }
  const searching = summary.providers.flatMap(({ label, usage: { webSearches } }) =>
    webSearches === undefined ? [] : [`${label} ${webSearches}`],
  );
  if (searching.length > 0) notes.push(`Web searches: ${searching.join(', ')}. Their price is in the sums.`);
  const { taken, billed } = planTexts(summary, now);
  if (taken !== undefined) notes.push(`5-hour limit: ${taken}.`);
  if (billed !== undefined) notes.push(`${sentence(billed)}.`);
  return [...table, ...notes.flatMap((note) => wrap(palette.dim(note), width))];
}

function losses(summary: Summary, width: number, palette: Palette): string[] {
  const label = labels(summary, palette);
  return summary.warnings
    .toSorted((a, b) => b.count - a.count)
    .flatMap(({ provider, what, detail, count }) => {
      const [first = '', ...more] = wrap(
        `${label(provider)}: ${plainLine(detail)} ${palette.dim(`(${what})`)}`,
        width - 6,
      );
      return [`${`${count}×`.padStart(4)}  ${first}`, ...more.map((line) => `      ${line}`)];
    });
}

function otherPrograms({ otherPrograms: count = 0 }: Summary, width: number): string[] {
  return count === 0 ? [] : wrap(otherProgramsText(count), width);
}

function faults(summary: Summary, width: number): string[] {
  return summary.faults.flatMap(({ where, message, count }) =>
    wrap(`${count}× ${where}: ${plainLine(message)}`, width),
  );
}

function answersTitle(summary: Summary, most: number): string {
  return summary.responses.length > most ? `The last ${most} responses` : 'Every response';
}

function labels(summary: Summary, palette: Palette): (provider: string) => string {
  const known = new Map(summary.providers.map(({ id, label }) => [id, label]));
  return (provider) => palette.of(provider)(known.get(provider) ?? provider);
}

/** @param text in which a no-break space keeps together what belongs together: `2.8 s`. */
function wrap(text: string, width: number, indent = ''): string[] {
  return wrapAnsi(text, width, { hard: true })
    .split('\n')
    .map((line) => indent + line.replaceAll('\u00a0', ' '));
}
