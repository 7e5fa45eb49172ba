import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { startServer, type Routes } from '../../src/proxy/server.ts';

type Seen = { route: keyof Routes; path: string };

async function start(limits?: Parameters<typeof startServer>[1]) {
  const seen: Seen[] = [];
  const route =
    (name: keyof Routes) => async (_: http.IncomingMessage, response: http.ServerResponse, path: string) => {
      seen.push({ route: name, path });
      response.writeHead(204).end();
    };
  const server = await startServer(
    {
      exchange: route('exchange'),
      control: route('control'),
      relay: async (_, __, path) => {
        seen.push({ route: 'relay', path });
        throw new Error('a fault of ours');
      },
      greet: async (_, path) => void seen.push({ route: 'greet', path }),
      onFault: () => seen.push({ route: 'onFault', path: '' }),
    },
    limits,
  );
  onTestFinished(() => server.close());
  return { ...server, seen, port: Number(new URL(server.url).port) };
}

/** `fetch` writes Host by itself; a hostile page's browser does not ask us either. */
function raw(
  port: number,
  path: string,
  headers: http.OutgoingHttpHeaders,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

test('the address is loopback, with 32 random bytes as its first segment', async () => {
  const { url, token } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}$/);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});

const flipCase = (text: string) => text.replace(/[a-z]/gi, (c) => (c < 'a' ? c.toLowerCase() : c.toUpperCase()));

test.each([
  ['no token', '/v1/messages', {}],
  ['a wrong token', `/${'x'.repeat(43)}/v1/messages`, {}],
  ['a token that only begins right', 'TOKENx/v1/messages', {}],
  ['half a token', 'HALF/v1/messages', {}],
  ['another name for this host', 'TOKEN/v1/messages', { host: 'evil.example' }],
  ['another port', 'TOKEN/v1/messages', { host: '127.0.0.1:1' }],
  ['a page of another origin', 'TOKEN/ccmux/', { origin: 'https://evil.example' }],
  ['a sandboxed page', 'TOKEN/ccmux/', { origin: 'null' }],
  ['two origins', 'TOKEN/ccmux/', { origin: ['http://evil.example', 'null'] }],
  ['a token in another case', 'UPPER/v1/messages', {}],
  ['a token behind an empty segment', '/TOKEN/v1/messages', {}],
  ['a token behind a dot', '/.TOKEN/v1/messages', {}],
  ['a token in the query', '/?TOKEN', {}],
  ['a token with an escaped first character', 'ESCAPED/v1/messages', {}],
] as [string, string, http.OutgoingHttpHeaders][])('%s gets a bare 404', async (_name, path, headers) => {
  const { port, token, seen } = await start();
  const escaped = `/%${token.charCodeAt(0).toString(16)}${token.slice(1)}`;
  const full = path
    .replace('TOKEN', `/${token}`)
    .replace('UPPER', `/${flipCase(token)}`)
    .replace('ESCAPED', escaped)
    .replace('HALF', `/${token.slice(0, 20)}`);
  expect(await raw(port, full, headers, 'POST')).toEqual({ status: 404, body: '' });
  expect(seen).toEqual([]);
});

test.each([
  ['POST', '/v1/messages?beta=true', 'exchange', '/v1/messages?beta=true'],
  ['POST', '/v1/messages/count_tokens', 'exchange', '/v1/messages/count_tokens'],
  ['POST', '/ccmux/use', 'control', '/use'],
  ['GET', '/ccmux', 'control', ''],
  ['GET', '/v1/models?limit=1000', 'relay', '/v1/models?limit=1000'],
  ['POST', '/v1/messages/batches', 'relay', '/v1/messages/batches'],
] as const)('%s %s is for %s', async (method, path, route, behind) => {
  const { url, port, seen } = await start();
  await raw(port, new URL(url).pathname + path, {}, method);
  expect(seen[0]).toEqual({ route, path: behind });
});

test.each(['/', '', '/api/hello'])('HEAD %s is answered here, and handed on', async (path) => {
  const { url, port, seen } = await start();
  expect((await raw(port, new URL(url).pathname + path, {}, 'HEAD')).status).toBe(200);
  expect(seen).toEqual([{ route: 'greet', path: path || '/' }]);
});

