import { credentialOf } from '../claude/asker.ts';
import { lengthOf } from '../ground/pieces.ts';
import { ask, basicOf, joinUrl, relayHeaders } from './connection.ts';
import type { Provider } from './provider.ts';
import { MOST_REDIRECTS, readRedirect, refusedRedirect } from './redirect.ts';
import type { Upstream } from './upstream.ts';

const { Readable } = process.getBuiltinModule('node:stream');

/**
 * The user's own Claude: headers and body leave as they came, with the client's own credential, for the one host that
 * it is meant for. Redirects are followed within that host, as the client would have followed them.
 *
 * @param addressFor where a request with this credential is meant to go: host and path prefix.
 * @param withheldAt headers, in lower case, that are only there because of ccmux: an upstream at this address must not
 *   see them.
 */
export function createClaudeSend(
  addressFor: (credential: string | undefined) => string,
  upstream: Upstream,
  withheldAt: (address: string) => ReadonlySet<string> = () => new Set(),
): Provider['send'] {
  const placeOf = remembered(withheldAt);
  return async (request) => {
    let { method, body } = request;
    const place = placeOf(addressFor(credentialOf(request.rawHeaders)), request.path);
    const { withheld, basic } = place;
    let { url } = place;
    let { rawHeaders } = request;
    for (let count = 0; ; count++) {
      const headers = relayHeaders(rawHeaders, url, lengthOf(body), withheld);
      if (basic !== undefined && !hasAuthorization(headers)) headers.push('Authorization', basic);
      const answer = await ask(upstream.relay, request, { method, url, rawHeaders: headers, body });
      const redirect = readRedirect(answer, { url, method });
      if (!redirect) return { ...answer, warnings: [] };
      void answer.body.return!();
      if (!redirect.sameHost || count === MOST_REDIRECTS) {
        const refused = refusedRedirect(url, redirect.to);
        return { ...refused, body: Readable.from([refused.body]), warnings: [] };
      }
      url = redirect.to;
      if (redirect.asGet) [method, body, rawHeaders] = ['GET', [], withoutContent(rawHeaders)];
    }
  };
}

type Place = {
  address: string;
  path: string;
  url: URL;
  /** Of a gateway whose address holds a password. */
  basic: string | undefined;
  withheld: ReadonlySet<string>;
};

/** One request of a session goes where the one before has gone. */
function remembered(withheldAt: (address: string) => ReadonlySet<string>): (address: string, path: string) => Place {
  let last: Place | undefined;
  return (address, path) => {
    if (last?.address !== address || last.path !== path) {
      const url = joinUrl(address, path);
      last = { address, path, url, basic: basicOf(url), withheld: withheldAt(address) };
    }
    return last;
  };
}

function hasAuthorization(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization');
}

function withoutContent(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, i) => !/^content-/i.test(rawHeaders[i - (i % 2)]!));
}
