import { createInterface } from 'node:readline/promises';
import { EXIT, UserError } from '../errors.ts';
import { consentParts, NO_CONSENT } from '../words/consent.ts';
import { consent, forbid } from '../state/control.ts';
import type { LiveState } from '../state/live.ts';
import type { Io } from '../report/terminal.ts';
import { findSession, nearestProvider } from './use.ts';
import { labelsOf } from '../words/label.ts';

export type AllowOptions = {
  /** A fallback of the session, or `none` to end every consent. */
  provider: string;
  session?: string;
};

/** What `ccmux allow` needs in addition: a way to ask. */
export type AllowIo = Io & { stdin: { isTTY?: boolean }; ask?: (question: string) => Promise<string> };

const HOW = 'Type it as a prompt in Claude Code, or run it in a terminal of your own';

/**
 * `ccmux allow`: a fallback's commands run without a question until Claude answers again. Only the user can consent, so
 * a model's command is refused here, and also by the session, which checks who asks. @returns the exit code.
 */
export async function runAllow({ provider, session }: AllowOptions, io: AllowIo = process): Promise<number> {
  const controlUrl = await findSession(io, session);
  if (provider === 'none') {
    await orFail(forbid(controlUrl));
    io.stdout.write(`${NO_CONSENT}\n`);
    return 0;
  }
  refuseProgram(io);
  const reply = await (io.ask ?? askOnTerminal)(
    `Let ${provider}'s commands run without a question until Claude answers again? [y/N] `,
  );
  if (!/^y(es)?$/i.test(reply.trim())) {
    io.stdout.write('Nothing has changed.\n');
    return EXIT.failure;
  }
  const { providers } = await orFail(consent(controlUrl, provider), () => nearestProvider(controlUrl, provider));
  io.stdout.write(`${consentParts(provider, labelsOf(providers)).join(' · ')}\n`);
  return 0;
}

/** @throws UserError if no user is at a terminal, or a model runs the command. */
export function refuseProgram(io: AllowIo): void {
  if (!io.env['CLAUDECODE'] && io.stdin.isTTY && io.stdout.isTTY) return;
  throw new UserError(`a command that a program runs cannot consent in your place. ${HOW}.`, {
    exitCode: EXIT.failure,
  });
}

/** @param hint what is added to a refusal. */
export async function orFail(
  asked: ReturnType<typeof consent>,
  hint: () => Promise<string> = async () => '',
): Promise<LiveState> {
  const answer = await asked;
  if (answer.kind === 'state') return answer.state;
  const message =
    answer.kind === 'refused'
      ? `${answer.message}${await hint()}`
      : 'the session does not answer; it may have ended. See: ccmux status';
  throw new UserError(message, { exitCode: EXIT.failure });
}

export async function askOnTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
