import { UpstreamError, type Failure, type Wire } from '../errors.ts';
import { asRecord } from './json.ts';

/**
 * What went wrong inside a stream, as facts. The AI SDK's errors are read by their shape, not by their class: they
 * come from packages that are loaded late. Their messages may hold the prompt, so only what the upstream said is kept.
 */
export function failureOf(error: unknown, wire: Wire): Failure {
  const known = upstreamErrorIn(error);
  if (known !== undefined) return known.failure;
  const fields = asRecord(error);
  const code = networkCode(error);
  if (code !== undefined && typeof fields['responseBody'] !== 'string') return failure(wire, 'network', { code });
  if (typeof fields['statusCode'] === 'number' && typeof fields['responseBody'] === 'string')
    return failure(wire, fields['statusCode'] >= 400 ? 'status' : 'stream', {
      status: fields['statusCode'],
      headers: lowerCase(fields['responseHeaders']),
      body: fields['responseBody'],
    });
  // A provider's stream error carries the raw one as `data`; a chat host's is the raw one itself.
  const said = asRecord('data' in fields && typeof fields['message'] === 'string' ? fields['data'] : error);
  if (isParseError(error)) return malformed(wire);
  if (error instanceof Error) {
    // The body ended in the middle: `terminated`, `other side closed`, `aborted`.
    if (fields['name'] === 'AI_APICallError') return failure(wire, 'network', { code: 'ECONNRESET' });
    return malformed(wire);
  }
  const status = statusOf(fields) ?? statusOf(said) ?? statusOf(asRecord(said['error']));
  return failure(wire, 'stream', { ...(status !== undefined && { status }), body: errorBody(said) });
}

/** A failure of ours, also where the AI SDK has put its own error around it. */
function upstreamErrorIn(error: unknown): UpstreamError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (at instanceof UpstreamError) return at;
  return undefined;
}

/** A failure that we found ourselves inside a 200. @param type a name for it, as an upstream's error would have one. */
export function streamFailure(wire: Wire, type: string, message: string): Failure {
  return failure(wire, 'stream', { body: JSON.stringify({ error: { type, message } }) });
}

function failure(wire: Wire, cause: Failure['cause'], facts: Partial<Failure>): Failure {
  return { wire, cause, headers: {}, body: '', translated: true, ...facts };
}

function malformed(wire: Wire): Failure {
  return streamFailure(wire, 'malformed_stream', 'the stream held something that its wire does not allow');
}

function errorBody(said: Record<string, unknown>): string {
  const body = 'error' in said ? said : { error: said };
  return JSON.stringify(body).slice(0, 65_536);
}

/** The HTTP status that an error inside a stream names: as `code` (OpenRouter, Gemini) or `status_code` (Groq). */
export function statusOf(fields: Record<string, unknown>): number | undefined {
  for (const key of ['statusCode', 'status_code', 'code', 'status']) {
    const value = Number(fields[key]);
    if (Number.isInteger(value) && value >= 400 && value <= 599) return value;
  }
  return undefined;
}

/** Node's code somewhere in the chain of causes: `ECONNREFUSED`, `UND_ERR_SOCKET` … */
export function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const code = (at as { code?: unknown }).code;
    if (
      typeof code === 'string' &&
      /^(E[A-Z]+|UND_ERR_[A-Z_]+|CERT_[A-Z_]+|[A-Z_]*_CERT[A-Z_]*|HPE_[A-Z_]+)$/.test(code)
    )
      return code;
    // Several addresses were tried, each with its own failure.
    if (at instanceof AggregateError) {
      const inner = at.errors.map(networkCode).find((found) => found !== undefined);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function isParseError(error: unknown): boolean {
  const name = asRecord(error)['name'];
  return name === 'AI_TypeValidationError' || name === 'AI_JSONParseError';
}

function lowerCase(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asRecord(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
