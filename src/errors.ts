/**
 * What can go wrong, in two halves: errors that a user can mend (`UserError`, a line with the way out),
 * and failures of an upstream (`UpstreamError`, raw facts that `failover/outcome.ts` gives a meaning).
 * Anything else that is thrown is a bug and keeps its stack.
 */

/** Exit codes of ccmux itself, used only before `claude` was launched: afterwards its status is ours. */
export const EXIT = { failure: 1, usage: 2, notFound: 127 } as const;

export class UserError extends Error {
  override name = 'UserError';
  /** 2 for usage and configuration, 127 for `claude` not found, 1 for a command that could not do its work. */
  readonly exitCode: number;
  /** @param message one line: the cause, then the way out. For a file with several mistakes a line for each. */
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.usage;
  }
}

/** Messages that more than one command uses. */
export const messages = {
  claudeNotFound: () =>
    'claude was not found on your PATH. Install Claude Code with: npm install -g @anthropic-ai/claude-code',
  claudeOfWindows: (path: string) =>
    `the claude on your PATH is the one of Windows (${path}), which ccmux in WSL cannot start. Install Claude Code inside of WSL: npm install -g @anthropic-ai/claude-code`,
  noLineBreak: (path: string) =>
    `${path} is a script for cmd.exe, which takes no line break in an argument. Send the prompt by stdin, or put Claude Code's own program on your PATH`,
} as const;

/** Whose error bodies and limit headers these are: decides how a failure is read. */
export type Wire = 'anthropic' | 'gemini' | 'openai';

/** Why a 200 holds no answer. */
export type Defect =
  /** Something else than a message: a web page, another wire's JSON, a business error, nothing. */
  | 'no-message'
  /** A message without content. */
  | 'empty'
  /** Nothing but thinking; `spent`: until the output limit. */
  | 'thoughts'
  | 'spent'
  /** A filter, or the host's rules, stopped it. */
  | 'refused'
  /** It ended in the middle. */
  | 'broken';

/** Why there is no answer, as raw facts. */
export type Failure = {
  wire: Wire;
  /** True when the request was translated: its 400 is ccmux's fault. */
  translated: boolean;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The error's body as text (JSON where the wire speaks JSON), at most 64 KiB; for `setup` the line for the user. */
  body: string;
} & (
  | { cause: 'status'; status: number }
  /**
   * An answer without an error status: with an error in it, or with `defect`, and then `code` is the host's own word
   * (`SAFETY`), or what came in place of a message (`an HTML page`). `status`: the answer's own, where it is known.
   */
  | { cause: 'stream'; status?: number; defect?: Defect; code?: string }
  /** No connection, or a broken one. `code`: Node's, such as `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`. */
  | { cause: 'network'; code?: string }
  /** Silence. `limitMs`: the limit that has passed, milliseconds. */
  | { cause: 'timeout'; limitMs?: number }
  /** An exception of our own. `code`: its name. */
  | { cause: 'fault'; code: string }
  /** Nothing was sent: something is missing here that the user can mend (a package, a key command). */
  | { cause: 'setup' }
);

/** The HTTP status, where one came. */
export function answeredStatus(failure: Failure): number | undefined {
  return failure.cause === 'status' || failure.cause === 'stream' ? failure.status : undefined;
}

/** Thrown by a provider's `send`, and by its reply's body, when the upstream failed. */
export class UpstreamError extends Error {
  override name = 'UpstreamError';
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(`upstream ${failure.cause} ${answeredStatus(failure) ?? ''}`.trim(), options);
    this.failure = failure;
  }
}
