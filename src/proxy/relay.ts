import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable as ReadableStream } from 'node:stream';
import type { createProxyServer } from 'http-proxy';
import { credentialOf } from '../claude/asker.ts';
import type { Limits } from '../failover/situation.ts';
import { MOST_HEADER_BYTES } from '../ground/header-size.ts';
import { basicOf, joinUrl, relayHeaders } from '../providers/connection.ts';
import { MOST_REDIRECTS, readRedirect, refusedRedirect } from '../providers/redirect.ts';
import type { Upstream } from '../providers/upstream.ts';
import { lateError, TIMEOUT_CODE } from '../providers/upstream-request.ts';
import { forClient } from './client.ts';

const { Readable } = process.getBuiltinModule('node:stream');

/** Anthropic's request limit (platform docs, errors): a larger body is not kept for a retry. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;

/** The time limit of Claude's address, milliseconds; 0: none. */
type RelayLimits = Pick<Limits, 'connect' | 'whole'>;

/** The default export: a bundled CommonJS package has no other. */
export const loadRelay = async () => (await import('http-proxy')).default;

/**
 * Passes every path that needs no decision (model lists, file uploads …) to Claude's own address. Redirects are
 * followed within that host. `http-proxy` is loaded when the first such request comes: most sessions have none.
 *
 * @param addressFor where a request with this credential is meant to go; a path prefix is kept.
 * @param limits `whole`: how long nothing may come or go. An upload that moves may take as long as it needs.
 */
export function createRelay(
  addressFor: (credential: string | undefined) => string,
  upstream: Upstream,
  limits: RelayLimits,
) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const { createProxyServer } = await loadRelay();
    let url = joinUrl(addressFor(credentialOf(request.rawHeaders)), path);
    const basic = basicOf(url);
    if (basic !== undefined) request.headers.authorization ??= basic;
    offerNoUpgrade(request.headers);
    let again: Buffer | undefined;
    let sent: Promise<Buffer | undefined> | undefined;
    for (let count = 0; ; count++) {
      const agent = await upstream.agentFor(url);
      const proxy = createProxyServer({
        target: url.origin,
        changeOrigin: true,
        xfwd: false,
        selfHandleResponse: true,
        connectTimeout: limits.connect,
        // `http-proxy` passes these on as the options of its own request.
        ssl: { maxHeaderSize: MOST_HEADER_BYTES },
        ...(agent && { agent }),
        ...(again && { buffer: once(again) }),
      });
      request.url = url.pathname + url.search;
      // A data listener starts the flow, so it must not be added before the proxy reads.
      sent ??= keepBody(request);
      const answer = await forward(proxy, request, response, url, limits);
      if (!answer) return;

      const { statusCode: status = 502, rawHeaders } = answer;
      const redirect = readRedirect({ status, rawHeaders }, { url, method: request.method ?? 'GET' });
      if (!redirect) return deliver(answer, response);
      answer.resume();
      const whole = await sent;
      if (!redirect.sameHost || count === MOST_REDIRECTS || !whole) {
        const refused = refusedRedirect(url, redirect.to);
        return void response.writeHead(refused.status, refused.rawHeaders).end(refused.body);
      }
      url = redirect.to;
      again ??= whole;
      if (redirect.asGet) {
        again = Buffer.alloc(0);
        request.method = 'GET';
        for (const name of Object.keys(request.headers)) if (name.startsWith('content-')) delete request.headers[name];
      }
    }
  };
}

/**
 * Hands on the greeting with which the client opens a connection before it needs one: the first request then finds
 * ours open too. Nobody waits for what comes of it.
 *
 * @param addressFor and `limits` as for `createRelay`.
 */
