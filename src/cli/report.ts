import { folders } from '../config/paths.ts';
import { folderProblem, listRunning } from '../state/running.ts';
import { listed, renderList, type ListedSession } from '../report/session-list.ts';
import { listSessions, loadSummary, resolveSession } from '../state/store.ts';
import type { Summary } from '../state/summary.ts';
import { styleOf } from '../report/terminal.ts';
import type { Io } from '../report/terminal.ts';
import { renderReport } from '../report/text.ts';
import { unseen } from '../words/storage.ts';
import { EXIT, UserError } from '../errors.ts';

export type ReportOptions = {
  /** An id, the beginning of one, or `last`, which is the default. */
  session?: string;
  list?: boolean;
  json?: boolean;
  /** A file's path, `-` for standard output, or true for a name in the working folder. */
  html?: string | true;
  open?: boolean;
};

export type ReportIo = Io & { now?: () => number; openFile?: (path: string) => Promise<unknown> };

/** `--list` shows as many sessions; with `--json` all. */
const LISTED = 20;

/** `ccmux report`: what happened in a session. @returns the exit code. */
export async function runReport(options: ReportOptions, io: ReportIo = process): Promise<number> {
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
  io.stdout.write(renderReport(summary, { ...styleOf(io.stdout, io.env), now, running: running.has(id) }));
  return 0;
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
  const shown = options.json ? ids : ids.slice(0, LISTED);
  const summaries = await waiting(io, `Reading ${shown.length} sessions`, () =>
    Promise.all(shown.map((id) => readOne(folder, id, running))),
  );
  const rows = summaries.flatMap((one) => ('row' in one ? one.row : [])).toSorted((a, b) => b.startedAt - a.startedAt);
  for (const one of summaries) {
    if ('unreadable' in one) io.stderr.write(`ccmux: ${one.unreadable}\n`);
  }
  if (options.json) {
    io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  if (rows.length === 0) return noSessions(io, folders(io.env).state);
  const more = ids.length - shown.length;
  io.stdout.write(renderList(rows, { ...styleOf(io.stdout, io.env), now: (io.now ?? Date.now)() }));
  if (more > 0) io.stdout.write(`… and ${more} older; all of them: ccmux report --list --json\n`);
  return 0;
}

type Listed = { row: ListedSession[] } | { unreadable: string };

/** One damaged journal or report must not hide the others. */
async function readOne(folder: string, id: string, running: Set<string>): Promise<Listed> {
  try {
    const summary = await loadSummary(folder, id);
    return { row: summary === undefined ? [] : [listed(summary, running.has(id))] };
  } catch (fault) {
    return { unreadable: `session ${id} cannot be read: ${(fault as Error).message}` };
  }
}

/** Writes the page: where the user said, else in the working folder; only to be looked at, beside the journal. */
async function writePage(
  summary: Summary,
  options: ReportOptions,
  io: ReportIo,
  { sessions, running }: { sessions: string; running: boolean },
): Promise<number> {
  const html = await waiting(io, 'Drawing the page', async () => {
    const { renderPage } = await import('../report/page.ts');
    return renderPage(summary, { running });
  });
  if (options.html === '-') {
    io.stdout.write(html);
    return 0;
  }
  const { resolve, join } = process.getBuiltinModule('node:path');
  const { writeFile } = process.getBuiltinModule('node:fs/promises');
  const name = `ccmux-report-${summary.session}.html`;
  const file =
    options.html === undefined
      ? join(sessions, `${summary.session}.html`)
      : resolve(io.cwd(), options.html === true ? name : options.html);
  try {
    // It holds beginnings of prompts: whom to show it is the user's choice.
    await writeFile(file, html, { mode: 0o600 });
  } catch (fault) {
    throw new UserError(`${file} could not be written (${(fault as Error).message}). Name another: --html <file>`, {
      exitCode: EXIT.failure,
      cause: fault,
    });
  }
  io.stdout.write(`${file}\n`);
  if (options.open) await (io.openFile ?? openFile)(file);
  return 0;
}

async function openFile(path: string): Promise<void> {
  const { default: open } = await import('open');
  await open(path);
}

/** Does the work behind a spinner, where somebody watches. */
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
