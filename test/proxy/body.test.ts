import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lengthOf, type Pieces } from '../../src/ground/pieces.ts';
import { readBody } from '../../src/proxy/body.ts';
import { ask, claudeAt, startProxy } from '../helpers/proxy.ts';
import { startHost } from '../helpers/host.ts';

const MOST = 64 * 1024 * 1024;

/** What `readBody` makes of a request of which `pieces` are sent, and no more. */
async function read(pieces: string[], headers: http.OutgoingHttpHeaders, then: (request: http.ClientRequest) => void) {
  const body = await receive(pieces, headers, then, 10);
  return typeof body === 'object' ? Buffer.concat(body).toString() : String(body);
}

async function receive(
  pieces: (string | Buffer)[],
  headers: http.OutgoingHttpHeaders,
  then: (request: http.ClientRequest) => void,
  most: number,
  before?: Pieces,
  chunks: Buffer[] = [],
) {
  const got = Promise.withResolvers<Awaited<ReturnType<typeof readBody>>>();
  const server = http.createServer((request) => {
    void readBody(request, most, before).then(got.resolve);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const { port } = server.address() as AddressInfo;
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', headers }).on('error', () => {});
  request.flushHeaders();
  for (const piece of pieces) await new Promise((resolve) => request.write(piece, resolve));
  then(request);
  return got.promise;
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

/** Bytes in which no two places look alike. */
function varied(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeInt32LE(Math.imul(i + 1 + seed, 2_654_435_761) ^ i, i);
  return bytes;
}

const send = (body: Buffer, before?: Pieces) =>
  receive([body], { 'content-length': body.length }, (request) => request.end(), MOST, before) as Promise<Pieces>;

/** How many bytes of memory a body needs beside another one. */
function ownBytes(body: Pieces, other: Pieces): number {
  const shared = new Set(other.map(({ buffer }) => buffer));
  return [...new Set(body.map(({ buffer }) => buffer))]
    .filter((buffer) => !shared.has(buffer))
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const LONG = varied(2_000_000);

test.each([
  ['the same again', LONG],
  ['a longer end', Buffer.concat([LONG, varied(5_000, 7)])],
  [
    'a turn more before the end',
    Buffer.concat([LONG.subarray(0, 1_800_000), varied(5_000, 7), LONG.subarray(1_800_000)]),
  ],
  ['a change in the middle', Buffer.concat([LONG.subarray(0, 900_000), varied(8, 7), LONG.subarray(900_008)])],
  ['a shorter middle', Buffer.concat([LONG.subarray(0, 900_000), LONG.subarray(950_000)])],
])('of a body that an earlier one has grown into, only the news takes memory: %s', async (_name, body) => {
  const before = await send(LONG);
  const after = await send(body, before);
  expect(Buffer.concat(after).equals(body)).toBe(true);
  expect(Buffer.concat(before).equals(LONG)).toBe(true);
  // Compared are the chunks of a connection, 64 KB each: one at each end of the change is new.
  expect(ownBytes(after, before)).toBeLessThan(5_000 + 2 * 65_536);
});

test('chunks that are known already give their memory back at once', async () => {
  const before = await send(LONG);
  const chunks: Buffer[] = [];
  await receive([LONG], { 'content-length': LONG.length }, (request) => request.end(), MOST, before, chunks);
  const large = chunks.filter((chunk) => chunk.buffer.byteLength > 0);
  expect(chunks.length).toBeGreaterThan(10);
  // A small one is left to the garbage collector.
  expect(large.filter(({ length }) => length >= 8_192)).toEqual([]);
  expect(Buffer.concat(before).equals(LONG)).toBe(true);
});

test('a body that has nothing of the earlier one is kept whole', async () => {
  const before = await send(LONG);
  const other = varied(300_000, 99);
  expect(Buffer.concat(await send(other, before)).equals(other)).toBe(true);
});

test('turn by turn a body stays in few pieces, and keeps no more than twice its memory', async () => {
  let text = LONG;
  let body = await send(text);
  for (let turn = 0; turn < 60; turn++) {
    text = Buffer.concat([text.subarray(0, -100_000), varied(3_000, turn + 1), text.subarray(-100_000)]);
    body = await send(text, body);
    expect(lengthOf(body)).toBe(text.length);
    expect(body.length).toBeLessThan(16 + text.length / 16_384);
    expect(ownBytes(body, [])).toBeLessThan(2 * text.length + 2 * 65_536);
  }
  expect(Buffer.concat(body).equals(text)).toBe(true);
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
