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

/** Messages that more than one command uses. */
export const messages = {
  claudeNotFound: () =>
    'claude was not found on your PATH. Install Claude Code with: npm install -g @anthropic-ai/claude-code',
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
  /**
   * `status`: an error status. `stream`: a 200 with an error in it, or with no answer (see `defect`). `network`: no or a broken connection. `timeout`: silence.
   * `fault`: an exception of our own.
   * `setup`: nothing was sent, because something is missing here that the user can mend (a package, a key command).
   */
  cause: 'status' | 'stream' | 'network' | 'timeout' | 'fault' | 'setup';
  /** For `stream`: what is wrong with an answer that names no error itself. */
  defect?: Defect;
  /** The HTTP status, where one came. */
  status?: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The error's body as text (JSON where the wire speaks JSON), at most 64 KiB; for `setup` the line for the user. */
  body: string;
  /**
   * For `network` Node's error code: `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND` … With a `defect` the host's own word
   * (`SAFETY`), or what came in place of a message (`an HTML page`). For `fault` the exception's name.
   */
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
