import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MOST_HEADER_BYTES } from '../ground/header-size.ts';

const http = process.getBuiltinModule('node:http');
const { randomBytes, timingSafeEqual } = process.getBuiltinModule('node:crypto');

/** Who answers what, once a request has shown that it may use the port. `path` never holds the token. */
export type Routes = {
  /** `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
  exchange(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Whatever is below `/ccmux`: the page, the hooks, `use`. `path` begins behind it. */
  control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Every other path of the API: needs no decision. */
  relay(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** `HEAD /api/hello` and `HEAD /`: the client has been answered, and looks at no answer of the upstream's. */
  greet(request: IncomingMessage, path: string): Promise<void>;
  /** Called with a fault that a route did not handle. */
  onFault(fault: unknown): void;
};

export type ProxyServer = {
  /** `http://127.0.0.1:<port>/<token>`: the secret is in the path, so the address is a secret. */
  url: string;
  token: string;
  close(): Promise<void>;
};

/** How long a client may take for what, milliseconds. */
type ServerLimits = {
  /** For the headers of a request, from the opening of its connection. */
  headers: number;
  /** Between two pieces of a request's body. */
  body: number;
  /** Between two requests of one connection. */
  idle: number;
  /** How often connections are looked through for those that take too long over their headers. */
  check: number;
};

const LIMITS: ServerLimits = {
  headers: 60_000,
  body: 60_000,
  // Clients keep connections for minutes between turns: closing one under a request would be an error of our making.
  idle: 600_000,
  check: 30_000,
};

/**
 * Listens on a random port of the loopback interface. A request without the token, for another host's name, or from
 * a page of another origin gets a bare 404, as if nothing were here: this check fails closed.
 */
export async function startServer(routes: Routes, limits = LIMITS): Promise<ProxyServer> {
  const token = randomBytes(32).toString('base64url');
  const isToken = comparison(token);
  /** How the server is named in a request that is meant for it. */
  let authorities: readonly string[] = [];
  const options = {
    keepAliveTimeout: limits.idle,
    headersTimeout: limits.headers,
    connectionsCheckingInterval: limits.check,
    // An upload may take as long as the user's line takes for it, as long as it moves.
    requestTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
  };
  const server = http.createServer(options, (request, response) => {
    endHalfSent(request, limits.body);
    const path = admit(request, isToken, authorities);
    if (path === undefined) return void response.writeHead(404).end();
    route(routes, request, response, path).catch((fault: unknown) => {
      routes.onFault(fault);
      if (response.headersSent) response.destroy();
      else respondWithFault(response);
    });
  });
  // Without a listener for `upgrade`, a request that offers one is answered as any other (RFC 9110, 7.8): Java's client
  // offers HTTP/2 with each request to an `http:` address.
  await listen(server);
  const { port } = server.address() as AddressInfo;
  authorities = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    url: `http://127.0.0.1:${port}/${token}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
}

/** Ends a connection whose client stopped in the middle of a body. If bytes wait to be read, the client did not stop. */
function endHalfSent(request: IncomingMessage, ms: number): void {
  // A small body is there with its headers.
  setImmediate(() => {
    if (request.complete || request.destroyed) return;
    const { socket } = request;
    request.setTimeout(ms, () => {
      if (!request.complete && request.readableLength === 0) socket.destroy();
    });
    // Behind an answer Node has set its own limit, which stays.
    request.once('end', () => void (socket.timeout === ms && socket.setTimeout(0)));
  });
}

/** @returns the path after the token, or undefined if the request is not allowed in. */
function admit(
  { url = '/', headers, rawHeaders }: IncomingMessage,
  isToken: (given: string) => boolean,
  authorities: readonly string[],
): string | undefined {
  const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(url) ?? [];
  if (!isToken(first)) return undefined;
  // Node shows the first of two `Host` headers; another reader of the request may use the second.
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.length === 4 && /^host$/i.test(rawHeaders[i]!)) hosts++;
  if (hosts !== 1) return undefined;
  // A name that merely resolves to 127.0.0.1 is how a page of another site would get here (DNS rebinding).
  if (!authorities.includes(headers.host!)) return undefined;
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return undefined;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
}

/** In constant time, so that the time of a refusal tells nothing about the token. */
function comparison(token: string): (given: string) => boolean {
  const right = Buffer.from(token, 'latin1');
  const padded = Buffer.alloc(right.length);
  return (given) => {
    padded.fill(0).write(given, 'latin1');
    return timingSafeEqual(padded, right) && given.length === token.length;
  };
}

async function route(routes: Routes, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const [pathname = '/'] = path.split('?');
  // Claude Code asks whether anybody is there, before and beside its real requests (observed: 2.1.197 and 2.1.330).
  if (request.method === 'HEAD' && (pathname === '/' || pathname === '/api/hello')) {
    response.writeHead(200).end();
    return routes.greet(request, path);
  }
  if (pathname === '/ccmux' || pathname.startsWith('/ccmux/'))
    return routes.control(request, response, path.slice('/ccmux'.length));
  if (request.method === 'POST' && /^\/v1\/messages(\/count_tokens)?$/.test(pathname))
    return routes.exchange(request, response, path);
  return routes.relay(request, response, path);
}

/** Anthropic's envelope, so that the client reads it and tries again. */
function respondWithFault(response: ServerResponse): void {
  const message = 'ccmux met a fault of its own; trying again may help. `ccmux report` names it.';
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }));
}
