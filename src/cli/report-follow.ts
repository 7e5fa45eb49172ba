import { folders } from '../config/paths.ts';
import { EXIT, UserError } from '../errors.ts';
import { ForeignFile } from '../ground/format.ts';
import { pause } from '../ground/pause.ts';
import { paletteFor } from '../report/palette.ts';
import { styleOf } from '../report/terminal.ts';
import { followLines } from '../state/follow.ts';
import { parseJournal } from '../state/journal.ts';
import { listRunning } from '../state/running.ts';
import { journalFile, resolveSession } from '../state/store.ts';
import { eventLine } from '../words/event.ts';
import { timeWithSeconds } from '../words/time.ts';
import type { ReportIo } from './report.ts';
import { untilStopped, type Stoppable } from './until-stopped.ts';

export type FollowIo = ReportIo & Stoppable & { everyMs?: number };

/**
 * `ccmux report --follow`: the journal of a session, a line an event, until the session ends. Without a name it is the
 * session that runs; where none does, the next one.
 * @returns the exit code.
 */
export async function runFollow(
  { session, json = false }: { session?: string; json?: boolean },
  io: FollowIo,
): Promise<number> {
  return untilStopped(io, async (stopped) => {
    const { sessions, state } = folders(io.env);
    const id = session === undefined ? await nextRunning(state, io, stopped) : await resolveSession(sessions, session);
    if (id === undefined) return 0;
    const runs = () => listRunning(state).some((running) => running.session === id);
    let ended = false;
    const print = printer(io, json);
    try {
      for await (const line of followLines(journalFile(sessions, id), {
        isOver: () => ended || !runs(),
        stopped,
        everyMs: io.everyMs,
      })) {
        if (print(line) === 'session-end') ended = true;
      }
    } catch (fault) {
      throw asMistake(fault, id);
    }
    if (!ended && !stopped.aborted) io.stderr.write(`ccmux: session ${id} ended abruptly\n`);
    return 0;
  });
}

/** The session that began last; where none runs, it waits for one. */
async function nextRunning(state: string, io: FollowIo, stopped: AbortSignal): Promise<string | undefined> {
  let isTold = false;
  while (!stopped.aborted) {
    const ids = listRunning(state).map(({ session }) => session);
    const latest = ids.sort().at(-1);
    if (latest !== undefined) {
      if (ids.length > 1) io.stderr.write(`ccmux: ${ids.length} sessions are running; this is ${latest}\n`);
      return latest;
    }
    if (!isTold) io.stderr.write('ccmux: no session is running. Waiting for one; Ctrl-C ends this.\n');
    isTold = true;
    await pause(io.everyMs ?? 500, stopped);
  }
  return undefined;
}

/** Prints a line of the journal, as it is or as a sentence. @returns the type of its event. */
function printer(io: FollowIo, json: boolean): (line: string) => string | undefined {
  const { dim } = paletteFor([], styleOf(io.stdout, io.env).color);
  const labels = new Map<string, string>();
  return (line) => {
    const [event] = parseJournal(line);
    // A damaged line is kept in what other programs read: they may make more of it.
    if (json) io.stdout.write(`${line}\n`);
    if (event === undefined) return undefined;
    if (event.type === 'session-start')
      for (const { id, label } of event.providers) labels.set(id, String(label ?? id));
    if (!json) {
      const text = eventLine(event, (provider) => labels.get(provider) ?? provider);
      io.stdout.write(`${dim(timeWithSeconds(event.at))}  ${text}\n`);
    }
    return event.type;
  };
}

function asMistake(fault: unknown, id: string): unknown {
  if (fault instanceof ForeignFile)
    return new UserError(`${fault.message}: that one shows it.`, { exitCode: EXIT.failure });
  if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') return fault;
  return new UserError(`session ${id} has left no journal. Its report: ccmux report ${id}`, { exitCode: EXIT.failure });
}