test("a fault of ours is reported, and answered in Anthropic's envelope", async () => {
  const { url, port, seen } = await start();
  const { status, body } = await raw(port, `${new URL(url).pathname}/v1/models`, {});
  expect(status).toBe(500);
  expect(JSON.parse(body)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  expect(seen.at(-1)).toEqual({ route: 'onFault', path: '' });
});

test('the page may be opened under the name localhost', async () => {
  const { url, port, seen } = await start();
  await raw(port, `${new URL(url).pathname}/ccmux/`, { host: `localhost:${port}`, origin: `http://localhost:${port}` });
  expect(seen).toEqual([{ route: 'control', path: '/' }]);
});

/** What a client gets that writes these bytes and waits until the connection is closed. */
function exchangeBytes(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

test.each([
  ['two Host headers, the right one first', 'GET PATH HTTP/1.1\r\nHost: GOOD\r\nHost: evil.example\r\n', 404],
  ['two Host headers, the right one last', 'GET PATH HTTP/1.1\r\nHost: evil.example\r\nHost: GOOD\r\n', 404],
  ['the right Host header twice', 'GET PATH HTTP/1.1\r\nHost: GOOD\r\nhost: GOOD\r\n', 404],
  ['no Host header', 'GET PATH HTTP/1.1\r\n', 400],
  ['no Host header in HTTP/1.0', 'GET PATH HTTP/1.0\r\n', 404],
  ['an empty Host header', 'GET PATH HTTP/1.1\r\nHost:\r\n', 404],
  ['an address instead of a path', 'GET http://evil.examplePATH HTTP/1.1\r\nHost: GOOD\r\n', 404],
  ['a tunnel', 'CONNECT GOOD HTTP/1.1\r\nHost: GOOD\r\n', undefined],
  [
    'an upgrade from elsewhere',
    'GET PATH HTTP/1.1\r\nHost: GOOD\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: upgrade\r\n',
    404,
  ],
  ['two lengths', 'POST PATH HTTP/1.1\r\nHost: GOOD\r\nContent-Length: 1\r\nContent-Length: 2\r\n', 400],
  [
    'a length beside chunks',
    'POST PATH HTTP/1.1\r\nHost: GOOD\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n',
    400,
  ],
  ['headers beyond 80 KB', `GET PATH HTTP/1.1\r\nHost: GOOD\r\nx-large: ${'x'.repeat(90_000)}\r\n`, 431],
])('%s never comes in', async (_name, head, status) => {
  const { port, token, seen } = await start();
  const sent = head.replaceAll('PATH', `/${token}/v1/models`).replaceAll('GOOD', `127.0.0.1:${port}`);
  const answer = await exchangeBytes(port, `${sent}Connection: close\r\n\r\n`);
  const [, told] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
  expect(told).toBe(status === undefined ? undefined : String(status));
  expect(seen).toEqual([]);
});

test.each([
  ['HTTP/2, as Java’s client does', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n'],
  ['a WebSocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n'],
])('a request that offers %s is answered as any other', async (_name, offer) => {
  const { port, token, seen } = await start();
  const head = `POST /${token}/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${offer}`;
  const answer = await exchangeBytes(port, `${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 204 /);
  expect(seen).toEqual([{ route: 'exchange', path: '/v1/messages' }]);
});

test('it listens on the loopback interface alone', async () => {
  const { port } = await start();
  const others = Object.values(os.networkInterfaces()).flatMap((list = []) => list.filter(({ internal }) => !internal));
  const tried = others.map(({ address, family, scopeid }) => {
    const host = family === 'IPv6' && scopeid ? `${address}%${scopeid}` : address;
    return new Promise((resolve) => {
      const socket = net.connect({ port, host, timeout: 1_000 });
      socket.on('connect', () => resolve('connected'));
      socket.on('error', () => resolve('refused'));
      socket.on('timeout', () => resolve('refused'));
    });
  });
  expect(await Promise.all(tried)).toEqual(others.map(() => 'refused'));
});

const LIMITS = { headers: 100, body: 100, idle: 100, check: 10 };

/** Reads a request's body before it answers, and then takes its time. */
async function startPatient() {
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    for await (const _ of request);
    setTimeout(() => response.end('late'), 300);
  };
  const routes = { exchange: answer, control: answer, relay: answer, greet: async () => {}, onFault: () => {} };
  const server = await startServer(routes, LIMITS);
  onTestFinished(() => server.close());
  return { ...server, port: Number(new URL(server.url).port) };
}

test.each([
  ['that says nothing', ''],
  ['that stops in the middle of its headers', 'POST PATH HTTP/1.1\r\nHost: GO'],
  ['that stops before its body', 'POST PATH/v1/messages HTTP/1.1\r\nHost: GOOD\r\nContent-Length: 9\r\n\r\n'],
  ['that stops in its body', 'POST PATH/v1/models HTTP/1.1\r\nHost: GOOD\r\nContent-Length: 9\r\n\r\nhalf'],
  [
    'that stops between two chunks',
    'POST PATH/ccmux HTTP/1.1\r\nHost: GOOD\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ],
])('a connection %s is ended without an answer of a route', async (_name, text) => {
  const { port, token } = await startPatient();
  // The test's own time runs out otherwise.
  const answer = await exchangeBytes(port, text.replace('PATH', `/${token}`).replace('GOOD', `127.0.0.1:${port}`));
  expect(answer).not.toContain('200');
});

test('a connection that asks for nothing more is ended behind its answer', async () => {
  const { port, token } = await startPatient();
  const head = `POST /${token}/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 4\r\n\r\n`;
  expect(await exchangeBytes(port, `${head}body`)).toContain('late');
});

test.each(['/v1/messages', '/v1/models', '/ccmux'])(
  'a whole request to %s waits longer than a half one',
  async (path) => {
    const { url } = await startPatient();
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: 'whole' });
    expect(await answer.text()).toBe('late');
  },
);
