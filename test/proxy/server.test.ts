import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startServer, type Routes } from '../../src/proxy/server.ts';

type Seen = { route: keyof Routes; path: string };

async function start() {
  const seen: Seen[] = [];
  const route =
    (name: keyof Routes) => async (_: http.IncomingMessage, response: http.ServerResponse, path: string) => {
      seen.push({ route: name, path });
      response.writeHead(204).end();
    };
  const server = await startServer({
    exchange: route('exchange'),
    control: route('control'),
    relay: async (_, __, path) => {
      seen.push({ route: 'relay', path });
      throw new Error('a fault of ours');
    },
    greet: async (_, path) => void seen.push({ route: 'greet', path }),
    onFault: () => seen.push({ route: 'onFault', path: '' }),
  });
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

test.each([
  ['no token', '/v1/messages', {}],
  ['a wrong token', `/${'x'.repeat(43)}/v1/messages`, {}],
  ['a token that only begins right', 'TOKENx/v1/messages', {}],
  ['half a token', 'HALF/v1/messages', {}],
  ['another name for this host', 'TOKEN/v1/messages', { host: 'evil.example' }],
  ['another port', 'TOKEN/v1/messages', { host: '127.0.0.1:1' }],
  ['a page of another origin', 'TOKEN/ccmux/', { origin: 'https://evil.example' }],
  ['a sandboxed page', 'TOKEN/ccmux/', { origin: 'null' }],
])('%s gets a bare 404', async (_name, path, headers) => {
  const { port, token, seen } = await start();
  const full = path.replace('TOKEN', `/${token}`).replace('HALF', `/${token.slice(0, 20)}`);
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
