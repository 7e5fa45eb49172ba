/** The wires that an answer can come over, and what each of their hosts says when it has trouble. */
export const WIRES = ['claude', 'relay', 'gemini', 'chat', 'openai'] as const;

export type Wire = (typeof WIRES)[number];

const envelope = (type: string, message: string) => ({ type: 'error', error: { type, message } });

/** An error's body in the host's own words. */
export function errorBody(wire: Wire, status: number): string {
  const message = `status ${status} in words of ${wire}`;
  switch (wire) {
    case 'claude':
    case 'relay': {
      const type =
        { 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 413: 'request_too_large' }[
          status
        ] ?? (status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'api_error');
      return JSON.stringify(envelope(type, message));
    }
    case 'gemini':
      return JSON.stringify({ error: { code: status, message, status: 'UNKNOWN' } });
    case 'chat':
    case 'openai':
      return JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } });
  }
}

/** An error as it stands inside a stream. */
export function errorFrame(wire: Wire): string {
  switch (wire) {
    case 'claude':
    case 'relay':
      return `event: error\ndata: ${JSON.stringify(envelope('overloaded_error', 'Overloaded'))}\n\n`;
    case 'gemini':
      return `${JSON.stringify({ error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }, null, 2)}\n`;
    case 'chat':
      return `data: ${JSON.stringify({ error: { message: 'overloaded', type: 'server_error', code: null } })}\n\n`;
    case 'openai':
      return `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 9, error: { type: 'server_error', code: 'server_error', message: 'overloaded' } })}\n\n`;
  }
}