export function createGreeting(
  addressFor: (credential: string | undefined) => string,
  upstream: Upstream,
  { connect, whole }: RelayLimits,
) {
  return async ({ method = 'HEAD', rawHeaders }: IncomingMessage, path: string): Promise<void> => {
    let url = joinUrl(addressFor(credentialOf(rawHeaders)), path);
    for (let count = 0; count <= MOST_REDIRECTS; count++) {
      const inTime = { connectTimeoutMs: connect, firstByteTimeoutMs: whole };
      const request = { method, url, rawHeaders: relayHeaders(rawHeaders, url, 0), ...inTime };
      const answer = await upstream.relay(request).catch(() => undefined);
      // Read to its end: only then is the connection kept.
      await answer?.body.next().catch(() => {});
      const redirect = answer && readRedirect(answer, request);
      if (!redirect?.sameHost) return;
      url = redirect.to;
    }
  };
}

/** No connection is handed over to another protocol: the host answers as to any other request (RFC 9110, 7.8). */
function offerNoUpgrade(headers: IncomingMessage['headers']): void {
  delete headers.upgrade;
  delete headers['http2-settings'];
  if (/\bupgrade\b/i.test(headers.connection ?? '')) headers.connection = 'keep-alive';
}

/** @returns nothing where no answer came, or the client has left: then it has been told. */
function forward(
  proxy: ReturnType<typeof createProxyServer<typeof IncomingMessage, typeof ServerResponse, Error>>,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { connect, whole }: RelayLimits,
): Promise<IncomingMessage | undefined> {
  const refuse = (error: NodeJS.ErrnoException) => {
    if (response.writableEnded) return;
    // As a broken connection looks to the client without ccmux.
    if (response.headersSent) return void response.destroy();
    const refused = refusalOf(url, error, whole);
    response.writeHead(refused.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: refused.error }));
  };
  return new Promise((resolve) => {
    // The event comes with a socket (but for `expect`), and a proxy of the user's that is silent brings none.
    const limited = connect > 0 && request.headers.expect === undefined;
    const late = limited && setTimeout(() => refuse(lateError('no connection in time', connect)), connect);
    const stop = () => void (late && clearTimeout(late));
    response.once('close', () => {
      stop();
      resolve(undefined);
    });
    proxy.once('proxyReq', (outgoing) => {
      stop();
      if (response.writableEnded) return void outgoing.destroy();
      // Nobody else would learn of a 101, and the client would wait for ever.
      outgoing.once('upgrade', (_answer, socket) => {
        socket.destroy();
        refuse({ name: 'Error', message: 'it answered 101, which nobody asked for' });
      });
      outgoing.setTimeout(whole, () => {
        // A client that takes nothing (it was stopped with Ctrl-Z) is not the upstream's silence.
        if (response.writableNeedDrain) return;
        outgoing.destroy(Object.assign(new Error('nothing came in time'), { code: TIMEOUT_CODE }));
      });
    });
    proxy.once('proxyRes', resolve);
    proxy.web(request, response, {}, refuse);
  });
}

type Refused = NodeJS.ErrnoException & { limitMs?: number };

function refusalOf({ host }: URL, { code, message, limitMs }: Refused, whole: number) {
  return code === TIMEOUT_CODE
    ? {
        status: 504,
        error: { type: 'timeout_error', message: `${host} sent nothing for ${(limitMs ?? whole) / 1000} s` },
      }
    : { status: 502, error: { type: 'api_error', message: `${host} could not be reached: ${code ?? message}` } };
}

/** A broken answer breaks off for the client too; a client that leaves has closed the upstream by then. */
function deliver(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, forClient(answer.rawHeaders));
  answer.pipe(response);
  return new Promise((resolve) => {
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
      resolve();
    });
  });
}

/** The body while it passes, for a second sending; undefined once it is too large for that, or broken off. */
function keepBody(request: IncomingMessage): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_KEPT_BYTES) chunks = [];
    else chunks.push(chunk);
  });
  return new Promise((resolve) => {
    request.once('end', () => resolve(bytes > MOST_KEPT_BYTES ? undefined : Buffer.concat(chunks)));
    request.once('close', () => resolve(undefined));
  });
}

function once(body: Buffer): ReadableStream {
  return Readable.from(body.length === 0 ? [] : [body]);
}
