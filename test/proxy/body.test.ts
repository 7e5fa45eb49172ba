import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readBody } from '../../src/proxy/body.ts';
import { ask, claudeAt, startProxy } from '../helpers/proxy.ts';
import { startHost } from '../helpers/host.ts';

const MOST = 64 * 1024 * 1024;

/** What `readBody` makes of a request of which `pieces` are sent, and no more. */
async function read(pieces: string[], headers: http.OutgoingHttpHeaders, then: (request: http.ClientRequest) => void) {
  const got = Promise.withResolvers<Awaited<ReturnType<typeof readBody>>>();
  const server = http.createServer((request) => void readBody(request, 10).then(got.resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const { port } = server.address() as AddressInfo;
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', headers }).on('error', () => {});
  request.flushHeaders();
  for (const piece of pieces) await new Promise((resolve) => request.write(piece, resolve));
  then(request);
  return String(await got.promise);
}

test.each([
  ['none', [], {}, ''],
  ['of a known length', ['0123', '456789'], { 'content-length': 10 }, '0123456789'],
  ['in chunks', ['0123', '456789'], {}, '0123456789'],
])('a body %s is read whole', async (_name, pieces, headers, whole) => {
  expect(await read(pieces, headers, (request) => request.end())).toBe(whole);
});

test.each([
  ['by its length, before it comes', [], { 'content-length': 11 }],
  ['by its chunks, before they end', ['0123', '45678901'], {}],
])('a body is too large %s', async (_name, pieces, headers) => {
  expect(await read(pieces, headers, () => {})).toBe('too-large');
});

test.each([
  ['of a known length', { 'content-length': 10 }],
  ['in chunks', {}],
])('a body %s whose client hangs up is none', async (_name, headers) => {
  expect(await read(['0123'], headers, (request) => request.destroy())).toBe('undefined');
});

test.each(['/v1/messages', '/v1/messages/count_tokens'])(
  '%s over 64 MB gets the 413 that Anthropic gives',
  async (path) => {
    const host = await startHost((_, response) => void response.end('{}'));
    const { url } = await startProxy([claudeAt(host.url)]);
    const refused = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request(
        `${url}${path}`,
        { method: 'POST', headers: { 'content-length': MOST + 1 } },
        resolve,
      );
      request.on('error', reject).flushHeaders();
    });
    const body = (await refused.toArray()).join('');
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([413, 'application/json']);
    expect(JSON.parse(body)).toEqual({
      type: 'error',
      error: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
    });
    refused.destroy();
    expect(host.seen).toEqual([]);
    // The next request is answered as ever.
    expect((await ask(url)).status).toBe(200);
  },
);
