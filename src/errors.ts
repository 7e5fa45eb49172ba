/**
 * What can go wrong, in two halves: errors that a user can mend (`UserError`, one line with the way out),
 * and failures of an upstream (`UpstreamError`, raw facts that `failover/outcome.ts` gives a meaning).
 * Anything else that is thrown is a bug and keeps its stack.
 */

/** Exit codes of ccmux itself, used only before `claude` was launched: afterwards its status is ours. */
export const EXIT = { failure: 1, usage: 2, notFound: 127 } as const;

export class UserError extends Error {
  override name = 'UserError';
  /** 2 for usage and configuration, 127 for `claude` not found, 1 for a command that could not do its work. */
  readonly exitCode: number;
  /** @param message one line: the cause, then the way out. */
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.usage;
  }
}

/** The table of messages that more than one place can meet, so that they are read, and kept alike, in one place. */
export const messages = {
  claudeNotFound: () =>
    'claude was not found on your PATH. Install Claude Code with: npm install -g @anthropic-ai/claude-code',
} as const;

/** Whose error bodies and limit headers these are: decides how a failure is read. */
export type Wire = 'anthropic' | 'gemini' | 'openai';

/** Why there is no answer, as raw facts. */
export type Failure = {
  wire: Wire;
  /**
   * `status`: an error status. `stream`: an error inside a 200. `network`: no or a broken connection. `timeout`: silence.
   * `setup`: nothing was sent, because something is missing here that the user can mend (a package, a key command).
   */
  cause: 'status' | 'stream' | 'network' | 'timeout' | 'setup';
  /** The HTTP status, where one came. */
  status?: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The error's body as text (JSON where the wire speaks JSON), at most 64 KiB; for `setup` the line for the user. */
  body: string;
  /** Node's error code for `network`: `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND` … */
  code?: string;
  /** `timeout`: the limit that has passed, milliseconds. */
  limitMs?: number;
  /** True when the request was translated: its 400 is ccmux's fault. */
  translated: boolean;
};

/** Thrown by a provider's `send`, and by its reply's body, when the upstream failed. */
export class UpstreamError extends Error {
  override name = 'UpstreamError';
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(`upstream ${failure.cause}${failure.status === undefined ? '' : ` ${failure.status}`}`, options);
    this.failure = failure;
  }
}
