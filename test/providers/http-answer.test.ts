import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAnswerReader } from '../../src/providers/http-answer.ts';

type Read = { status: number | undefined; rawHeaders: string[]; body: string; whole: boolean; keepMs: number };

/** @param cuts where the bytes are cut, as parts of their length. @param closes the host closes the connection. */
function read(text: string, { method = 'POST', cuts = [] as number[], closes = false } = {}): Read {
  const bytes = Buffer.from(text, 'latin1');
  const places = [...new Set(cuts.map((part) => Math.floor(part * bytes.length)))].toSorted((a, b) => a - b);
  const reader = createAnswerReader(method);
  let body = '';
  for (const [i, from] of [0, ...places].entries())
    body += reader.read(Buffer.from(bytes.subarray(from, places[i] ?? bytes.length)))?.toString('latin1') ?? '';
  const fault = reader.fault();
  if (fault) throw fault;
  const whole = closes ? reader.end() : reader.isWhole();
  const { status, rawHeaders = [] } = reader.head() ?? {};
  return { status, rawHeaders, body, whole, keepMs: reader.keepMs(30_000) };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('where an answer ends', () => {
  // prettier-ignore
  test.each<[string, string, object, Partial<Read>]>([
    ['by its length', `${OK}Content-Length: 5\r\n\r\nhello`, {}, { body: 'hello', whole: true, keepMs: 30_000 }],
    ['before its length', `${OK}Content-Length: 5\r\n\r\nhel`, { closes: true }, { body: 'hel', whole: false }],
    ['by chunks', `${CHUNKED}5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n`, {}, { body: 'hello!', whole: true, keepMs: 30_000 }],
    ['by chunks with extensions', `${CHUNKED}5;a=b\r\nhello\r\n0;c\r\n\r\n`, {}, { body: 'hello', whole: true }],
    ['by chunks with trailers', `${CHUNKED}1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n`, {}, { body: 'a', whole: true, keepMs: 30_000 }],
    ['by chunks counted with zeros', `${CHUNKED}000A\r\n0123456789\r\n000\r\n\r\n`, {}, { body: '0123456789', whole: true }],
    ['inside a chunk', `${CHUNKED}5\r\nhel`, { closes: true }, { body: 'hel', whole: false }],
    ['between chunks', `${CHUNKED}5\r\nhello\r\n`, { closes: true }, { body: 'hello', whole: false }],
    ['before the last empty line', `${CHUNKED}1\r\na\r\n0\r\n`, { closes: true }, { body: 'a', whole: false }],
    ['with its connection', `${OK}\r\nhello`, { closes: true }, { body: 'hello', whole: true, keepMs: 0 }],
    ['not without its connection', `${OK}\r\nhello`, {}, { body: 'hello', whole: false }],
    ['compressed and by chunks', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`, {}, { body: 'a', whole: true }],
    ['with its headers, 204', 'HTTP/1.1 204 No Content\r\n\r\n', {}, { status: 204, body: '', whole: true, keepMs: 30_000 }],
    ['with its headers, 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', {}, { whole: true, keepMs: 30_000 }],
    ['with its headers, to HEAD', `${OK}Content-Length: 9\r\n\r\n`, { method: 'HEAD' }, { whole: true, keepMs: 30_000 }],
    ['with its headers, of no length', `${OK}Content-Length: 0\r\n\r\n`, {}, { body: '', whole: true, keepMs: 30_000 }],
    ['inside its headers', `${OK}Content-Le`, { closes: true }, { status: undefined, whole: false }],
    ['before it has begun', '', { closes: true }, { status: undefined, whole: false }],
    ['behind interim answers', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}Content-Length: 1\r\n\r\na`, {}, { status: 200, body: 'a', whole: true }],
    ['before bytes that nobody asked for', `${OK}Content-Length: 1\r\n\r\nab`, {}, { body: 'a', whole: true, keepMs: 0 }],
    ['of an old host', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', {}, { body: 'a', whole: true, keepMs: 0 }],
    ['and the host says that it closes', `${OK}Connection: Close\r\nContent-Length: 1\r\n\r\na`, {}, { whole: true, keepMs: 0 }],
    ['and the host says how long it waits', `${OK}Keep-Alive: timeout=5, max=100\r\nContent-Length: 0\r\n\r\n`, {}, { keepMs: 4_000 }],
    ['and the host waits for longer than is relied on', `${OK}Keep-Alive: timeout=600\r\nContent-Length: 0\r\n\r\n`, {}, { keepMs: 30_000 }],
    ['and the host hardly waits', `${OK}Keep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n`, {}, { keepMs: 0 }],
  ])('%s', (_name, text, how, expected) => {
    expect(read(text, how)).toMatchObject(expected);
    // Cut anywhere, it is the same.
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (cuts) => {
        expect(read(text, { ...how, cuts })).toEqual(read(text, how));
      }),
      { numRuns: 30 },
    );
  });
});

