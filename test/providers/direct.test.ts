import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDirect, type Answer } from '../../src/providers/direct.ts';
import { TIMEOUT_CODE } from '../../src/providers/upstream-request.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A host that reads nothing but whether something comes. */
async function serve(answer: (socket: net.Socket, count: number, text: string) => void) {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    connections++;
    sockets.add(socket);
    let count = 0;
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => answer(socket, ++count, bytes.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/messages?beta=true`);
  return { url, connections: () => connections, open: () => sockets.size };
}

function start(idleMs = 30_000) {
  const direct = createDirect(idleMs, () => ({}) as never);
  onTestFinished(direct.close);
  return direct;
}

const post = (url: URL, more: object = {}) => ({
  method: 'POST',
  url,
  rawHeaders: ['Host', url.host, 'x-A', '1', 'Content-Length', '2'],
  body: [Buffer.from('{}')],
  ...more,
});

async function textOf({ body }: Answer): Promise<string> {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

test('a request leaves as it is given, and its connection carries the next', async () => {
  const seen: string[] = [];
  const host = await serve((socket, _count, text) => {
    seen.push(text);
    socket.write(OK);
  });
  const direct = start();
  for (let i = 0; i < 3; i++) expect(await textOf(await direct.send(post(host.url)))).toBe('ok');
  expect(host.connections()).toBe(1);
  expect(seen[0]).toBe(
    `POST /v1/messages?beta=true HTTP/1.1\r\nHost: ${host.url.host}\r\nx-A: 1\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}`,
  );
});

test.each([
  ['of one piece', [Buffer.alloc(50_000, 'a')]],
  ['of many pieces', Array.from({ length: 40 }, () => Buffer.alloc(30_000, 'b'))],
  ['that is empty', []],
])('a body %s arrives whole', async (_name, body) => {
  const server = http.createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(`${bytes} ${request.headers['content-length']}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const bytes = body.reduce((sum, { length }) => sum + length, 0);
  const answer = await start().send({ method: 'POST', url, rawHeaders: ['Host', url.host], body });
  expect(await textOf(answer)).toBe(`${bytes} ${bytes}`);
});

test.each<[string, string, number]>([
  ['says that it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 2],
  ['sends more than it was asked', `${OK}HTTP/1.1 500 No\r\n\r\n`, 2],
  ['keeps it', OK, 1],
])('a host that %s', async (_name, answer, connections) => {
  const host = await serve((socket) => socket.write(answer));
  const direct = start();
  for (let i = 0; i < 2; i++) expect(await textOf(await direct.send(post(host.url)))).toBe('ok');
  expect(host.connections()).toBe(connections);
});

test('bytes that come while nothing is asked are nobody’s answer', async () => {
  const host = await serve((socket, count) => {
    socket.write(OK);
    if (count === 1) setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 20);
  });
  const direct = start();
  await textOf(await direct.send(post(host.url)));
  await expect.poll(host.open).toBe(0);
  const answer = await direct.send(post(host.url));
  expect([answer.status, host.connections()]).toEqual([200, 2]);
});

test('a connection that was idle for too long is not used again', async () => {
  const host = await serve((socket) => socket.write(OK));
  const direct = start(20);
  await textOf(await direct.send(post(host.url)));
  await expect.poll(host.open).toBe(0);
  await textOf(await direct.send(post(host.url)));
  expect(host.connections()).toBe(2);
});

test('a request that an idle connection has swallowed is asked again, an answered one never', async () => {
  const swallowed = await serve((socket, count) => (count === 1 ? socket.write(OK) : socket.resetAndDestroy()));
  const direct = start();
  await textOf(await direct.send(post(swallowed.url)));
  expect(await textOf(await direct.send(post(swallowed.url)))).toBe('ok');
  const begun = await serve((socket, count) => {
    if (count === 1) return void socket.write(OK);
    socket.write('HTTP/1.1 200 OK\r\n', () => setTimeout(() => socket.destroy(), 20));
  });
  await textOf(await direct.send(post(begun.url)));
  await expect(direct.send(post(begun.url))).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect([swallowed.connections(), begun.connections()]).toEqual([2, 1]);
});

