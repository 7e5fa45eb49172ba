import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createUpstream } from '../../src/providers/upstream.ts';
import { createRelay } from '../../src/proxy/relay.ts';
import { startServer } from '../../src/proxy/server.ts';
import { startHost } from '../helpers/host.ts';

async function listen(handle: http.RequestListener): Promise<string> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function relayTo(
  target: string,
  limits = { connect: 0, whole: 0 },
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const upstream = createUpstream(env);
  onTestFinished(() => upstream.close());
  const relay = createRelay(() => target, upstream, limits);
  return listen((request, response) => void relay(request, response, request.url!));
}

async function startServerFor(target: string) {
  const upstream = createUpstream({});
  const unused = async () => {
    throw new Error('not the way of this test');
  };
  const server = await startServer({
    exchange: unused,
    control: unused,
    relay: createRelay(() => target, upstream, { connect: 0, whole: 0 }),
    greet: unused,
    onFault: () => {},
  });
  onTestFinished(async () => {
    upstream.close();
    await server.close();
  });
  return server;
}

test('a path that needs no decision reaches Claude with its body, its query and its credential', async () => {
  const seen: { url: string | undefined; key: unknown; host: string | undefined; body: string }[] = [];
  const target = await listen((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      seen.push({ url: request.url, key: request.headers['x-api-key'], host: request.headers.host, body });
      response.writeHead(207, { 'x-answer': 'yes' }).end('{"data":[]}');
    });
  });
  const url = await relayTo(`${target}/anthropic`);
  const response = await fetch(`${url}/v1/files?limit=1000`, {
    method: 'POST',
    body: 'äöü',
    headers: { 'x-api-key': 'k' },
  });
  expect([response.status, response.headers.get('x-answer'), await response.text()]).toEqual([
    207,
    'yes',
    '{"data":[]}',
  ]);
  expect(seen).toEqual([{ url: '/anthropic/v1/files?limit=1000', key: 'k', host: new URL(target).host, body: 'äöü' }]);
});

test("an upstream that is not there is said to be so, in Anthropic's envelope", async () => {
  const url = await relayTo('http://127.0.0.1:9');
  const response = await fetch(`${url}/v1/models`);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({
    type: 'error',
    error: { type: 'api_error', message: '127.0.0.1:9 could not be reached: ECONNREFUSED' },
  });
});

test('no upgrade is offered to the host, and one that it makes all the same ends the request', async () => {
  const offered: unknown[] = [];
  const target = await listen(({ headers: { upgrade, connection, ...headers } }, response) => {
    offered.push([upgrade, headers['http2-settings'], /upgrade/i.test(connection ?? '')]);
    if (headers['x-force']) response.writeHead(101, { upgrade: 'x', connection: 'upgrade' }).end();
    else response.end('as any other');
  });
  const server = await startServerFor(target);
  const get = (headers: http.OutgoingHttpHeaders) =>
    new Promise<[status: number | undefined, body: string]>((resolve, reject) => {
      const request = http.get(`${server.url}/v1/stream`, { headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk)).on('end', () => resolve([response.statusCode, body]));
      });
      request.on('error', reject);
    });
  expect(await get({ connection: 'Upgrade', upgrade: 'websocket' })).toEqual([200, 'as any other']);
  expect(await get({ connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' })).toEqual([
    200,
    'as any other',
  ]);
  expect(await get({ 'x-force': '1' })).toEqual([502, expect.stringContaining('could not be reached')]);
  expect(offered).toEqual(offered.map(() => [undefined, undefined, false]));
});

test('a password in the address goes along, but not in place of a credential', async () => {
  const host = await startHost((_, response) => void response.end('here'));
  const url = await relayTo(host.url.replace('http://', 'http://u:p%40@'));
  await fetch(`${url}/v1/models`);
  await fetch(`${url}/v1/models`, { headers: { authorization: 'Bearer t' } });
  expect(host.seen.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from('u:p@').toString('base64')}`,
    'Bearer t',
  ]);
});

test('a client that hangs up closes the upstream', async () => {
  let closed = 0;
  const target = await listen((_, response) => {
    response.on('close', () => closed++);
    response.writeHead(200).write('begun');
  });
  const url = await relayTo(target);
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/files/1/content`, { signal: abort.signal });
  await response.body!.getReader().read();
  abort.abort();
  await expect.poll(() => closed).toBe(1);
});

