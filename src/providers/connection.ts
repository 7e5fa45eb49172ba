import { type Failure, UpstreamError } from '../errors.ts';
import { nodeCode } from '../ground/node-code.ts';
import type { Pieces } from '../ground/pieces.ts';
import type { DirectRequest } from './direct.ts';
import type { ProviderRequest } from './provider.ts';
import { statusErrorOf, TIMEOUT_CODE } from './upstream-request.ts';

/** Hop-by-hop (RFC 9110, 7.6.1); `host` and `content-length` are written anew because they belong to one connection. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Sends one request to a host of Anthropic's wire, in the name of a request of the client.
 * @param send an upstream's way to send.
 * @throws UpstreamError when no answer came, or the signal's reason when the client hung up.
 */
export function ask<Answer>(
  send: (request: DirectRequest) => Promise<Answer>,
  request: Pick<ProviderRequest, 'signal' | 'connectTimeoutMs' | 'onSent'>,
  { method, url, rawHeaders, body }: { method: string; url: URL; rawHeaders: string[]; body: Pieces },
): Promise<Answer> {
  const { signal, connectTimeoutMs, onSent } = request;
  return send({ method, url, rawHeaders, body, signal, connectTimeoutMs, onSent }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new UpstreamError(connectionFailure(error), { cause: error });
  });
}

/** What Node says of a connection that failed, as the facts of a failure. */
function connectionFailure(error: unknown): Failure {
  const facts = { wire: 'anthropic', headers: {}, body: '', translated: false } as const;
  const status = statusErrorOf(error);
  if (status !== undefined) return { ...facts, cause: 'status', status };
  const code = nodeCode(error);
  const { name, limitMs } = error as Error & { limitMs?: number };
  // Node's connection errors have a code; an error without one is ccmux's own.
  if (code === undefined) return { ...facts, cause: 'fault', code: name };
  return { ...facts, cause: code === TIMEOUT_CODE ? 'timeout' : 'network', code, ...(limitMs && { limitMs }) };
}

/** `https://host/prefix` and `/v1/messages?beta=true` → one address, whether or not the prefix ends in a slash. */
export function joinUrl(baseUrl: string, path: string): URL {
  return new URL(baseUrl.replace(/\/+$/, '') + path);
}

/** The user and password of an address, as a client sends them; undefined: it has none. */
export function basicOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * The client's headers for another connection: all but hop-by-hop ones, in order and case, `host` in its place.
 * @param withheld further ones to leave out, in lower case.
 */
export function relayHeaders(
  rawHeaders: readonly string[],
  url: URL,
  length: number,
  withheld: ReadonlySet<string> = NOTHING,
): string[] {
  const kept: string[] = [];
  let hasLength = false;
  let named: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    let value = rawHeaders[i + 1]!;
    const lower = name.toLowerCase();
    if (lower === 'connection') named = namedBy(value, named);
    if (HOP_BY_HOP.has(lower) || withheld.has(lower)) continue;
    if (lower === 'host') value = url.host;
    if (lower === 'content-length') {
      hasLength = true;
      value = String(length);
    }
    kept.push(name, value);
  }
  // A chunked body has been gathered by now, so that its length is known.
  if (!hasLength && length > 0) kept.push('Content-Length', String(length));
  return named === undefined ? kept : kept.filter((_, i) => !named.has(kept[i - (i % 2)]!.toLowerCase()));
}

/** The headers that the sender declares to be for this connection alone; usually none beside the two common words. */
function namedBy(connection: string, before: Set<string> | undefined): Set<string> | undefined {
  if (/^(?:keep-alive|close)$/i.test(connection)) return before;
  return new Set([...(before ?? []), ...connection.split(',').map((name) => name.trim().toLowerCase())]);
}
