import { gzipSync } from 'node:zlib';
import type { Behaviour, Call, Good } from './line.ts';
import { errorBody, errorFrame } from './wires.ts';

/** Something that can go wrong between a host and ccmux, and where in the answer it does. */
export type Fault = {
  name: string;
  point: string;
  behave: Behaviour;
  /**
   * `next`: whoever is ready answers in its place. `itself`: the answer is as good as ever. Left out: either, or an error
   * that says what happened.
   */
  expects?: 'next' | 'itself';
  /** The words of the answer may differ: the host itself has changed them. */
  alters?: true;
};

/** Where a body stands still: how much of it has been sent by then. */
const POINTS = {
  'behind the headers': () => 0,
  'before the content': ({ contentAt, body }) => contentAt || Math.min(8, body.length),
  'inside the first content': ({ contentAt, frameEnds, body }) => {
    const end = frameEnds.find((each) => each > contentAt) ?? body.length / 2;
    return Math.floor((contentAt + end) / 2);
  },
  'in the middle': ({ frameEnds, body }) => frameEnds[Math.floor(frameEnds.length / 2)] ?? Math.floor(body.length / 2),
  'before the end': ({ frameEnds, body }) => frameEnds.at(-2) ?? body.length - 1,
  'behind the end': ({ body }) => body.length,
} satisfies Record<string, (good: Good) => number>;

type Point = keyof typeof POINTS;

/** Nothing of the answer can have reached the client there. */
const EARLY = new Set<string>(['behind the headers', 'before the content'] satisfies Point[]);

/** What happens at a point of a body. */
const INSIDE: Record<string, (call: Call, rest: Buffer) => void | Promise<void>> = {
  cut: ({ socket }) => void socket.destroy(),
  reset: ({ socket }) => void socket.resetAndDestroy(),
  end: (call) => call.end(),
  silence: (call) => call.silence(),
  'pings without end': async (call) => {
    const timer = setInterval(() => call.chunk(': ping\n\n'), 20);
    await call.silence();
    clearInterval(timer);
  },
  'broken framing': ({ socket }) => void socket.end('zz\r\nnonsense\r\n'),
  'an error in its own words': (call) => {
    call.chunk(errorFrame(call.wire));
    call.end();
  },
  'an HTML page': (call) => {
    call.chunk('<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>');
    call.end();
  },
  'a business error': (call) => {
    call.chunk('{"code":1113,"msg":"the account is in arrears","success":false}');
    call.end();
  },
  bytes: (call) => {
    call.chunk(Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 167 + 13) % 256)));
    call.end();
  },
  'a line without end': (call) => {
    call.chunk(`data: ${'x'.repeat(1_000_000)}`);
    call.end();
  },
  noise: (call, rest) => {
    call.chunk('\n\n: \u0000\ufffd\n\nevent: unheard_of\ndata: {"type":"unheard_of"}\n\n');
    call.chunk(rest);
    call.end();
  },
  'the answer once more': (call, rest) => {
    call.chunk(rest);
    call.chunk(call.good.body);
    call.end();
  },
  'small pieces': (call, rest) => {
    for (let at = 0; at < rest.length; at += 61) call.chunk(rest.subarray(at, at + 61));
    call.end();
  },
};

/** These end an answer that is not whole, before anybody has seen any of it. */
const BREAKS = new Set(['cut', 'reset', 'silence', 'broken framing']);

const inside: Fault[] = Object.entries(INSIDE).flatMap(([name, act]) =>
  Object.entries(POINTS).map(([point, offsetOf]): Fault => ({
    name,
    point,
    async behave(call) {
      const { good } = call;
      const offset = offsetOf(good);
      call.head(good.status, good.headers);
      call.chunk(good.body.subarray(0, offset));
      await act(call, good.body.subarray(offset));
    },
    ...(EARLY.has(point) && BREAKS.has(name) && { expects: 'next' }),
    ...(name === 'small pieces' && { expects: 'itself' }),
    ...((name === 'noise' || name === 'the answer once more') && { alters: true }),
  })),
);