test('headers keep their order, their case and their bytes, without the blanks around them', () => {
  const text = `${OK}X-B:1\r\nx-a: \t2 3\t \r\nX-a: \r\nx-bytes: \xe4\xa0\r\nContent-Length: 0\r\n\r\n`;
  expect(read(text).rawHeaders).toEqual([
    'X-B',
    '1',
    'x-a',
    '2 3',
    'X-a',
    '',
    'x-bytes',
    '\xe4\xa0',
    'Content-Length',
    '0',
  ]);
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['another version', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a header without a name', `${OK}: 1\r\n\r\n`],
  ['a blank behind a name', `${OK}a : 1\r\n\r\n`],
  ['a folded header', `${OK}a: 1\r\n 2\r\n\r\n`],
  ['a bare carriage return', `${OK}a: 1\rb: 2\r\n\r\n`],
  ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
  ['a length that is no number', `${OK}Content-Length: -1\r\n\r\n`],
  ['a chunk of no length', `${CHUNKED}x\r\n`],
  ['a chunk longer than it says', `${CHUNKED}1\r\nab\r\n`],
  ['a chunk without its carriage return', `${CHUNKED}1\na`],
  ['headers without end', `${OK}a: ${'1'.repeat(90_000)}`],
  ['trailers without end', `${CHUNKED}0\r\n${'a: 1\r\n'.repeat(20_000)}`],
  ['a line without end between chunks', `${CHUNKED}${'1'.repeat(5_000)}`],
])('%s is no answer', (_name, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^HPE_/) }));
});

/** Claude Code's own client (Bun's) takes these, and Node's does not. Nobody gets to see a length that does not hold. */
test.each([
  [
    'the same length twice',
    'Content-Length: 1\r\nx: y\r\ncontent-length: 1\r\n\r\na',
    ['x', 'y', 'Content-Length', '1'],
    30_000,
  ],
  [
    'chunks beside a length',
    'Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ['Transfer-Encoding', 'chunked'],
    0,
  ],
  [
    'a length beside chunks',
    'Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ['Transfer-Encoding', 'chunked'],
    0,
  ],
])('%s is read', (_name, text, rawHeaders, keepMs) => {
  expect(read(`${OK}${text}`)).toEqual({ status: 200, rawHeaders, body: 'a', whole: true, keepMs });
});

test('what was good stands, whatever comes behind it', () => {
  const reader = createAnswerReader('POST');
  expect(reader.read(Buffer.from(`${CHUNKED}5\r\nhello\r\nx\r\n`))?.toString()).toBe('hello');
  expect([reader.head()?.status, reader.isWhole()]).toEqual([200, false]);
  expect(reader.fault()).toMatchObject({ code: 'HPE_INVALID_CHUNK_SIZE' });
});