test.each([
  ['before its headers', '', 'send'],
  ['within its headers', 'HTTP/1.1 200 OK\r\nx: ', 'send'],
  ['within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'body'],
])('an answer that is cut off %s fails as with Node', async (_name, text, where) => {
  const host = await serve((socket) => socket.end(text));
  const failed = { code: 'ECONNRESET' };
  const sent = start().send(post(host.url));
  if (where === 'send') await expect(sent).rejects.toMatchObject(failed);
  else await expect(textOf(await sent)).rejects.toMatchObject(failed);
});

test.each([
  ['no HTTP', 'nonsense\r\n\r\n', { code: 'HPE_INVALID_CONSTANT' }],
  ['another protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n', { status: 101 }],
])('an answer in %s is an error, and closes the connection', async (_name, text, error) => {
  const host = await serve((socket) => socket.write(text));
  await expect(start().send(post(host.url))).rejects.toMatchObject(error);
  await expect.poll(host.open).toBe(0);
});

test.each(['before the headers', 'behind them'])(
  'an abort %s closes the connection, with its reason',
  async (where) => {
    const host = await serve((socket) => {
      if (where === 'behind them') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
    });
    const abort = new AbortController();
    const reason = new Error('enough');
    const sent = start().send(post(host.url, { signal: abort.signal }));
    const read = sent.then(textOf);
    if (where === 'behind them') await sent;
    else await expect.poll(host.open).toBe(1);
    abort.abort(reason);
    await expect(read).rejects.toBe(reason);
    await expect.poll(host.open).toBe(0);
    await expect(start().send(post(host.url, { signal: abort.signal }))).rejects.toBe(reason);
  },
);

test('whoever leaves an answer closes its connection; a whole one has left already', async () => {
  const host = await serve((socket, count) => {
    socket.write(count === 1 ? OK : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
  });
  const direct = start();
  await (
    await direct.send(post(host.url))
  ).body.return!();
  expect(host.open()).toBe(1);
  await (
    await direct.send(post(host.url))
  ).body.return!();
  await expect.poll(host.open).toBe(0);
});

test('a reader that is slow holds up its host, and gets everything', async () => {
  const size = 64 * 1024 * 1024;
  let written = 0;
  const host = await serve((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    const more = () => {
      while (written < size) {
        written += 65_536;
        if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', more);
      }
    };
    more();
  });
  const { body } = await start().send(post(host.url));
  let before = -1;
  await expect.poll(() => before === (before = written), { interval: 100 }).toBe(true);
  expect(written).toBeLessThan(size / 2);
  let read = 0;
  for await (const chunk of body) read += chunk.length;
  expect(read).toBe(size);
});

test('limits of time for the connection and for the headers', async () => {
  const host = await serve(() => {});
  const direct = start();
  const silent = { code: TIMEOUT_CODE };
  await expect(direct.send(post(host.url, { firstByteTimeoutMs: 30 }))).rejects.toMatchObject(silent);
  const secure = new URL(host.url.href.replace('http:', 'https:'));
  const late = { ...silent, limitMs: 30 };
  await expect(direct.send(post(secure, { connectTimeoutMs: 30 }))).rejects.toMatchObject(late);
});

test.each([
  ['a value that begins another header', 'x', 'a\r\ny: b'],
  ['a name that begins another header', 'x: a\r\ny', 'b'],
  ['a name with a colon', 'x: y', 'b'],
  ['an empty name', '', 'b'],
  ['a name with a blank', 'x y', 'b'],
  ['what latin1 does not have', 'x', '€'],
  ['a zero', 'x', 'a\0'],
])('%s is not sent', async (_name, name, value) => {
  const host = await serve((socket) => socket.write(OK));
  const rawHeaders = ['Host', host.url.host, name, value];
  await expect(start().send(post(host.url, { rawHeaders }))).rejects.toMatchObject({ code: 'ERR_INVALID_CHAR' });
  expect(host.connections()).toBe(0);
});

test('an address of a misspelt scheme gets nothing', async () => {
  const host = await serve((socket) => socket.write(OK));
  const url = new URL(host.url.href.replace('http:', 'htps:'));
  await expect(start().send(post(url))).rejects.toMatchObject({ code: 'ERR_INVALID_PROTOCOL' });
  expect(host.connections()).toBe(0);
});

describe('a host that ends, reads nothing, and never closes', () => {
  const body = Array.from({ length: 200 }, () => Buffer.alloc(65_536));
  test.each([
    ['says nothing', '', 'ECONNRESET'],
    ['refuses', 'HTTP/1.1 413 Too Large\r\n\r\ntoo large', 'too large'],
    ['says half', 'HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo', 'ECONNRESET'],
  ])('and %s', async (_name, text, expected) => {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {}).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const sent = start().send({ method: 'POST', url, rawHeaders: ['Host', url.host], body });
    expect(await sent.then(textOf).catch((error: NodeJS.ErrnoException) => error.code)).toBe(expected);
  });
});

test('what came before a broken chunk is handed on, and then its fault', async () => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnone\r\n';
  const host = await serve((socket) => socket.write(text));
  const { body } = await start().send(post(host.url));
  expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('hello');
  await expect(body.next()).rejects.toMatchObject({ code: 'HPE_INVALID_CHUNK_SIZE' });
  await expect.poll(host.open).toBe(0);
});
