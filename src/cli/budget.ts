import { EXIT, UserError } from '../errors.ts';
import { liftBudget, readLive } from '../state/control.ts';
import { budgetText, readAmount } from '../words/money.ts';
import { askOnTerminal, orFail, refuseProgram, type AllowIo } from './allow.ts';
import { findSession } from './use.ts';

/**
 * `ccmux budget [+5]`: shows what was spent, or lets this session spend more, which only the user can do. @returns the
 * exit code.
 */
export async function runBudget(
  { add, session }: { add?: string; session?: string },
  io: AllowIo = process,
): Promise<number> {
  const usd = add === undefined ? undefined : readAmount(add);
  if (add !== undefined && usd === undefined) {
    throw new UserError(`expected an amount to add such as +5 or +2.50, found ${JSON.stringify(add)}`, {
      exitCode: EXIT.usage,
    });
  }
  const controlUrl = await findSession(io, session);
  if (usd === undefined) {
    io.stdout.write(`${budgetText((await orFail(readLive(controlUrl))).budget)}\n`);
    return 0;
  }
  refuseProgram(io);
  const reply = await (io.ask ?? askOnTerminal)(`Let this session spend $${usd} more on paid providers? [y/N] `);
  if (!/^y(es)?$/i.test(reply.trim())) {
    io.stdout.write('Nothing has changed.\n');
    return EXIT.failure;
  }
  io.stdout.write(`${budgetText((await orFail(liftBudget(controlUrl, usd))).budget)}\n`);
  return 0;
}
