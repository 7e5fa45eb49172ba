import { EXIT, UserError } from '../errors.ts';
import { SYSTEM } from '../ground/system.ts';
import { isStorageCode, storageCause } from '../words/storage.ts';
import { version } from '../version.ts';

/** What `run` needs of `process`, so that a test can hand it another. */
export type Terminal = {
  argv: string[];
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
};

/**
 * The whole program: reads the command line, runs one command, and turns an exception into a line for the user.
 * @returns the exit code; for `ccmux claude` it is Claude Code's own.
 */
export async function run(terminal: Terminal): Promise<number> {
  try {
    return await dispatch(terminal);
  } catch (error) {
    if (error instanceof UserError) {
      terminal.stderr.write(`ccmux: ${error.message}\n`);
      return error.exitCode;
    }
    const world = worldsFault(error);
    if (world !== undefined) {
      terminal.stderr.write(`ccmux: ${world}\n`);
      return EXIT.failure;
    }
    const stack = error instanceof Error ? error.stack : String(error);
    terminal.stderr.write(
      `ccmux: this is a fault in ccmux ${version} (Node ${process.version}, ${SYSTEM.platform}).\n${stack}\n` +
        'ccmux: please report it, with the lines above, where you found ccmux.\n',
    );
    return 1;
  }
}

/** A message for an error of the machine, about which a fault report would not help. */
function worldsFault(error: unknown): string | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd' || syscall === 'getcwd') {
    return 'the folder you are in no longer exists (it was deleted or moved). Change to one that does.';
  }
  if (!isStorageCode(code)) return undefined;
  return `${path ?? 'a file'} cannot be used (${storageCause(code)}). See: ccmux doctor`;
}

async function dispatch(terminal: Terminal): Promise<number> {
  const args = terminal.argv.slice(2);
  // The most frequent command does not wait 20 ms for a parser that it does not need.
  if (args[0] === 'claude') {
    const { runClaude } = await import('./claude.ts');
    return runClaude({ args: args.slice(1), flags: {} });
  }
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    terminal.stdout.write(`${version}\n`);
    return 0;
  }
  if (args[0] === 'complete') {
    const { runComplete } = await import('./complete.ts');
    return runComplete(args.slice(1), terminal.stdout);
  }

  const { createProgram } = await import('./program.ts');
  return createProgram(terminal).run(args);
}
