/**
 * Server-side threads (beta `message-threads-2026-08-12`; off in 2.1.330 unless `CLAUDE_CODE_TETHER_LIVE=1` or a switch
 * of Anthropic's says otherwise): a request with `thread: {type: "continue", previous_message_id}` holds only the
 * messages since that answer, and Claude keeps the rest. For any other provider such a body lacks the beginning of the
 * conversation, so it must not be sent.
 */
export function isContinued(request: { thread?: unknown; [field: string]: unknown }): boolean {
  return (request.thread as { type?: unknown } | undefined)?.type === 'continue';
}

/**
 * Claude's own answer where it does not know a thread. The client then sends the same request with all of its messages,
 * at once and without a word to the user (2.1.330, `thread: {type: "create"}`), and that one anybody can answer.
 */
export function threadNotFound(): { status: number; headers: [string, string][]; body: string } {
  const error = {
    type: 'not_found_error',
    message: 'thread_not_found: the provider that is to answer does not have this thread',
    details: { error_code: 'thread_not_found' },
  };
  return {
    status: 404,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ type: 'error', error }),
  };
}
