import { didYouMean } from '../config/nearest.ts';
import { folders } from '../config/paths.ts';
import { EXIT, UserError } from '../errors.ts';
import { readLive, steer } from '../state/control.ts';
import { folderProblem, listRunning } from '../state/running.ts';
import type { RunningSession } from '../state/running.ts';
import type { Io } from '../report/terminal.ts';
import { confirmUse } from '../words/steer.ts';
import { unseen } from '../words/storage.ts';

export type UseOptions = {
  /** A provider of the session, or `auto`. */
  provider: string;
  only?: boolean;
  /** Which session: an id, its beginning or its end. */
  session?: string;
};

/** `ccmux use`: who answers from the next request on. @returns the exit code. */
export async function runUse({ provider, only = false, session }: UseOptions, io: Io = process): Promise<number> {
  if (provider === 'auto' && only) {
    throw new UserError('--only needs a provider to keep to: ccmux use <provider> --only');
  }
  const controlUrl = await findSession(io, session);
  const answer = await steer(controlUrl, { provider, only });
  switch (answer.kind) {
    case 'state':
      io.stdout.write(`${confirmUse(answer.state)}\n`);
      return 0;
    case 'refused':
      throw new UserError(`${answer.message}${await nearestProvider(controlUrl, provider)}`, {
        exitCode: EXIT.failure,
      });
    case 'gone':
      throw new UserError('the session does not answer; it may have ended. See: ccmux status', {
        exitCode: EXIT.failure,
      });
  }
}

/** ` Did you mean gemini?`, for a name that no provider of the session has. */
export async function nearestProvider(controlUrl: string, typed: string): Promise<string> {
  const answer = await readLive(controlUrl);
  if (answer.kind !== 'state') return '';
  const ids = answer.state.providers.map(({ id }) => id);
  return ids.includes(typed) ? '' : didYouMean(typed, ids);
}

/** The named session, the session of this environment, or the only running one. @returns its control address. */
export async function findSession(io: Io, wanted: string | undefined): Promise<string> {
  const { state } = folders(io.env);
  const running = await answering(listRunning(state));
  if (wanted !== undefined) {
    const matches = running.filter(({ session }) => session.startsWith(wanted) || session.endsWith(`-${wanted}`));
    if (matches.length === 1 && matches[0]) return matches[0].controlUrl;
    const cause = matches.length === 0 ? `no session "${wanted}" is running` : `"${wanted}" is more than one session`;
    throw new UserError(`${cause}. ${wayOut(running)}`, { exitCode: EXIT.failure });
  }
  const own = io.env['CCMUX_SESSION'];
  if (own !== undefined && own !== '') return own;
  if (running.length === 1 && running[0]) return running[0].controlUrl;
  const code = running.length === 0 ? folderProblem(state) : undefined;
  if (code !== undefined) {
    throw new UserError(`${unseen(state, code)}. Type the command as a prompt in the session itself.`, {
      exitCode: EXIT.failure,
    });
  }
  const cause = running.length === 0 ? 'no session is running' : `${running.length} sessions are running`;
  throw new UserError(`${cause}. ${wayOut(running)}`, { exitCode: EXIT.failure });
}

/** If several seem to run, those that answer: a pid alone may belong to another process. */
async function answering(running: RunningSession[]): Promise<RunningSession[]> {
  if (running.length < 2) return running;
  const answers = await Promise.all(running.map(({ controlUrl }) => readLive(controlUrl)));
  return running.filter((_, index) => answers[index]?.kind !== 'gone');
}

function wayOut(running: RunningSession[]): string {
  if (running.length === 0) return 'Start one with: ccmux claude';
  const list = running.map(({ session, claudeCwd }) => `--session ${session} (${claudeCwd})`);
  return `Running: ${list.join(', ')}`;
}
