import http from 'node:http';
import net from 'node:net';
import { inspect } from 'node:util';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createUpstream } from '../../src/providers/upstream.ts';
import { TIMEOUT_CODE } from '../../src/providers/upstream-request.ts';

afterEach(() => vi.unstubAllEnvs());

async function serve(handle: http.RequestListener): Promise<{ url: URL; server: http.Server }> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/messages`), server };
}

function open(env: NodeJS.ProcessEnv = {}) {
  const upstream = createUpstream(env);
  onTestFinished(() => upstream.close());
  return upstream;
}

const post = (url: URL, more: object = {}) => ({
  method: 'POST',
  url,
  rawHeaders: ['Host', url.host, 'Content-Length', '2'],
  body: '{}',
  ...more,
});

test('headers leave in the order and case in which they are given', async () => {
  let received: string[] = [];
  const { url } = await serve((request, response) => {
    received = request.rawHeaders;
    response.end();
  });
  const rawHeaders = ['X-B', '1', 'x-a', '2', 'Host', url.host, 'x-A', '3', 'Content-Length', '2'];
  await open().send({ ...post(url), rawHeaders });
  expect(received.slice(0, 10)).toEqual(rawHeaders);
});

test('a kept-alive connection that the server had closed is no failure', async () => {
  let connections = 0;
  const used = new WeakSet();
  // The server drops a connection in the moment in which a second request comes in on it.
  const { url, server } = await serve((request, response) => {
    if (used.has(request.socket)) return void request.socket.resetAndDestroy();
    used.add(request.socket);
    response.end();
  });
  server.on('connection', () => connections++);
  const upstream = open();
  for (let i = 0; i < 2; i++) {
    const response = await upstream.send(post(url));
    response.resume();
    await new Promise((resolve) => response.on('close', resolve));
  }
  expect(connections).toBe(2);
});

test('an abort closes the upstream, before the headers and behind them', async () => {
  let closed = 0;
  const { url } = await serve((request, response) => {
    response.on('close', () => closed++);
    if (request.headers['x-answer']) response.write('begun');
  });
  for (const headers of [[], ['x-answer', '1']]) {
    const abort = new AbortController();
    const pending = open().send({
      ...post(url),
      rawHeaders: [...post(url).rawHeaders, ...headers],
      signal: abort.signal,
    });
    if (headers.length > 0) await pending;
    else await new Promise((resolve) => setTimeout(resolve, 50));
    const before = closed;
    abort.abort();
    await pending.catch(() => {});
    await expect.poll(() => closed).toBe(before + 1);
  }
});

test('no headers in time has a code of its own', async () => {
  const { url } = await serve(() => {});
  await expect(open().send(post(url, { firstByteTimeoutMs: 30 }))).rejects.toMatchObject({ code: TIMEOUT_CODE });
});

test('a connection that does not stand in time is the same, also where somebody listens and never shakes hands', async () => {
  const listener = net.createServer(() => {});
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  const url = new URL(`https://127.0.0.1:${(listener.address() as AddressInfo).port}/`);
  const late = { code: TIMEOUT_CODE, limitMs: 30 };
  await expect(open().send({ ...post(url), connectTimeoutMs: 30 })).rejects.toMatchObject(late);
  const upstream = createUpstream({}, 30);
  onTestFinished(() => upstream.close());
  await expect(upstream.fetch(url)).rejects.toMatchObject({ name: 'TypeError', cause: late });
  // A connection that stands is not limited any more.
  const { url: slow } = await serve((_, response) => void setTimeout(() => response.end('ok'), 80));
  expect((await open().send({ ...post(slow), connectTimeoutMs: 40 })).statusCode).toBe(200);
});

test('its fetch answers as fetch does, and fails as fetch does', async () => {
  const { url } = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () =>
      response.writeHead(418, { 'x-limit': 'a' }).end(`got ${body} as ${request.headers['content-type']}`),
    );
  });
  const { fetch } = open();
  const response = await fetch(url, {
    method: 'POST',
    body: '{"ä":1}',
    headers: { 'content-type': 'application/json' },
  });
  expect([response.status, response.headers.get('x-limit'), await response.text()]).toEqual([
    418,
    'a',
    'got {"ä":1} as application/json',
  ]);
  await expect(fetch('http://127.0.0.1:9/')).rejects.toMatchObject({
    name: 'TypeError',
    cause: { code: 'ECONNREFUSED' },
  });
  const aborted = AbortSignal.abort(new DOMException('enough', 'AbortError'));
  await expect(fetch(url, { signal: aborted })).rejects.toMatchObject({ name: 'AbortError' });
});

