import type { Socket } from 'node:net';
import { lengthOf, type Pieces } from '../ground/pieces.ts';
import { createQueue, toChunks, type Chunks, type Queue } from './chunks.ts';
import { createAnswerReader } from './http-answer.ts';
import { withoutBrackets } from './proxy-of.ts';
import type { TlsOptions } from './trust.ts';
import { lateError, statusError, toError, type UpstreamRequest } from './upstream-request.ts';

const net = process.getBuiltinModule('node:net');
/** Loaded with the first use, because the launch does not need it. */
const tls = () => process.getBuiltinModule('node:tls');

export type DirectRequest = Omit<UpstreamRequest, 'body'> & { body?: Pieces };

/** A host's answer, with its body as it comes: nothing is decompressed. */
export type Answer = { status: number; rawHeaders: string[]; body: Chunks };

/** An HTTP client that does nothing but send a request and hand on the answer. */
export type Direct = {
  /** Resolves with the headers. @throws Node's own error, `CCMUX_TIMEOUT`, or the signal's reason. */
  send(request: DirectRequest): Promise<Answer>;
  close(): void;
};

/**
 * Node's own client makes dozens of objects and listeners for each request, of which a relay needs few: without them a
 * request takes a third less. One connection carries one request at a time, and is kept for the next.
 *
 * @param idleMs how long an idle connection is kept at most.
 * @param tlsOptions read when the first https connection is opened.
 */
export function createDirect(idleMs: number, tlsOptions: () => TlsOptions): Direct {
  /** By origin; the one that was used last is the last. */
  const idle = new Map<string, Connection[]>();
  const all = new Set<Connection>();
  /** By origin, what makes the next TLS handshake shorter. */
  const sessions = new Map<string, Buffer>();
  let sweep: NodeJS.Timeout | undefined;

  function open({ origin, protocol, hostname, port }: URL, connectTimeoutMs = 0): Connection {
    const isSecure = protocol === 'https:';
    // A misspelt `https` must not send a key in the clear.
    if (!isSecure && protocol !== 'http:')
      throw Object.assign(new TypeError(`no HTTP: ${protocol}`), { code: 'ERR_INVALID_PROTOCOL' });
    const place = { host: withoutBrackets(hostname), port: Number(port || (isSecure ? 443 : 80)) };
    const socket = isSecure ? secured(origin, place) : net.connect(place);
    // Once it is connected: where a system does not take one of these before (Wine), the connection itself would fail.
    socket.once('connect', () => socket.setNoDelay(true).setKeepAlive(true, 1_000));
    if (connectTimeoutMs > 0) limit(socket, isSecure ? 'secureConnect' : 'connect', connectTimeoutMs);
    const connection = carry(socket, (keepMs) => keep(origin, connection, keepMs));
    all.add(connection);
    socket.once('close', () => {
      all.delete(connection);
      const rest = idle.get(origin);
      const place = rest?.indexOf(connection) ?? -1;
      if (place >= 0) rest!.splice(place, 1);
    });
    return connection;
  }

  function secured(origin: string, place: { host: string; port: number }): Socket {
    const session = sessions.get(origin);
    const socket = tls().connect({
      ...place,
      ...tlsOptions(),
      servername: net.isIP(place.host) === 0 ? place.host : '',
      ALPNProtocols: ['http/1.1'],
      ...(session && { session }),
    });
    socket.on('session', (ticket) => sessions.set(origin, ticket));
    socket.once('error', () => sessions.delete(origin));
    return socket;
  }

  /** For the next request. */
  function keep(origin: string, connection: Connection, keepMs: number): void {
    connection.rest(Math.min(keepMs, idleMs));
    const resting = idle.get(origin);
    if (resting) resting.push(connection);
    else idle.set(origin, [connection]);
    sweep ??= setTimeout(leaveStale, idleMs).unref();
  }

  function leaveStale(): void {
    sweep = undefined;
    const resting = [...idle.values()].flat();
    for (const connection of resting) if (connection.isStale()) connection.destroy();
    if (resting.length > 0) sweep = setTimeout(leaveStale, idleMs).unref();
  }

  function idleFor(origin: string): Connection | undefined {
    const resting = idle.get(origin);
    for (let one = resting?.pop(); one; one = resting?.pop()) {
      if (!one.isStale()) return one;
      one.destroy();
    }
    return undefined;
  }

  return {
    async send(request) {
      const { url, signal, connectTimeoutMs } = request;
      signal?.throwIfAborted();
      const message = messageOf(request);
      const used = idleFor(targetOf(url).origin);
      try {
        return await (used ?? open(url, connectTimeoutMs)).ask(request, message);
      } catch (error) {
        // The host had closed an idle connection, which is no failure, and the others may be dead as well:
        // https://nodejs.org/api/http.html#requestreusedsocket recommends to ask again on a new one.
        const { code } = error as NodeJS.ErrnoException;
        const wasClosed = used !== undefined && !used.hasHeard() && (code === 'ECONNRESET' || code === 'EPIPE');
        if (!wasClosed || signal?.aborted) throw error;
        return open(url, connectTimeoutMs).ask(request, message);
      }
    },
    close() {
      clearTimeout(sweep);
      for (const connection of all) connection.destroy();
    },
  };
}

