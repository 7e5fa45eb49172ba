import { execFile } from 'node:child_process';
import { startOf } from '../launch/shim.ts';

/** Milliseconds. What is asked of the client here asks nobody itself. */
const PATIENCE_MS = 15_000;

/**
 * What the client prints for `args`, and whether it failed. Where `claude` is a script of the user's, a program that it
 * started can outlive it and hold its output open: `execFile` closes that with the time limit.
 */
export function askClaude(
  program: string,
  args: string[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd?: string },
  timeout = PATIENCE_MS,
): Promise<{ stdout: string; failed: boolean }> {
  const { program: started, before } = startOf(program);
  return new Promise((resolve) => {
    const child = execFile(started, [...before, ...args], { env, cwd, timeout, windowsHide: true }, (error, stdout) =>
      resolve({ stdout, failed: error !== null }),
    );
    child.stdin?.end();
  });
}
