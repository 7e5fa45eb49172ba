import { folders } from '../config/paths.ts';
import { folderProblem, listRunning } from '../state/running.ts';
import { listed, renderList, type ListedSession } from '../report/session-list.ts';
import type { Grouping } from '../state/figures.ts';
import { readSessions } from '../state/read-sessions.ts';
import { listSessions, loadSummary, resolveSession } from '../state/store.ts';
import type { Summary } from '../state/summary.ts';
import { styleOf } from '../report/terminal.ts';
import type { Io } from '../report/terminal.ts';
import { renderReport } from '../report/text.ts';
import { unseen } from '../words/storage.ts';
import { EXIT, UserError } from '../errors.ts';
import { refuseUnwritable, writeOutput } from './output-file.ts';

export type ReportOptions = {
  /** An id, the beginning of one, or `last`, which is the default. */
  session?: string;
  list?: boolean;
  json?: boolean;
  /** The whole report: every response and every entry, and the timeline of a session without incidents. */
  all?: boolean;
  /** The journal as lines, until the session ends. */
  follow?: boolean;
  /** Figures of many sessions: of this period, in these groups, in this form. */
  since?: string;
  until?: string;
  by?: Grouping;
  csv?: boolean;
  markdown?: boolean;
  /** A file's path, `-` for standard output, or true for a name in the working folder. */
  html?: string | true;
  open?: boolean;
};

export type ReportIo = Io & { now?: () => number; openFile?: (path: string) => Promise<unknown> };

/** `--list` shows as many sessions; with `--json` all. */
const LISTED = 20;

/** `ccmux report`: what happened in a session. @returns the exit code. */
export async function runReport(options: ReportOptions, io: ReportIo = process): Promise<number> {
  refuseContradiction(options);
  if (options.follow) {
    const { runFollow } = await import('./report-follow.ts');
    return runFollow(options, io);
  }
  if (FIGURES.some((name) => options[name] !== undefined)) {
    const { runHistory } = await import('./report-history.ts');
    return runHistory(options, io);
  }
  const { sessions, state } = folders(io.env);
  const running = new Set(listRunning(state).map(({ session }) => session));
  if (options.list) return list(options, io, sessions, running);

  const none = options.session === undefined && !options.json && (await listSessions(sessions)).length === 0;
  if (none) return noSessions(io, state);
  const id = await resolveSession(sessions, options.session ?? 'last');
  const summary = await loadSummary(sessions, id);
  if (summary === undefined) {
    throw new UserError(`the journal of session ${id} tells nothing. Others are listed by: ccmux report --list`, {
      exitCode: EXIT.failure,
    });
  }

  if (options.html !== undefined || options.open)
    return writePage(summary, options, io, { sessions, running: running.has(id) });
  if (options.json) {
    const facts = running.has(id) ? { ...summary, running: true } : summary;
    io.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return 0;
  }
  const now = (io.now ?? Date.now)();
  const how = { ...styleOf(io.stdout, io.env), now, running: running.has(id), whole: options.all ?? false };
  io.stdout.write(renderReport(summary, how));
  return 0;
}

/** What asks for the figures of many sessions. */
const FIGURES = ['since', 'until', 'by', 'csv', 'markdown'] as const;

/** What each option goes with: one session, or many. The forms exclude each other. */
function refuseContradiction(options: ReportOptions): void {
  const given = (names: readonly (keyof ReportOptions)[]) => names.find((name) => options[name] !== undefined);
  const spoken = (name: keyof ReportOptions) => (name === 'session' ? `the session ${options.session}` : `--${name}`);
  const groups: [readonly (keyof ReportOptions)[], readonly (keyof ReportOptions)[]][] = [
    [FIGURES, ['session', 'list', 'all', 'html', 'open', 'follow']],
    [['follow'], ['list', 'all', 'html', 'open']],
    [['json'], ['csv', 'markdown', 'all', 'html', 'open']],
    [['csv'], ['markdown']],
    [['list'], ['session', 'all', 'html', 'open']],
    [['all'], ['html', 'open']],
  ];
  for (const [some, others] of groups) {
    const [one, other] = [given(some), given(others)];
    if (one !== undefined && other !== undefined) {
      throw new UserError(`${spoken(one)} and ${spoken(other)} do not go together. See: ccmux help report`);
    }
  }
}

function noSessions(io: ReportIo, state: string): number {
  const code = folderProblem(state);
  io.stdout.write(
    code === undefined
      ? 'No sessions yet. Start one with: ccmux claude\n'
      : `No session left a report: ${unseen(state, code)}.\nSee: ccmux doctor\n`,
  );
  return 0;
}

async function list(options: ReportOptions, io: ReportIo, folder: string, running: Set<string>): Promise<number> {
  const ids = await listSessions(folder);
  const most = options.json ? ids.length : LISTED;
  const rows: ListedSession[] = [];
  await waiting(io, `Reading ${Math.min(most, ids.length)} sessions`, async () => {
    for await (const read of readSessions(folder, { most })) {
      if ('summary' in read) rows.push(listed(read.summary, running.has(read.session)));
      else io.stderr.write(`ccmux: session ${read.session} cannot be read: ${read.problem}\n`);
    }
  });
  rows.sort((a, b) => b.startedAt - a.startedAt);
  if (options.json) {
    io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  if (rows.length === 0) return noSessions(io, folders(io.env).state);
  const more = ids.length - most;
  io.stdout.write(renderList(rows, { ...styleOf(io.stdout, io.env), now: (io.now ?? Date.now)() }));
  if (more > 0) io.stdout.write(`… and ${more} older; all of them: ccmux report --by session\n`);
  return 0;
}

/** Writes the page to the user's path, or into the working folder; just for viewing, beside the journal. */
async function writePage(
  summary: Summary,
  options: ReportOptions,
  io: ReportIo,
  { sessions, running }: { sessions: string; running: boolean },
): Promise<number> {
  const { resolve, join } = process.getBuiltinModule('node:path');
  const name = `ccmux-report-${summary.session}.html`;
  const file =
    options.html === undefined
      ? join(sessions, `${summary.session}.html`)
      : resolve(io.cwd(), options.html === true ? name : options.html);
  const output = { file, over: true, way: 'ccmux report --html <file>' };
  if (options.html !== '-') refuseUnwritable(output);
  const html = await waiting(io, 'Drawing the page', async () => {
    const { renderPage } = await import('../report/page.ts');
    return renderPage(summary, { running });
  });
  if (options.html === '-') {
    io.stdout.write(html);
    return 0;
  }
  writeOutput(output, html);
  io.stdout.write(`${file}\n`);
  if (options.open) await (io.openFile ?? openFile)(file);
  return 0;
}

async function openFile(path: string): Promise<void> {
  const { default: open } = await import('open');
  await open(path);
}

/** Shows a spinner during the work, on a terminal. */
async function waiting<T>(io: ReportIo, text: string, work: () => Promise<T>): Promise<T> {
  if (io.stderr.isTTY !== true || io.stdout.isTTY !== true) return work();
  const { default: ora } = await import('ora');
  const spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
  try {
    return await work();
  } finally {
    spinner.stop();
  }
}
