import { folders } from '../config/paths.ts';
import { FORMAT } from '../ground/format.ts';
import { historyCsv, historyMarkdown } from '../report/history-files.ts';
import { renderHistory } from '../report/history-text.ts';
import { styleOf } from '../report/terminal.ts';
import { readHistory } from '../state/read-sessions.ts';
import type { Grouping, History, Period } from '../state/figures.ts';
import { readPeriod } from './period.ts';
import type { ReportIo } from './report.ts';

export type HistoryOptions = {
  since?: string;
  until?: string;
  by?: Grouping;
  json?: boolean;
  csv?: boolean;
  markdown?: boolean;
};

/** `ccmux report --since 7d --by day`: the figures of all sessions of a period. @returns the exit code. */
export async function runHistory(options: HistoryOptions, io: ReportIo): Promise<number> {
  const now = (io.now ?? Date.now)();
  const period = readPeriod(options, now);
  const history = await readHistory(folders(io.env).sessions, { ...period, by: options.by });
  for (const { session, problem } of history.unreadable) {
    io.stderr.write(`ccmux: session ${session} is not counted: ${problem}\n`);
  }
  io.stdout.write(shown(history, { options, period, now, io }));
  return 0;
}

type Shown = { options: HistoryOptions; period: Period; now: number; io: ReportIo };

function shown(history: History, { options, period, now, io }: Shown): string {
  const { by } = options;
  if (options.json) {
    return `${JSON.stringify({ version: FORMAT, ...period, ...(by !== undefined && { by }), ...history }, null, 2)}\n`;
  }
  if (options.csv) return historyCsv(history, by);
  const how = { by, period, now };
  if (options.markdown) return historyMarkdown(history, how);
  return renderHistory(history, { ...styleOf(io.stdout, io.env), ...how });
}
