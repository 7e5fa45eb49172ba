import type { Io } from '../../src/report/terminal.ts';

/** A terminal, or a pipe, that keeps what it is given. */
export function fakeIo(
  env: Record<string, string>,
  { tty = false, columns }: { tty?: boolean; columns?: number } = {},
) {
  const written = { out: '', err: '' };
  const io: Io = {
    stdout: {
      write: (text) => void (written.out += text),
      isTTY: tty,
      ...(columns !== undefined && { columns, rows: 30 }),
    },
    stderr: { write: (text) => void (written.err += text) },
    env,
    cwd: () => env['PWD'] ?? '/',
  };
  return { io, written };
}
