import { UpstreamError, type Defect, type Failure, type Wire } from '../errors.ts';
import { nodeCode } from '../ground/node-code.ts';
import { asRecord, parseJson } from './json.ts';
import { describeBody } from './wire-shape.ts';

/**
 * A failure inside a stream, as facts. The AI SDK's errors are recognised by shape, not by class, because the packages
 * are loaded late. Their messages may quote the prompt, so only the upstream's words are kept.
 */
export function failureOf(error: unknown, wire: Wire): Failure {
  const known = upstreamErrorIn(error);
  if (known !== undefined) return known.failure;
  const fields = asRecord(error);
  const code = networkCode(error);
  if (code !== undefined && typeof fields['responseBody'] !== 'string')
    return failure(wire, { cause: 'network', code });
  if (typeof fields['statusCode'] === 'number' && typeof fields['responseBody'] === 'string')
    return failure(wire, {
      cause: fields['statusCode'] >= 400 ? ('status' as const) : ('stream' as const),
      status: fields['statusCode'],
      headers: lowerCase(fields['responseHeaders']),
      body: fields['responseBody'],
    });
  // A provider's stream error carries the raw one as `data`; a chat host's is the raw one itself.
  const said = asRecord('data' in fields && typeof fields['message'] === 'string' ? fields['data'] : error);
  if (error instanceof Error) {
    // The body ended in the middle: `terminated`, `other side closed`, `aborted`.
    if (error.name === 'AI_APICallError' || error.name === 'AbortError')
      return failure(wire, { cause: 'network', code: 'ECONNRESET' });
    // What the AI SDK could not read; every other error is ccmux's own.
    if (error.name.startsWith('AI_')) return /finish reason/.test(error.message) ? endless(wire) : malformed(wire);
    return failure(wire, { cause: 'fault', code: error.name });
  }
  const status = statusOf(fields) ?? statusOf(said) ?? statusOf(asRecord(said['error']));
  return failure(wire, { cause: 'stream', ...(status !== undefined && { status }), body: errorBody(said) });
}

/** A failure that ccmux threw, also inside an error of the AI SDK. */
function upstreamErrorIn(error: unknown): UpstreamError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (at instanceof UpstreamError) return at;
  return undefined;
}

/** A host's own word is shown to the user, so a longer text is not kept. */
const MAX_CODE = 64;

/**
 * A 200 that holds no answer.
 * @param code the host's own word for it, or what came in place of a message.
 * @param message for the client, where a part of the answer has reached it already.
 */
export function answerFailure(wire: Wire, defect: Defect, code: string, message: string): Failure {
  return failure(wire, {
    cause: 'stream',
    defect,
    code: code.slice(0, MAX_CODE),
    body: JSON.stringify({ error: { type: code, message } }),
  });
}

/** A 200 with something else than a message. @param text the body, or as much of it as was read. */
export function noMessage(wire: Wire, text: string): Failure {
  // Only an error in JSON says more.
  const body = parseJson(text) === undefined ? '' : text.slice(0, 65_536);
  return failure(wire, { cause: 'stream', defect: 'no-message', code: describeBody(text), body });
}

/** A failure of that cause, without facts of its own. */
function failure<Facts extends Pick<Failure, 'cause'>>(wire: Wire, facts: Facts) {
  return { wire, headers: {}, body: '', translated: true, ...facts };
}

function malformed(wire: Wire): Failure {
  return answerFailure(wire, 'broken', 'malformed_stream', 'the stream held something that its wire does not allow');
}

function endless(wire: Wire): Failure {
  return answerFailure(wire, 'broken', 'no end', 'the stream ended before the answer did');
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
    const code: unknown = nodeCode(at);
    if (
      typeof code === 'string' &&
      /^(E[A-Z]+|ERR_[A-Z0-9_/]+|UND_ERR_[A-Z_]+|Z_[A-Z_]+|CERT_[A-Z_]+|[A-Z_]*_CERT[A-Z_]*|UNABLE_TO_[A-Z_]+|HPE_[A-Z_]+)$/.test(
        code,
      )
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

function lowerCase(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asRecord(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
