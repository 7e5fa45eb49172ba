import { EXIT, UserError } from '../errors.ts';
import { readLive } from '../state/control.ts';
import type { Io } from '../report/terminal.ts';
import { findSession } from './use.ts';

export type DashboardOptions = {
  /** Which session: an id, its beginning or its end. */
  session?: string;
};

/** `openPage`: opens an address in the user's browser. */
export type DashboardIo = Io & { openPage?: (url: string) => Promise<unknown> };

/** `ccmux dashboard`: opens the running session's live page in the browser. @returns the exit code. */
export async function runDashboard({ session }: DashboardOptions = {}, io: DashboardIo = process): Promise<number> {
  const answer = await readLive(await findSession(io, session));
  if (answer.kind !== 'state') {
    throw new UserError('the session does not answer; it may have ended. See: ccmux report --html --open', {
      exitCode: EXIT.failure,
    });
  }
  const { pageUrl } = answer.state;
  // Also printed: over ssh, or without a browser, the user needs the address.
  io.stdout.write(`${pageUrl}\n`);
  try {
    await (io.openPage ?? openInBrowser)(pageUrl);
  } catch (cause) {
    throw new UserError('no browser could be started; open the address above in one', {
      exitCode: EXIT.failure,
      cause,
    });
  }
  return 0;
}

async function openInBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}