test.each([301, 302, 303, 307, 308])('a %s within the host is followed, to another host it is not', async (status) => {
  const stranger = await startHost((_, response) => void response.end('no'));
  const host = await startHost(({ url }, response) => {
    if (url.startsWith('/gw')) response.writeHead(200, { 'x-answer': 'yes' }).end('here');
    else response.writeHead(status, { location: url.includes('away') ? stranger.url : `/gw${url}` }).end('moved');
  });
  const url = await relayTo(host.url);
  const headers = { 'x-api-key': 'k', authorization: 'Bearer t' };
  const get = await fetch(`${url}/v1/models?limit=1`, { headers });
  expect([get.status, get.redirected, get.headers.get('x-answer'), await get.text()]).toEqual([
    200,
    false,
    'yes',
    'here',
  ]);
  const post = await fetch(`${url}/v1/files`, { method: 'POST', body: 'äöü', headers });
  expect([post.status, await post.text()]).toEqual([200, 'here']);
  const kept = status >= 307 ? ['POST', '/gw/v1/files', 'äöü'] : ['GET', '/gw/v1/files', ''];
  expect(host.seen.slice(1).map(({ method, url, body }) => [method, url, body])).toEqual([
    ['GET', '/gw/v1/models?limit=1', ''],
    ['POST', '/v1/files', 'äöü'],
    kept,
  ]);
  expect(host.seen.map((one) => [one.headers['x-api-key'], one.headers.authorization])).toEqual(
    host.seen.map(() => ['k', 'Bearer t']),
  );
  const away = await fetch(`${url}/v1/away`, { headers });
  expect([away.status, away.headers.get('location')]).toEqual([422, null]);
  expect(await away.text()).toContain(`redirects to ${stranger.url}`);
  expect(stranger.seen).toEqual([]);
});

test('an address that says nothing is waited for as long as the limit says, and no longer', async () => {
  const silent = await listen(() => {});
  const url = await relayTo(silent, { connect: 0, whole: 50 });
  const response = await fetch(`${url}/v1/models`);
  expect(response.status).toBe(504);
  expect(await response.json()).toEqual({
    type: 'error',
    error: { type: 'timeout_error', message: `${new URL(silent).host} sent nothing for 0.05 s` },
  });
  const stuck = await relayTo(await listen((_, answer) => void answer.write('begun')), { connect: 0, whole: 50 });
  await expect(fetch(`${stuck}/v1/files/1/content`).then((begun) => begun.text())).rejects.toThrow();
});

test('headers of 64 KB pass in both directions', async () => {
  const large = 'h'.repeat(64 * 1024);
  const roomy = http.createServer({ maxHeaderSize: 200_000 }, (request, response) => {
    response.writeHead(200, { 'x-large': request.headers['x-large']! }).end();
  });
  await new Promise<void>((resolve) => roomy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (roomy.closeAllConnections(), roomy.close()));
  const { url } = await startServerFor(`http://127.0.0.1:${(roomy.address() as AddressInfo).port}`);
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options = { headers: { 'x-large': large }, maxHeaderSize: 200_000 };
    http.get(`${url}/v1/models`, options, resolve).on('error', reject);
  });
  answer.resume();
  expect([answer.statusCode, answer.headers['x-large']?.length]).toEqual([200, large.length]);
});

test.each<[string, (port: number) => string, number]>([
  ['takes the connection and says nothing', (port) => `http://127.0.0.1:${port}`, 504],
  ['has an address that is none', () => 'http://ada:se#cret@127.0.0.1:9', 502],
  ['is not there', () => 'http://127.0.0.1:9', 502],
])('a proxy that %s is told to the client in time', async (_, addressAt, status) => {
  const silent = net.createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const HTTPS_PROXY = addressAt((silent.address() as AddressInfo).port);
  const url = await relayTo('https://claude.invalid', { connect: 50, whole: 100 }, { HTTPS_PROXY });
  const answer = await fetch(`${url}/v1/models`);
  expect({ status: answer.status, text: await answer.text() }).toEqual({
    status,
    text: expect.not.stringContaining('cret@'),
  });
});
