import { SYSTEM } from '../ground/system.ts';

/** What a command needs of `process`, so that a test can hand it another. */
export type Io = {
  stdout: Output;
  stderr: Output;
  env: Record<string, string | undefined>;
  cwd(): string;
};

export type Output = {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  /** Of a real stream: whoever read it has gone. */
  once?(event: 'error', listener: () => void): unknown;
  off?(event: 'error', listener: () => void): unknown;
};

/** How to write to a stream: a pipe gets 80 columns and no colour, unless the user's environment says otherwise. */
export function styleOf(output: Output, env: Io['env']): { width: number; color: boolean; home?: string } {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== '';
  const home = env[SYSTEM.homeVariable];
  return {
    // A caller without a terminal (a pager, Claude Code's `!`) can set the width by `COLUMNS`.
    width: output.columns ?? (Number(env['COLUMNS']) || 80),
    color: forced || (output.isTTY === true && mayColour(env)),
    ...(home !== undefined && { home }),
  };
}

/** True if the environment does not forbid colour: for text that Claude Code shows for ccmux. */
export function mayColour(env: Io['env']): boolean {
  return (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