test.each(['send', 'relay'] as const)(
  'a tunnel is opened for https, but not where NO_PROXY names the host: %s',
  async (way) => {
    const tunnels: (string | undefined)[] = [];
    const proxy = await serve(() => {});
    proxy.server.on('connect', (request, socket) => {
      tunnels.push(request.url);
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    const HTTPS_PROXY = proxy.url.origin;
    const far = { ...post(new URL('https://far.invalid/v1')), body: [Buffer.from('{}')] };
    const ask = (env: NodeJS.ProcessEnv) => {
      const upstream = open(env);
      return upstream[way](far);
    };
    await ask({ HTTPS_PROXY }).catch(() => {});
    expect(tunnels).toEqual(['far.invalid:443']);
    await expect(ask({ HTTPS_PROXY, NO_PROXY: 'far.invalid' })).rejects.toMatchObject({
      code: expect.stringMatching(/^E(NOTFOUND|AI_AGAIN)$/),
    });
    expect(tunnels).toHaveLength(1);
  },
);

test("the user's proxy is asked, but neither for this machine nor for the hosts that NO_PROXY names", async () => {
  const { url } = await serve((_, response) => response.end('direct'));
  const asked: { url: string | undefined; host: string | undefined }[] = [];
  const proxy = await serve((request, response) => {
    asked.push({ url: request.url, host: request.headers.host });
    response.end('by the proxy');
  });
  for (const name of ['http_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
  vi.stubEnv('HTTP_PROXY', proxy.url.origin);
  const text = async (address: URL | string) => (await open(process.env).fetch(address)).text();
  expect(await text('http://far.invalid/v1')).toBe('by the proxy');
  expect(asked).toEqual([{ url: 'http://far.invalid/v1', host: 'far.invalid' }]);
  expect(await text(url)).toBe('direct');
  vi.stubEnv('NO_PROXY', 'far.invalid');
  await expect(text('http://far.invalid/v1')).rejects.toThrow('fetch failed');
});

/** Takes a connection, and says this to whoever wants to be put through. */
async function proxyThat(answer: (socket: net.Socket, said: string) => void): Promise<string> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket.on('error', () => {}));
    socket.once('data', (bytes) => answer(socket, String(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://ada:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FAR = new URL('https://far.invalid/v1');

test('a proxy that is silent is left in time, and with the client', async () => {
  const HTTPS_PROXY = await proxyThat(() => {});
  const upstream = open({ HTTPS_PROXY });
  await expect(upstream.relay({ ...post(FAR), body: [], connectTimeoutMs: 20 })).rejects.toMatchObject({
    code: TIMEOUT_CODE,
    limitMs: 20,
  });
  await expect(upstream.send({ ...post(FAR), firstByteTimeoutMs: 20 })).rejects.toMatchObject({ code: TIMEOUT_CODE });
  const reason = new Error('left');
  await expect(upstream.send({ ...post(FAR), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const client = new AbortController();
  const sent = upstream.relay({ ...post(FAR), body: [], signal: client.signal });
  setTimeout(() => client.abort(reason), 20);
  await expect(sent).rejects.toBe(reason);
});

test.each<[string, (url: string) => string, (socket: net.Socket) => void]>([
  ['closes', (url) => url, (socket) => socket.end()],
  ['has an address that is none', (url) => url.replace('secret', 'se#cret'), () => {}],
  ['speaks a protocol that nobody knows', (url) => url.replace('http:', 'ftp:'), () => {}],
])('a proxy that %s is no fault of ccmux, and its password stays unsaid', async (_, change, answer) => {
  const HTTPS_PROXY = change(await proxyThat(answer));
  const error = await open({ HTTPS_PROXY })
    .relay({ ...post(FAR), body: [] })
    .catch((caught: unknown) => caught as NodeJS.ErrnoException);
  expect(error).toMatchObject({ code: 'EPROXY' });
  expect(inspect(error)).not.toMatch(/se.?cret/);
});

test.each([
  ['secret', 'secret'],
  ['p%C3%A4ss%3A', 'päss:'],
  ['100%', '100%'],
  ['a%zz', 'a%zz'],
  ['latin%E4', 'latin%E4'],
])('a proxy gets its password: %s', async (written, sent) => {
  let said = '';
  const proxy = await proxyThat((socket, text) => {
    said = text;
    socket.end();
  });
  const upstream = open({ HTTPS_PROXY: proxy.replace('secret', written) });
  await expect(upstream.relay({ ...post(FAR), body: [] })).rejects.toMatchObject({ code: 'EPROXY' });
  const basic = /^Proxy-Authorization: Basic (.*)\r$/im.exec(said)?.[1] ?? '';
  expect(Buffer.from(basic, 'base64').toString()).toBe(`ada:${sent}`);
});