/** A connection to one host, and the one request that it carries at a time. */
type Connection = {
  ask(request: DirectRequest, message: Pieces): Promise<Answer>;
  /** True if there was a byte of an answer to the last request. */
  hasHeard(): boolean;
  /** It carries nothing now, and is of no use after so long. */
  rest(ms: number): void;
  isStale(): boolean;
  destroy(): void;
};

/** @param onFree called when an answer is whole and the connection may carry another request, for so long. */
function carry(socket: Socket, onFree: (keepMs: number) => void): Connection {
  let carried: Carried | undefined;
  let heard = false;
  let error: Error | undefined;
  let rests: { since: number; ms: number } | undefined;
  socket.on('data', (bytes: Buffer) => {
    heard = true;
    // Bytes that nobody asked for: the next request would take them for its answer.
    if (carried) carried.take(bytes);
    else socket.destroy();
  });
  // The host has said all that it will, and may have left the rest of a request unread: nothing would ever close then.
  socket.on('end', () => socket.destroy());
  socket.on('error', (fault) => (error = fault));
  socket.on('close', () => {
    const last = carried;
    carried = undefined;
    last?.closed(error);
  });
  const onWhole = (keepMs: number) => {
    carried = undefined;
    if (keepMs > 0 && socket.writable) onFree(keepMs);
    else socket.destroy();
  };

  return {
    ask(request, message) {
      heard = false;
      rests = undefined;
      socket.ref();
      return new Promise((resolve, reject) => {
        carried = exchange(socket, request, message, { onHead: resolve, onFailure: reject, onWhole });
      });
    },
    hasHeard: () => heard,
    rest(ms) {
      rests = { since: Date.now(), ms };
      socket.unref();
    },
    // By the clock on the wall, which goes on while the machine sleeps. One that was set makes a connection stale, too.
    isStale: () => !socket.writable || (rests !== undefined && Math.abs(Date.now() - rests.since) > rests.ms),
    destroy: () => void socket.destroy(),
  };
}

/** A request on its way: it is told what its connection brings. */
type Carried = { take(bytes: Buffer): void; closed(error: Error | undefined): void };

type Listening = {
  onHead(answer: Answer): void;
  /** No head has come. */
  onFailure(error: Error): void;
  /** @param keepMs how long the connection may be kept; 0: not at all. */
  onWhole(keepMs: number): void;
};

