import { type Failure, UpstreamError } from '../errors.ts';
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
export async function ask<Answer>(
  send: (request: DirectRequest) => Promise<Answer>,
  request: Pick<ProviderRequest, 'signal' | 'connectTimeoutMs' | 'onSent'>,
  { method, url, rawHeaders, body }: { method: string; url: URL; rawHeaders: string[]; body: Pieces },
): Promise<Answer> {
  const { signal, connectTimeoutMs, onSent } = request;
  try {
    return await send({ method, url, rawHeaders, body, signal, connectTimeoutMs, onSent });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new UpstreamError(connectionFailure(error), { cause: error });
  }
}

/** What Node says of a connection that failed, as the facts of a failure. */
function connectionFailure(error: unknown): Failure {
  const facts = { wire: 'anthropic', headers: {}, body: '', translated: false } as const;
  const status = statusErrorOf(error);
  if (status !== undefined) return { ...facts, cause: 'status', status };
  const { code, name, limitMs } = error as NodeJS.ErrnoException & { limitMs?: number };
  // Node's connection errors have a code; an error without one is ccmux's own.
  if (code === undefined) return { ...facts, cause: 'fault', code: name };
  return { ...facts, cause: code === TIMEOUT_CODE ? 'timeout' : 'network', code, ...(limitMs && { limitMs }) };
}

/** `https://host/prefix` and `/v1/messages?beta=true` → one address, whether or not the prefix ends in a slash. */
export function joinUrl(baseUrl: string, path: string): URL {
  return new URL(baseUrl.replace(/\/+$/, '') + path);
}

/** The client's headers for another connection: all but hop-by-hop ones, in order and case, `host` in its place. */
export function relayHeaders(rawHeaders: readonly string[], url: URL, length: number): string[] {
  const named = namedByConnection(rawHeaders);
  const kept: string[] = [];
  let hasLength = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named?.has(lower)) continue;
    if (lower === 'content-length') hasLength = true;
    kept.push(name, lower === 'host' ? url.host : lower === 'content-length' ? String(length) : rawHeaders[i + 1]!);
  }
  // A chunked body has been gathered by now, so that its length is known.
  if (!hasLength && length > 0) kept.push('Content-Length', String(length));
  return kept;
}

/** The headers that the sender declares to be for this connection alone; usually none beside the two common words. */
function namedByConnection(rawHeaders: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^connection$/i.test(rawHeaders[i]!) || /^(?:keep-alive|close)$/i.test(rawHeaders[i + 1]!)) continue;
    named ??= new Set();
    for (const name of rawHeaders[i + 1]!.split(',')) named.add(name.trim().toLowerCase());
  }
  return named;
}
