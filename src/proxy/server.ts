import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  /** Told of a fault that a route did not handle. */
  onFault(fault: unknown): void;
};

export type ProxyServer = {
  /** `http://127.0.0.1:<port>/<token>`: the secret is in the path, so the address is a secret. */
  url: string;
  token: string;
  close(): Promise<void>;
};

/** Clients keep connections for minutes between turns: closing one under a request would be an error of our making. */
const KEEP_ALIVE_MS = 600_000;

/**
 * Listens on a random port of the loopback interface. A request without the token, for another host's name, or from
 * a page of another origin gets a bare 404, as if nothing were here: this check fails closed.
 */
export async function startServer(routes: Routes): Promise<ProxyServer> {
  const token = randomBytes(32).toString('base64url');
  let origin = '';
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    const path = admit(request, token, origin);
    if (path === undefined) return void response.writeHead(404).end();
    route(routes, request, response, path).catch((fault: unknown) => {
      routes.onFault(fault);
      if (response.headersSent) response.destroy();
      else respondWithFault(response);
    });
  });
  // Nobody upgrades a connection here, and a hostile page must not learn that something listens.
  server.on('upgrade', (_request, socket) => socket.destroy());
  await listen(server);
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/${token}`,
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

/** @returns the path behind the token, or undefined for whoever may not come in. */
function admit({ url = '/', headers }: IncomingMessage, token: string, origin: string): string | undefined {
  const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(url) ?? [];
  if (!isSame(first, token)) return undefined;
  // A name that merely resolves to 127.0.0.1 is how a page of another site would get here (DNS rebinding).
  if (
    headers.host !== origin.slice('http://'.length) &&
    headers.host !== origin.slice('http://'.length).replace('127.0.0.1', 'localhost')
  ) {
    return undefined;
  }
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return undefined;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
}

/** In constant time, so that the time of a refusal tells nothing about the token. */
function isSame(given: string, token: string): boolean {
  const padded = Buffer.alloc(token.length);
  padded.write(given, 'latin1');
  return timingSafeEqual(padded, Buffer.from(token, 'latin1')) && given.length === token.length;
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
