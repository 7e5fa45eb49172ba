import { type Failure, UpstreamError } from '../errors.ts';
import type { Provider, Reply } from './provider.ts';

/** A gateway that redirects more often than this is a loop. */
export const MOST_REDIRECTS = 5;

/** The target of a redirect; undefined for any other answer. */
export type Redirect = {
  to: URL;
  /** True for a target on the same origin, or its https: the same host sees the request. */
  sameHost: boolean;
  /** `fetch` asks again without a body (RFC 9110, 15.4; https://fetch.spec.whatwg.org/#http-redirect-fetch). */
  asGet: boolean;
};

const STATUSES = new Set([301, 302, 303, 307, 308]);

/** @param asked the address and method of the request. */
export function readRedirect(
  { status, rawHeaders }: { status: number; rawHeaders: readonly string[] },
  asked: { url: URL; method: string },
): Redirect | undefined {
  if (!STATUSES.has(status)) return undefined;
  const location = locationIn(rawHeaders);
  const to = location === undefined ? null : URL.parse(location, asked.url.href);
  if (!to) return undefined;
  const upgraded = asked.url.protocol === 'http:' && to.protocol === 'https:' && to.hostname === asked.url.hostname;
  const asGet =
    (status === 303 && asked.method !== 'GET' && asked.method !== 'HEAD') ||
    ((status === 301 || status === 302) && asked.method === 'POST');
  return { to, sameHost: upgraded || to.origin === asked.url.origin, asGet };
}

/**
 * The client's error in place of a redirect that ccmux does not follow: the client would send its key and the
 * conversation along. Not 421 (Misdirected Request), which `fetch` answers by asking again; the client does not retry a
 * 422.
 */
export function refusedRedirect(asked: URL, to: URL): { status: number; rawHeaders: string[]; body: Buffer } {
  const why =
    to.host === asked.host && to.protocol === asked.protocol
      ? 'in a circle'
      : `to ${to.origin}, and ccmux sends your credential to no address that you did not name`;
  const message = `${asked.host} redirects ${why}. If that is where Claude is, set ANTHROPIC_BASE_URL to it.`;
  const body = Buffer.from(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }));
  const rawHeaders = ['content-type', 'application/json', 'x-should-retry', 'false'];
  return { status: 422, rawHeaders, body };
}

/**
 * A fallback that redirects has failed: the client would follow, and carry the user's own key and the conversation to
 * whatever host the fallback names.
 */
export function withoutRedirects(
  send: Provider['send'],
  facts: Pick<Failure, 'wire' | 'translated'>,
): Provider['send'] {
  return async (request) => {
    const reply = await send(request);
    if (reply.status < 300 || reply.status >= 400) return reply;
    void discard(reply);
    const location = locationIn(reply.rawHeaders);
    const headers = location === undefined ? {} : { location };
    throw new UpstreamError({ ...facts, cause: 'status', status: reply.status, headers, body: '' });
  };
}

function locationIn(rawHeaders: readonly string[]): string | undefined {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'location');
  return at < 0 ? undefined : rawHeaders[at + 1];
}

/** Begins to read, because only then does leaving close the connection. */
async function discard({ body }: Reply): Promise<void> {
  try {
    for await (const _ of body) break;
  } catch {
    // The body is not needed.
  }
}
