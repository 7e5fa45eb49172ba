import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BOTH, chain } from '../helpers/chain.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import {
  answering,
  erring,
  opening,
  respond,
  startWireHost,
  WIRES,
  type Respond,
  type WireName,
} from '../helpers/wires.ts';

const json = (body: unknown, type = 'application/json') => respond(JSON.stringify(body), type);
const page = '<!doctype html><title>Sign in to the network</title>';

describe('a 200 that holds no message is a failed attempt of a fallback', () => {
  const bodies: [string, Respond, string | RegExp][] = [
    ['a business code', json({ code: 1113, msg: 'Insufficient balance', success: false }), /no credit/],
    ['a code as text', json({ code: '1305', message: 'The model is busy' }), /rate limit|quota/],
    ['an unknown code', json({ code: 7001, msg: 'something' }), '200 (error 7001)'],
    ['base_resp', json({ base_resp: { status_code: 1008, status_msg: 'no balance' } }), /no credit/],
    [
      'base_resp beside null choices',
      json({ choices: null, base_resp: { status_code: 1004, status_msg: 'x' } }),
      /key/,
    ],
    ['errcode', json({ errcode: 110, errmsg: 'Access token invalid' }), '200 (error 110)'],
    ['success: false', json({ success: false, message: 'rate limit exceeded' }), /rate limit|quota/],
    ['a page', respond(page, 'text/html'), '200 (answer is not a message: an HTML page)'],
    ['a page called a stream', respond(page), '200 (answer is not a message: an HTML page)'],
    ['a page called JSON', respond(page, 'application/json'), '200 (answer is not a message: an HTML page)'],
    ['nothing', respond('', 'application/json'), '200 (answer is not a message: an empty body)'],
    ['an empty stream', respond(''), '200 (answer is not a message: an empty body)'],
    ['white space', respond('\n\n'), '200 (answer is not a message: an empty body)'],
    [
      'an OpenAI error',
      json({ error: { message: 'Overloaded', type: 'server_error', code: 503 } }),
      /server error|50[03]/,
    ],
    [
      'an OpenAI error called a stream',
      json({ error: { message: 'x', code: 'rate_limit_exceeded' } }, 'text/event-stream'),
      /429/,
    ],
    [
      'an Anthropic error called a stream',
      json({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }, 'text/event-stream'),
      /529 overloaded/,
    ],
    ['the wrong JSON', json({ hello: 'world' }), '200 (answer is not a message: other JSON)'],
    ['a list', json([1, 2, 3]), '200 (answer is not a message: other JSON)'],
    ['text', respond('upstream connect error', 'text/plain'), '200 (answer is not a message: other text)'],
    ['comments alone', respond(': waiting\n\n: waiting\n\n'), /an event stream without an answer/],
  ];
  test.each(WIRES.flatMap((wire) => bodies.map(([what, answer, reason]) => [wire, what, answer, reason] as const)))(
    '%s: %s',
    async (wire, _what, answer, reason) => {
      for (const stream of BOTH) {
        const got = await chain(wire, answer, { stream });
        expect(got).toMatchObject({ text: 'y answers', stop: 'end_turn', asked: 1 });
        expect(got.reasons).toEqual([typeof reason === 'string' ? reason : expect.stringMatching(reason)]);
      }
    },
  );

  test.each(WIRES.flatMap((wire) => WIRES.filter((other) => other !== wire).map((other) => [wire, other] as const)))(
    'an answer of another wire: %s is answered in %s',
    async (wire, other) => {
      for (const stream of BOTH) {
        const got = await chain(wire, respond(answering(other, 'of another wire')), { stream });
        expect(got).toMatchObject({ text: 'y answers', asked: 1 });
        expect(got.reasons).toEqual(['200 (answer is not a message: an event stream without an answer)']);
      }
    },
  );

  test.each(WIRES)('%s: the reset that it names is read', async (wire) => {
    const got = await chain(
      wire,
      respond(JSON.stringify({ code: 1302, msg: 'busy' }), 'application/json', { 'retry-after': '120' }),
    );
    expect(got.cooldowns[0]!.until - Date.now()).toBeGreaterThan(60_000);
  });

  test.each([true, false])('what Claude answers is its client’s to judge (alone: %s)', async (alone) => {
    for (const answer of [
      respond(page, 'text/html'),
      json({ code: 1113, msg: 'x' }),
      respond('', 'application/json'),
    ]) {
      const host = await startWireHost(answer);
      const proxy = await startProxy([claudeAt(host.url), ...(alone ? [] : [fallback('y', streamed('y answers'))])]);
      const direct = await (await ask(host.url)).text();
      expect(await (await ask(proxy.url)).text()).toBe(direct);
    }
  });
});

describe('a status that is no answer settles at once', () => {
  const raw =
    (head: string): Respond =>
    (response) =>
      void response.socket!.end(`HTTP/1.1 ${head}\r\n\r\n`);
  const statuses: [string, Respond][] = [
    ['101', raw('101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade')],
    ['103 alone', raw('103 Early Hints')],
    ['204', raw('204 No Content')],
    ['205', raw('205 Reset Content\r\ncontent-length: 0')],
    ['304', raw('304 Not Modified')],
    ['201', raw('201 Created\r\ncontent-length: 0')],
    ['600', raw('600 Odd\r\ncontent-length: 0')],
    ['999', raw('999 Odd\r\ncontent-length: 0')],
    ['no status', raw('okay')],
  ];
  test.each(WIRES.flatMap((wire) => statuses.map(([what, answer]) => [wire, what, answer] as const)))(
    '%s: %s',
    async (wire, _what, answer) => {
      for (const stream of BOTH) {
        const got = await chain(wire, answer, { stream });
        expect(got.text).toBe('y answers');
        expect(got.reasons).toHaveLength(1);
        expect(got.reasons[0]).not.toMatch(/fault/);
      }
    },
  );

  test.each(['101', '103 alone'])('Claude’s own %s as well', async (what) => {
    const host = await startWireHost(statuses.find(([name]) => name === what)![1]);
    const proxy = await startProxy([claudeAt(host.url), fallback('y', streamed('y answers'))]);
    expect(await (await ask(proxy.url)).text()).toContain('y answers');
  });
});

