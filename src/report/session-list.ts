import { countAnswers, countFailovers, spentOn } from './cost.ts';
import { dollars } from '../words/money.ts';
import { clock, duration } from '../words/time.ts';
import { shortId } from '../ground/short-id.ts';
import { tidyPath } from './format.ts';
import { plainLine } from '../words/text.ts';
import { paletteFor } from './palette.ts';
import type { Summary } from '../state/summary.ts';
import { layTable } from './table.ts';

/** One session in `ccmux report --list --json`. */
export type ListedSession = {
  session: string;
  startedAt: number;
  endedAt?: number;
  cwd: string;
  turns: number;
  answers: number;
  failovers: number;
  spentUsd: number;
  /** Something had no known price: then `spentUsd` is too low. */
  unknownPrices: boolean;
  running: boolean;
};

/** @param running its process is alive: then a missing end is no crash. */
export function listed(summary: Summary, running: boolean): ListedSession {
  const { session, startedAt, endedAt, cwd, turns } = summary;
  const { usd, unknown } = spentOn(summary);
  const ended = endedAt ?? (running ? undefined : summary.lastAt);
  return {
    session,
    startedAt,
    ...(ended !== undefined && { endedAt: ended }),
    cwd,
    turns,
    answers: countAnswers(summary),
    failovers: countFailovers(summary),
    spentUsd: usd,
    unknownPrices: unknown,
    running,
  };
}

/** The sessions as a table, in the order given. */
export function renderList(
  sessions: ListedSession[],
  options: { width: number; color: boolean; now: number; home?: string },
): string {
  const palette = paletteFor([], options.color);
  const lasted = ({ startedAt, endedAt, running }: ListedSession) =>
    running ? 'running' : duration((endedAt ?? startedAt) - startedAt);
  const spent = ({ spentUsd, unknownPrices }: ListedSession) =>
    unknownPrices ? 'unknown' : spentUsd === 0 ? '–' : dollars(spentUsd);
  const lines = layTable(
    [
      { head: 'session', cells: names(sessions), paint: palette.bold },
      { head: 'started', cells: sessions.map(({ startedAt }) => clock(startedAt, options.now)), rank: 5 },
      { head: 'lasted', align: 'right', cells: sessions.map(lasted), rank: 2 },
      { head: 'messages', align: 'right', cells: sessions.map(({ turns }) => String(turns)), rank: 3 },
      {
        head: 'failovers',
        align: 'right',
        cells: sessions.map(({ failovers }) => (failovers === 0 ? '–' : String(failovers))),
        paint: (text, row) => ((sessions[row]?.failovers ?? 0) > 0 ? palette.yellow(text) : text),
      },
      { head: 'spent', align: 'right', cells: sessions.map(spent), rank: 1 },
      {
        head: 'folder',
        cells: sessions.map(({ cwd }) => plainLine(tidyPath(cwd, options.home))),
        atLeast: 12,
        middle: true,
        rank: 4,
      },
    ],
    options.width,
    palette.dim,
  );
  return `${lines.join('\n')}\n`;
}

/** The end of an id is enough to name a session, as long as no other ends like it. */
function names(sessions: ListedSession[]): string[] {
  const ends = sessions.map(({ session }) => shortId(session));
  return sessions.map(({ session }, index) => {
    const end = ends[index] ?? session;
    return ends.indexOf(end) === ends.lastIndexOf(end) ? end : session;
  });
}