/** Sends a request, and reads its answer. */
function exchange(socket: Socket, request: DirectRequest, message: Pieces, listening: Listening): Carried {
  const { method, signal, firstByteTimeoutMs = 0, onSent } = request;
  const reader = createAnswerReader(method);
  let body: Queue | undefined;
  let sent = false;
  let over = false;
  const late = () => socket.destroy(lateError('no response headers in time'));
  const timer = firstByteTimeoutMs > 0 ? setTimeout(late, firstByteTimeoutMs) : undefined;
  const abort = () => {
    finish(signal!.reason);
    socket.destroy();
  };
  signal?.addEventListener('abort', abort);

  /** @param fault undefined: the answer is whole. */
  function finish(fault?: unknown): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    if (body) body.end(fault);
    else listening.onFailure(toError(fault));
  }

  function begin(): void {
    const { status, rawHeaders } = reader.head()!;
    if (status === 101) throw statusError(status);
    clearTimeout(timer);
    const leave = () => void (over || socket.destroy());
    body = createQueue({ pause: () => void socket.pause(), resume: () => void socket.resume(), leave });
    listening.onHead({ status, rawHeaders, body: toChunks(body) });
  }

  write(socket, message, () => {
    sent = true;
    onSent?.();
  });
  return {
    take(bytes) {
      try {
        const data = reader.read(bytes);
        if (!body && reader.head()) begin();
        if (data) body!.push(data);
        const broken = reader.fault();
        if (broken) throw broken;
      } catch (fault) {
        finish(fault);
        return void socket.destroy();
      }
      if (!reader.isWhole()) return;
      finish();
      socket.resume();
      // A host that answers before it has the whole request may not read the rest of it.
      listening.onWhole(sent ? reader.keepMs(Number.POSITIVE_INFINITY) : 0);
    },
    closed(error) {
      if (body && error === undefined && reader.end()) finish();
      else finish(error ?? hangUp(body !== undefined));
    },
  };
}

/** What Node says of a connection that the host has closed. */
function hangUp(isBegun: boolean): Error {
  return Object.assign(new Error(isBegun ? 'aborted' : 'socket hang up'), { code: 'ECONNRESET' });
}

function limit(socket: Socket, connected: 'connect' | 'secureConnect', limitMs: number): void {
  const timer = setTimeout(() => socket.destroy(lateError('no connection in time', limitMs)), limitMs);
  const stop = () => clearTimeout(timer);
  socket.once(connected, stop).once('close', stop);
}

/** @param onSent called when the operating system has all of it. */
function write(socket: Socket, message: Pieces, onSent: () => void): void {
  const done = (error?: Error | null) => void (error ?? onSent());
  if (message.length === 1) return void socket.write(message[0]!, done);
  socket.cork();
  message.forEach((piece, i) => socket.write(piece, i === message.length - 1 ? done : undefined));
  socket.uncork();
}

/** Up to so many bytes, one copy is cheaper than a second piece in the write. */
const WORTH_JOINING = 16_384;

/** The request as it is sent. */
function messageOf({ method, url, rawHeaders, body = [] }: DirectRequest): Pieces {
  const length = lengthOf(body);
  const message = [Buffer.from(headOf(method, url, rawHeaders, length), 'latin1'), ...body];
  return length <= WORTH_JOINING ? [Buffer.concat(message)] : message;
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const NOT_IN_A_HEADER = /[^\t\x20-\x7e\x80-\xff]/;

type Target = { origin: string; path: string };

const targets = new WeakMap<URL, Target>();

/** A URL puts its parts together anew each time that it is asked for them. Most requests go to the same one. */
function targetOf(url: URL): Target {
  const known = targets.get(url);
  if (known) return known;
  const target = { origin: url.origin, path: `${url.pathname}${url.search}` };
  targets.set(url, target);
  return target;
}

function headOf(method: string, url: URL, rawHeaders: readonly string[], length: number): string {
  let head = `${method} ${targetOf(url).path} HTTP/1.1\r\n`;
  let hasLength = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    if (!HEADER_NAME.test(name) || NOT_IN_A_HEADER.test(value))
      throw Object.assign(new TypeError(`invalid ${name}`), { code: 'ERR_INVALID_CHAR' });
    hasLength ||= name.length === 14 && name.toLowerCase() === 'content-length';
    head += `${name}: ${value}\r\n`;
  }
  if (!hasLength && (length > 0 || method === 'POST' || method === 'PUT')) head += `Content-Length: ${length}\r\n`;
  return `${head}Connection: keep-alive\r\n\r\n`;
}
