import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { MOST_HEADER_BYTES } from '../ground/header-size.ts';
import type { Pieces } from '../ground/pieces.ts';
import { chunksOf } from './chunks.ts';
import { createDirect, type Answer, type DirectRequest } from './direct.ts';
import { proxyOfOthers } from './proxy-of.ts';
import { createTrust, type TlsOptions } from './trust.ts';
import { lateError, PROXY_CODE, statusError, toError, type UpstreamRequest } from './upstream-request.ts';

// `import 'node:http'` also loads Node's bundled undici (some 30 ms); the built-in module alone is a tenth of that.
const http = process.getBuiltinModule('node:http');
/** Loaded with the first use: it takes 10 ms, and the launch does not need it. */
const https = () => process.getBuiltinModule('node:https');
const { Readable } = process.getBuiltinModule('node:stream');
const { urlToHttpOptions } = process.getBuiltinModule('node:url');

export type Relay = (request: DirectRequest) => Promise<Answer>;

export type Upstream = {
  /**
   * Sends a request and resolves with the response as soon as its headers are there; nothing is decompressed.
   * @throws Node's own error (`code`: ECONNREFUSED …), code `CCMUX_TIMEOUT`, or the signal's reason.
   */
  send(request: UpstreamRequest): Promise<IncomingMessage>;
  /** The same with less around it: the requests of a session go this way. */
  relay: Relay;
  /** The same client as a `fetch`, for keys and lists of models. */
  fetch: typeof globalThis.fetch;
  /** The agent for a host, for code that opens its own connections. */
  agentFor(url: URL): Promise<RequestOptions['agent']>;
  /** Prepares the first request to this address. Never fails. */
  prepare(url: URL): Promise<void>;
  close(): void;
};

/**
 * An idle connection is not used again after this time, or after what its host says in `Keep-Alive` (Node reads it): one
 * that a load balancer has dropped would swallow the request.
 */
const IDLE_MS = 30_000;

/**
 * The only HTTP client for providers: keeps connections alive and uses the user's `HTTPS_PROXY` and `NO_PROXY`.
 * @param env holds the proxy variables.
 * @param connectTimeoutMs of `fetch`; 0: no limit.
 * @param tlsOptions the TLS options: read when the first https connection is opened or prepared.
 * @param proxyOf which hosts are asked by the user's proxy.
 */