/** What happens in place of an answer's headers. */
const HEADERLESS: Record<string, (call: Call) => void | Promise<void>> = {
  cut: ({ socket }) => void socket.destroy(),
  reset: ({ socket }) => void socket.resetAndDestroy(),
  silence: (call) => call.silence(),
  'half a status line': ({ socket }) => void socket.end('HTTP/1.1 2'),
  'half of the headers': ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/ev'),
  'headers, then silence': (call) => {
    call.socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/ev');
    return call.silence();
  },
  'no HTTP': ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  bytes: ({ socket }) => void socket.end(Buffer.from([0, 255, 1, 254, 13, 10, 13, 10])),
  'a status of words': (call) => (call.head('okay', []), call.end()),
  'headers of 100 KB': (call) => (call.head(200, [['x-large', 'x'.repeat(100_000)]]), call.end()),
  'two lengths': (call) => {
    call.head(200, [
      ['content-length', '10'],
      ['content-length', '20'],
    ]);
    call.socket.end('x'.repeat(20));
  },
};

const headerless = Object.entries(HEADERLESS).map(([name, behave]): Fault => ({
  name,
  point: 'before the headers',
  behave,
  expects: 'next',
}));

/** How a body that is whole and good can come. */
const ENCODED: Record<string, (body: Buffer) => { encoding?: string; length?: number; bytes: Buffer }> = {
  gzip: (body) => ({ encoding: 'gzip', bytes: gzipSync(body) }),
  'gzip that breaks off': (body) => ({ encoding: 'gzip', bytes: gzipSync(body).subarray(0, -40) }),
  'gzip that is damaged': (body) => {
    const bytes = gzipSync(body);
    bytes.fill(0xff, bytes.length >> 1);
    return { encoding: 'gzip', bytes };
  },
  'gzip that is none': (body) => ({ encoding: 'gzip', bytes: body }),
  'gzip that nobody names': (body) => ({ bytes: gzipSync(body) }),
  'an unknown encoding': (body) => ({ encoding: 'snappy', bytes: body }),
  'a length too large': (body) => ({ length: body.length + 100, bytes: body }),
  'a length too small': (body) => ({ length: Math.floor(body.length / 2), bytes: body }),
};

const encoded = Object.entries(ENCODED).map(([name, encode]): Fault => ({
  name,
  point: 'in the encoding',
  behave(call) {
    const { headers, status, body } = call.good;
    const { encoding, length, bytes } = encode(body);
    const kept = headers.filter(([each]) => each !== 'transfer-encoding');
    call.head(status, [
      ...kept,
      ...(encoding ? ([['content-encoding', encoding]] as [string, string][]) : []),
      ...(length ? ([['content-length', String(length)]] as [string, string][]) : []),
    ]);
    call.sent.push(bytes.subarray(0, length ?? bytes.length));
    call.socket.end(bytes);
  },
  ...(name === 'gzip' && { expects: 'itself' }),
}));

const STATUSES = [
  201, 204, 205, 206, 301, 302, 304, 307, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529,
];

/** What an error's body holds. */
const BODIES: Record<string, (call: Call, status: number) => void | Promise<void>> = {
  'its own words': (call, status) => (call.chunk(errorBody(call.wire, status)), call.end()),
  'an HTML page': (call, status) => (call.chunk(`<html><h1>${status}</h1></html>`), call.end()),
  nothing: (call) => call.end(),
  'half a body': (call, status) => {
    call.chunk(errorBody(call.wire, status).slice(0, 20));
    call.socket.destroy();
  },
  'half a body, then silence': (call, status) => {
    call.chunk(errorBody(call.wire, status).slice(0, 20));
    return call.silence();
  },
};

const statuses = STATUSES.flatMap((status) =>
  Object.entries(BODIES).map(([name, give]): Fault => ({
    name: `${status}, ${name}`,
    point: 'in the status',
    behave(call) {
      const location: [string, string][] =
        status > 300 && status < 304 ? [['location', 'http://127.0.0.1:9/elsewhere']] : [];
      const type = name === 'an HTML page' ? 'text/html' : 'application/json';
      // These have no body: what follows would be the next answer.
      if (status === 204 || status === 304) {
        call.head(status, []);
        return void call.socket.end();
      }
      call.head(status, [['content-type', type], ...location, ['transfer-encoding', 'chunked']]);
      return give(call, status);
    },
    ...([429, 500, 502, 503, 504, 529].includes(status) && { expects: 'next' }),
  })),
);

export const FAULTS: readonly Fault[] = [...headerless, ...inside, ...encoded, ...statuses];
