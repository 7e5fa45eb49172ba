import { folders } from '../config/paths.ts';
import { FORMAT } from '../ground/format.ts';
import { historyCsv, historyMarkdown } from '../report/history-files.ts';
import { renderHistory } from '../report/history-text.ts';
import { styleOf } from '../report/terminal.ts';
import { createHistory, MANUAL_WAY, type Grouping, type Period, type Totals } from '../state/history.ts';
import { readSessions } from '../state/read-sessions.ts';
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
  const { totals, unreadable } = await readHistory(folders(io.env).sessions, { ...period, by: options.by });
  for (const { session, problem } of unreadable)
    io.stderr.write(`ccmux: session ${session} is not counted: ${problem}\n`);
  io.stdout.write(shown(totals, { options, period, now, unreadable, io }));
  return 0;
}

type Unreadable = { session: string; problem: string };

async function readHistory(
  folder: string,
  wanted: Period & { by: Grouping | undefined },
): Promise<{ totals: Totals; unreadable: Unreadable[] }> {
  const history = createHistory(wanted);
  const unreadable: Unreadable[] = [];
  for await (const read of readSessions(folder, { since: wanted.since })) {
    const { session } = read;
    if ('problem' in read) {
      unreadable.push({ session, problem: read.problem });
      continue;
    }
    try {
      history.add(read.summary);
    } catch (fault) {
      unreadable.push({ session, problem: (fault as Error).message });
    }
  }
  return { totals: history.totals(), unreadable };
}

type Shown = { options: HistoryOptions; period: Period; now: number; unreadable: Unreadable[]; io: ReportIo };

function shown(totals: Totals, { options, period, now, unreadable, io }: Shown): string {
  const { by } = options;
  if (options.json) {
    return `${JSON.stringify({ version: FORMAT, ...period, ...(by !== undefined && { by }), ...totals, unreadable }, null, 2)}\n`;
  }
  if (options.csv) return historyCsv(totals, by);
  const how = { by, period, now, each: MANUAL_WAY };
  if (options.markdown) return historyMarkdown(totals, how);
  return renderHistory(totals, { ...styleOf(io.stdout, io.env), ...how });
}