export function createUpstream(
  env: NodeJS.ProcessEnv,
  connectTimeoutMs = 0,
  tlsOptions: () => TlsOptions = createTrust(env).forOthers,
  proxyOf = proxyOfOthers(env),
): Upstream {
  const plain = new http.Agent({ keepAlive: true, timeout: IDLE_MS });
  let secure: HttpsAgent | undefined;
  const direct = createDirect(IDLE_MS, tlsOptions);
  const byProxy = new Map<string, Promise<RequestOptions['agent']>>();

  // `proxy-agent` would look for the host in the headers, and finds none where they are sent as they came.
  const openProxy = async (proxy: string, options: object = {}): Promise<RequestOptions['agent']> => {
    const { ProxyAgent } = await import('proxy-agent');
    // Read with the first connection, which then fails where it is no address.
    return new ProxyAgent({ getProxyForUrl: () => decodable(proxy), ...options, ...tlsOptions() });
  };

  const agentFor = async (url: URL): Promise<RequestOptions['agent']> => {
    const proxy = proxyOf(url);
    if (proxy === undefined) {
      if (url.protocol !== 'https:') return plain;
      return (secure ??= new (https().Agent)({ keepAlive: true, timeout: IDLE_MS, ...tlsOptions() }));
    }
    const known = byProxy.get(proxy) ?? openProxy(proxy, { keepAlive: true });
    byProxy.set(proxy, known);
    return known;
  };

  const once = (request: UpstreamRequest, agent: RequestOptions['agent']) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const { url, signal } = request;
      const outgoing = (url.protocol === 'https:' ? https() : http).request({
        ...placeOf(url),
        method: request.method,
        agent,
        maxHeaderSize: MOST_HEADER_BYTES,
        // An array keeps order, case and repeated names. An agent that puts an http request into a proxy's form writes
        // the headers anew, and knows only the form of an object.
        headers: agent !== plain && url.protocol === 'http:' ? headersOf(request.rawHeaders) : request.rawHeaders,
      });
      // Not by the error event: Node keeps that back until there is a socket, and a proxy that is silent brings none.
      const giveUp = (error: Error) => {
        outgoing.destroy(error);
        fail(error);
      };
      const timer =
        request.firstByteTimeoutMs &&
        setTimeout(() => {
          giveUp(lateError('no response headers in time'));
        }, request.firstByteTimeoutMs);
      let connecting: NodeJS.Timeout | undefined;
      const limitMs = request.connectTimeoutMs;
      if (limitMs) {
        connecting = setTimeout(() => {
          giveUp(lateError('no connection in time', limitMs));
        }, limitMs);
        outgoing.once('socket', (socket) => {
          const connected = () => clearTimeout(connecting);
          if (!socket.connecting) return connected();
          socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
        });
      }
      const abort = () => giveUp(toError(signal?.reason));
      const settle = () => {
        if (timer) clearTimeout(timer);
        clearTimeout(connecting);
      };
      const fail = (error: Error) => {
        settle();
        signal?.removeEventListener('abort', abort);
        reject(error);
      };
      outgoing.once('response', (response) => {
        settle();
        // The signal stays armed until the body has ended: a client that hangs up closes the upstream at once.
        response.once('close', () => signal?.removeEventListener('abort', abort));
        resolve(response);
      });
      // Without a listener Node would close the connection and tell nobody.
      outgoing.once('upgrade', (response, socket) => {
        socket.destroy();
        fail(statusError(response.statusCode ?? 101));
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        fail(Object.assign(error, { reusedSocket: outgoing.reusedSocket }));
      });
      if (request.onSent) outgoing.once('finish', request.onSent);
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      if (Array.isArray(request.body)) {
        // They leave in one write: the socket is given out after this.
        for (const piece of request.body as Pieces) outgoing.write(piece);
        outgoing.end();
      } else outgoing.end(request.body as Exclude<typeof request.body, Pieces>);
    });

  /** A fresh agent: the other connections in the pool may be dead as well. */
  const freshAgent = async (url: URL): Promise<RequestOptions['agent']> => {
    const proxy = proxyOf(url);
    if (proxy !== undefined) return openProxy(proxy);
    return url.protocol === 'https:' ? new (https().Agent)(tlsOptions()) : new http.Agent();
  };

  const send = async (request: UpstreamRequest): Promise<IncomingMessage> => {
    try {
      return await once(request, await agentFor(request.url));
    } catch (error) {
      // A kept-alive connection that closed while idle does not mean that the server is down:
      // https://nodejs.org/api/http.html#requestreusedsocket recommends to ask again on a new one.
      const fault = error as NodeJS.ErrnoException & { reusedSocket?: boolean };
      if (fault.reusedSocket && (fault.code === 'ECONNRESET' || fault.code === 'EPIPE') && !request.signal?.aborted) {
        return once(request, await freshAgent(request.url));
      }
      throw proxyOf(request.url) === undefined || request.signal?.aborted ? error : ofProxy(fault);
    }
  };

  const relayViaProxy = async (request: DirectRequest): Promise<Answer> => {
    const response = await send(request);
    return { status: response.statusCode ?? 502, rawHeaders: response.rawHeaders, body: chunksOf(response) };
  };

  const fetchUpstream: typeof globalThis.fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const rawHeaders = ['host', url.host, ...[...new Headers(init.headers)].flat()];
    const sent = init.body as string | Uint8Array | undefined;
    if (sent !== undefined) rawHeaders.push('content-length', String(Buffer.byteLength(sent)));
    let response: IncomingMessage;
    try {
      response = await send({
        method: init.method ?? 'GET',
        url,
        rawHeaders,
        body: sent,
        signal: init.signal ?? undefined,
        connectTimeoutMs,
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      // The shape of the standard `fetch`'s own failure, which its callers look for.
      throw new TypeError('fetch failed', { cause: error });
    }
    const status = response.statusCode ?? 502;
    // The standard's Response accepts no others.
    if (status > 599) {
      response.destroy();
      throw new TypeError('fetch failed', { cause: statusError(status) });
    }
    const headers = new Headers();
    for (let i = 0; i < response.rawHeaders.length; i += 2) {
      headers.append(response.rawHeaders[i]!, response.rawHeaders[i + 1]!);
    }
    const bodyless = status === 204 || status === 205 || status === 304;
    if (bodyless) response.resume();
    return new Response(bodyless ? null : (Readable.toWeb(response) as unknown as ReadableStream), { status, headers });
  };

  return {
    send,
    relay: (request) => (proxyOf(request.url) === undefined ? direct.send(request) : relayViaProxy(request)),
    fetch: fetchUpstream,
    agentFor,
    async prepare(url) {
      await agentFor(url).catch(() => {});
    },
    close() {
      direct.close();
      plain.destroy();
      secure?.destroy();
    },
  };
}

/**
 * A proxy that breaks off, or an address of one that cannot be read, is no fault of ccmux's, although it comes without a
 * code. Its words may hold the proxy's password.
 */
function ofProxy(error: NodeJS.ErrnoException): Error {
  const has = error.code !== undefined && error.code !== 'ERR_INVALID_URL';
  return has ? error : Object.assign(new Error('the proxy failed'), { code: PROXY_CODE });
}

/**
 * A password with a `%` that begins no escape is taken as it stands, as curl does. The agent would decode it when its
 * socket is open already, and nobody would hear that socket's error.
 */
function decodable(proxy: string): string {
  const url = new URL(proxy);
  for (const part of ['username', 'password'] as const) {
    try {
      decodeURIComponent(url[part]);
    } catch {
      url[part] = url[part].replaceAll('%', '%25');
    }
  }
  return url.href;
}

const places = new WeakMap<URL, ReturnType<typeof urlToHttpOptions>>();

/** What Node makes of an address for a request. Most requests go to the same one. */
function placeOf(url: URL): ReturnType<typeof urlToHttpOptions> {
  const place = places.get(url) ?? urlToHttpOptions(url);
  places.set(url, place);
  return place;
}

function headersOf(rawHeaders: readonly string[]): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!] = rawHeaders[i + 1];
  return headers;
}
