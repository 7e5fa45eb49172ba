/** The real Claude Code behind this ccmux, fed message by message: what `demo` and `drill` drive. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StreamLine } from '../demo/stage.ts';

export type ClientSession = {
  /**
   * Sends one message and reads until its result.
   * @param content text, or blocks of Anthropic's wire.
   * @returns the client's result, and if it is an error.
   */
  say(content: string | object[], onLine?: (line: StreamLine) => void): Promise<{ text: string; isError: boolean }>;
  /** No more messages. @returns when the client has exited. */
  end(): Promise<void>;
  kill(): void;
};

/** The script that runs now: the session is started with the same ccmux. */
export const ownScript = (): string => process.argv[1]!;

/** @param args more of Claude Code's arguments. @param onNotice a line of stderr. */
export function startClientSession(
  args: string[],
  { cwd, env, onNotice }: { cwd: string; env: NodeJS.ProcessEnv; onNotice: (line: string) => void },
): ClientSession {
  const streams = ['--input-format', 'stream-json', '--output-format', 'stream-json', '--include-partial-messages'];
  const child: ChildProcess = spawn(process.execPath, [ownScript(), 'claude', '-p', ...streams, '--verbose', ...args], {
    cwd,
    env,
    stdio: 'pipe',
  });
  const exited = new Promise<number | null>((done) => child.on('exit', done));
  createInterface({ input: child.stderr! }).on('line', onNotice);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  // A missing answer reveals a session that ended early.
  child.stdin!.on('error', () => {});
  return {
    async say(content, onLine) {
      child.stdin!.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`);
      for (;;) {
        const next = await lines.next();
        if (next.done) return { text: `Claude Code exited with ${await exited}`, isError: true };
        const line = JSON.parse(next.value) as StreamLine;
        onLine?.(line);
        if (line.type !== 'result') continue;
        const isError = line.is_error === true;
        return { text: line.result ?? (isError ? 'Claude Code reported an error' : ''), isError };
      }
    },
    async end() {
      child.stdin!.end();
      await exited;
    },
    kill: () => void child.kill(),
  };
}
