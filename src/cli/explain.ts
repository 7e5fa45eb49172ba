import { EXIT, UserError } from '../errors.ts';
import type { Io } from '../report/terminal.ts';
import { askWhy } from '../state/control.ts';
import { findSession } from './use.ts';

/** `ccmux explain [prompt]`: why the last request went where it went, and what would become of the next. @returns the exit code. */
export async function runExplain(
  { prompt, session }: { prompt?: string; session?: string },
  io: Io = process,
): Promise<number> {
  const text = await askWhy(await findSession(io, session), prompt ?? '');
  if (text === undefined) {
    throw new UserError('the session did not answer, or runs an older ccmux. Type it as a prompt: ccmux explain', {
      exitCode: EXIT.failure,
    });
  }
  io.stdout.write(`${text}\n`);
  return 0;
}