describe("what Node's own client reads is read, and the same", () => {
  let answer: Buffer;
  let server: net.Server;
  beforeAll(async () => {
    server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());

  function byNode(text: string): Promise<Pick<Read, 'status' | 'rawHeaders' | 'body' | 'whole'> | undefined> {
    answer = Buffer.from(text, 'latin1');
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false });
      request.on('error', () => resolve(undefined));
      request.on('response', (response) => {
        const { statusCode: status, rawHeaders } = response;
        let body = '';
        response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
        response.on('error', () => {});
        response.on('close', () => resolve({ status, rawHeaders, body, whole: response.complete }));
      });
      request.end();
    });
  }

  // prettier-ignore
  test.each<[string, string]>([
    ['an empty line in front', `\r\n${OK}Content-Length: 1\r\n\r\na`],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na'],
    ['a reason of nothing', 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na'],
    ['a reason in another language', 'HTTP/1.1 200 \xc3\xa4\r\nContent-Length: 1\r\n\r\na'],
    ['a reason of any bytes', 'HTTP/1.1 200 \0\x7f\x01\r\nContent-Length: 1\r\n\r\na'],
    ['the oldest version', 'HTTP/0.9 200 OK\r\nContent-Length: 1\r\n\r\na'],
    ['the name of another version', 'HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\na'],
    ['a status above all others', 'HTTP/1.1 999 OK\r\nContent-Length: 1\r\n\r\na'],
    ['an old version and chunks', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
    ['blanks around a length', `${OK}Content-Length:  1 \r\n\r\na`],
    ['a long length of a chunk', `${CHUNKED}0000000000000001\r\na\r\n0\r\n\r\n`],
    ['a quoted extension', `${CHUNKED}1;a="b;c"\r\na\r\n0\r\n\r\n`],
    ['chunks by another case', `${OK}Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`],
    ['codings in two headers', `${OK}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`],
    ['chunks that are not the last coding', `${OK}Transfer-Encoding: chunked, gzip\r\n\r\na`],
    ['a coding that is none', `${OK}Transfer-Encoding: identity\r\n\r\na`],
    ['an offer of another protocol', `${OK}Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\na`],
    ['a control character in a header', `${OK}a: \x01\r\nContent-Length: 1\r\n\r\na`],
    ['a folded header', `${OK}a: 1\r\n 2\r\nContent-Length: 1\r\n\r\na`],
    ['two lengths in one', `${OK}Content-Length: 1, 1\r\n\r\na`],
    ['a length with a sign', `${OK}Content-Length: +1\r\n\r\na`],
    ['an empty length', `${OK}Content-Length: \r\n\r\na`],
    ['a blank behind the length of a chunk', `${CHUNKED}1 \r\na\r\n0\r\n\r\n`],
    ['lines without carriage returns', 'HTTP/1.1 200 OK\na: 1\n'],
    ['another protocol, which waits', 'SSH-2.0-OpenSSH\r\n'],
    ['a radio', 'ICY 200 OK\r\n'],
  ])('%s', async (_name, text) => {
    const node = await byNode(text);
    const known = () => {
      const { keepMs: _, ...ours } = read(text, { closes: true });
      return ours;
    };
    if (node?.whole) expect(known()).toEqual(node);
    else expect(known).toThrow(expect.objectContaining({ code: expect.stringMatching(/^HPE_/) }));
  });

  const name = fc
    .stringMatching(/^[A-Za-z][\w!#$%&'*+.^`|~-]{0,12}$/)
    .filter((one) => !/^(?:con|trans|upg|set-)/i.test(one));
  const latin1 = (most: number, isFine: (byte: number) => boolean = () => true) =>
    fc.uint8Array({ maxLength: most }).map((bytes) => Buffer.from(bytes.filter(isFine)).toString('latin1'));
  const value = latin1(20, (byte) => byte === 9 || (byte >= 32 && byte !== 127));
  const headers = fc.array(fc.tuple(name, value), { maxLength: 6 });
  const bodies = fc.array(latin1(30), { maxLength: 5 });
  const framings = fc.constantFrom('length', 'chunked', 'close');
  const status = fc.integer({ min: 200, max: 599 }).filter((one) => one !== 204 && one !== 304);

  function write(code: number, lines: [string, string][], pieces: string[], framing: string): string {
    const head = `HTTP/1.1 ${code} x\r\n${lines.map(([key, text]) => `${key}: ${text}\r\n`).join('')}`;
    const whole = pieces.join('');
    if (framing === 'length') return `${head}Content-Length: ${whole.length}\r\n\r\n${whole}`;
    if (framing === 'close') return `${head}\r\n${whole}`;
    const chunks = pieces
      .filter(Boolean)
      .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
      .join('');
    return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
  }

  test('of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(status, headers, bodies, framings, async (code, lines, pieces, framing) => {
        const text = write(code, lines, pieces, framing);
        const { keepMs: _, ...ours } = read(text, { closes: true });
        expect(ours).toEqual(await byNode(text));
      }),
      { numRuns: 100 },
    );
  });
});
