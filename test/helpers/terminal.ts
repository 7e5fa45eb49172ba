/** A real terminal for tests: a tmux server of its own, one window, keys in, the screen out. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import type { Place } from './claude.ts';

const run = promisify(execFile);

export type Terminal = {
  /** tmux key names (`Enter`, `C-c`, `Escape`), or text with `type`. */
  press(...keys: string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** What is on the screen now, without colours. */
  screen(): Promise<string>;
  /** Also what has scrolled away. */
  history(): Promise<string>;
  /** Waits until the screen (with its history) shows this; throws with the screen when it never does. */
  until(what: string | RegExp, seconds?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** The exit code of the command, once it has ended. */
  exited(seconds?: number): Promise<number>;
  /** Closes the window under the command, as a person might. */
  close(): Promise<void>;
};

/** Starts a command in a place, in a terminal of `columns` × `rows`, which stays when the command has ended. */
export async function openTerminal(
  place: Place,
  command: string[],
  size: { columns: number; rows: number } = { columns: 100, rows: 40 },
): Promise<Terminal> {
  const socket = `ccmux-test-${randomBytes(6).toString('hex')}`;
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args], { env: { ...place.env } })).stdout;
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  await tmux(
    'new-session',
    '-d',
    '-x',
    String(size.columns),
    '-y',
    String(size.rows),
    '-c',
    place.project,
    `${quoted}; echo "[exit $?]"; trap '' INT; sleep 600`,
  );
  let last = '';
  onTestFinished(async () => {
    last = await terminal.history().catch(String);
    await tmux('kill-server').catch(() => {});
  });

  const terminal: Terminal = {
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    screen: () => tmux('capture-pane', '-p'),
    history: () => tmux('capture-pane', '-p', '-S', '-2000'),
    async until(what, seconds = 20) {
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const shown = await terminal.history();
        if (typeof what === 'string' ? shown.includes(what) : what.test(shown)) return shown;
        if (Date.now() > end) throw new Error(`the screen never showed ${String(what)}:\n${shown}`);
        await sleep(100);
      }
    },
    resize: async (columns, rows) => void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
    async exited(seconds = 20) {
      const shown = await terminal.until(/\[exit \d+\]/, seconds);
      return Number(/\[exit (\d+)\]/.exec(shown)![1]);
    },
    close: async () => void (await tmux('kill-server')),
  };
  // Runs after the hook above, when the terminal is gone.
  onTestFailed(() => console.error(last));
  return terminal;
}