describe('a status beside 200 that brings an answer is an answer', () => {
  test.each(WIRES.flatMap((wire) => [201, 202, 203, 206, 226].map((status) => [wire, status] as const)))(
    '%s: %i',
    async (wire, status) => {
      for (const stream of BOTH) {
        const answer: Respond = (response) =>
          void response.writeHead(status, { 'content-type': 'text/event-stream' }).end(answering(wire, 'x answers'));
        expect(await chain(wire, answer, { stream })).toMatchObject({ text: 'x answers', isOver: true, reasons: [] });
      }
    },
  );
});

describe('whatever the content type says, the body tells what it is', () => {
  test.each(
    WIRES.flatMap((wire) =>
      ['text/plain', '', 'application/json', 'application/octet-stream'].map((type) => [wire, type] as const),
    ),
  )('%s under %j', async (wire, type) => {
    for (const stream of BOTH) {
      const got = await chain(wire, respond(answering(wire, 'x answers'), type), { stream });
      expect(got).toMatchObject({ text: 'x answers', stop: 'end_turn', isOver: true, reasons: [] });
    }
  });

  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'text', text: 'x answers' },
    ],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 5 },
  };
  const wholes: [WireName, unknown][] = [
    ['adapted', message],
    ['chat', { choices: [{ index: 0, message: { role: 'assistant', content: 'x answers' }, finish_reason: 'stop' }] }],
    ['gemini', [{ candidates: [{ content: { parts: [{ text: 'x answers' }] }, finishReason: 'STOP' }] }]],
  ];
  test.each(
    wholes.flatMap(([wire, body]) =>
      ['application/json', 'text/event-stream', ''].map((type) => [wire, type, body] as const),
    ),
  )('%s in one piece under %j, whatever the client asked for', async (wire, type, body) => {
    for (const stream of BOTH) {
      const got = await chain(wire, json(body, type), { stream });
      expect(got).toMatchObject({ text: 'x answers', stop: 'end_turn', isOver: true, reasons: [] });
      expect(got.body.includes('message_start')).toBe(stream);
    }
  });

  test('Claude’s events under another type are read as they pass', async () => {
    for (const type of ['text/plain', '']) {
      const host = await startWireHost(respond(answering('adapted', 'Claude here'), type));
      const proxy = await startProxy([claudeAt(host.url), fallback('y', streamed('y answers'))]);
      expect(await (await ask(proxy.url)).text()).toBe(answering('adapted', 'Claude here'));
      await expect
        .poll(() => proxy.of('exchange-end'))
        .toMatchObject([{ outcome: 'answered', stopReason: 'end_turn' }]);
      const failing = await startWireHost(respond(opening('adapted') + erring('adapted', 'busy'), type));
      const other = await startProxy([claudeAt(failing.url), fallback('y', streamed('y answers'))]);
      expect(await (await ask(other.url)).text()).toContain('y answers');
    }
  });
});

describe('compression that nobody asked for', () => {
  const ways: [string, (text: string) => Buffer][] = [
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    ['br', zlib.brotliCompressSync],
    ['deflate', zlib.deflateSync],
    ['zstd', zlib.zstdCompressSync],
    ['GZIP', zlib.gzipSync],
  ];
  test.each(WIRES.flatMap((wire) => ways.map(([name, zip]) => [wire, name, zip] as const)))(
    '%s: %s',
    async (wire, name, zip) => {
      for (const stream of BOTH) {
        const headers = { 'content-encoding': name };
        const got = await chain(wire, respond(zip(answering(wire, 'x answers')), 'text/event-stream', headers), {
          stream,
        });
        expect(got).toMatchObject({ text: 'x answers', isOver: true, reasons: [] });
      }
    },
  );
  test.each(WIRES)('%s: cut or corrupt it is no answer', async (wire) => {
    const zipped = zlib.gzipSync(answering(wire, 'x answers'));
    const headers = { 'content-encoding': 'gzip' };
    for (const body of [zipped.subarray(0, 20), Buffer.from('this is no gzip at all')])
      for (const stream of BOTH) {
        const got = await chain(wire, respond(body, 'text/event-stream', headers), { stream });
        expect(got).toMatchObject({
          text: 'y answers',
          reasons: [expect.stringMatching(/^answer broke off \(gzip compression\)$/)],
        });
      }
  });
  test.each(WIRES)('%s: an error is read all the same, also one that was cut', async (wire) => {
    const body = zlib.gzipSync(
      JSON.stringify({
        error: { message: 'Insufficient balance', type: 'insufficient_quota', code: 'insufficient_quota' },
      }),
    );
    const answer: Respond = (response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(body);
    };
    expect((await chain(wire, answer)).reasons[0]).toMatch(/no credit|429/);
  });
});
