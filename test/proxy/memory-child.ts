/** Does in a process of its own what must leave no memory behind, and prints what it left, in MB. Run with `--expose-gc`. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { EventBody } from '../../src/events.ts';
import { readTurn } from '../../src/failover/turn.ts';
import { lengthOf } from '../../src/ground/pieces.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { readBody, refuseTooLarge } from '../../src/proxy/body.ts';
import type { ExchangeContext } from '../../src/proxy/context.ts';
import { createRecord } from '../../src/proxy/record.ts';
import { createRelay } from '../../src/proxy/relay.ts';
import type { ClientRequest } from '../../src/proxy/request.ts';

const MB = 1024 * 1024;

async function listen(handle: (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>) {
  const server = http.createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends as many megabytes in chunks, all of them the same one, and waits for each to leave. */
async function upload(url: string, megabytes: number): Promise<string> {
  const chunk = Buffer.alloc(MB, 120);
  const request = http.request(url, { method: 'POST', agent: false });
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  for (let sent = 0; sent < megabytes; sent++) {
    // Node tells of no drain behind an early answer.
    await new Promise((resolve) => request.write(chunk, resolve));
    peak = Math.max(peak, process.memoryUsage().arrayBuffers / MB);
  }
  request.end();
  const response = await answer;
  return `${response.statusCode} ${(await buffer(response)).toString()}`;
}

let peak = 0;

async function collect() {
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc!();
  }
  return process.memoryUsage();
}

/** What is kept behind some work, on the heap and beside it, and the most that there was beside it meanwhile. */
async function left(work: (megabytes: number) => Promise<unknown>, megabytes: number) {
  // The first time loads what is loaded once.
  await work(1);
  const before = await collect();
  peak = 0;
  const result = await work(megabytes);
  const after = await collect();
  return { heap: (after.heapUsed - before.heapUsed) / MB, beside: after.arrayBuffers / MB, peak, result };
}

const bodies = await listen(async (request, response) => {
  const body = await readBody(request);
  if (body === 'too-large') refuseTooLarge(request, response);
  else response.end(String(body && lengthOf(body)));
});
const counting = await listen(async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  response.end(String(bytes));
});
const upstream = createUpstream({});
const relay = createRelay(() => counting, upstream, { connect: 0, whole: 0 });
const relaying = await listen((request, response) => relay(request, response, '/v1/files'));

const kept: EventBody[] = [];
async function prompts(megabytes: number): Promise<number> {
  const context = {
    bus: { emit: (event: EventBody) => event.type === 'exchange-start' && kept.push(event) },
    now: () => 0,
    elapsed: () => 0,
    previews: true,
  };
  for (let i = 0; i < 5 * megabytes; i++) {
    const prompt = i % 2 === 0 ? `prompt ${i} ${'of many words '.repeat(15_000)}` : `${i}${'oneWord'.repeat(30_000)}`;
    const parsed = { model: 'claude-opus-5-5', messages: [{ role: 'user' as const, content: prompt }], tools: [{}] };
    const turn = readTurn(parsed, {});
    const request = { turn: () => turn, parsed: () => parsed, asker: {}, body: [], endpoint: 'messages' };
    const counts = { nextExchange: () => i, nextTurn: () => i };
    const record = createRecord(
      { ...context, ...counts } as unknown as ExchangeContext,
      request as unknown as ClientRequest,
    );
    // Whatever is told first tells that the exchange began; that event has the preview.
    record.skip([{ provider: 'gemini', reason: 'not_chosen', detail: { kind: 'no-judge' } }]);
  }
  return kept.length;
}

console.log(
  JSON.stringify({
    tooLarge: await left((megabytes) => upload(bodies, megabytes), 200),
    large: await left((megabytes) => upload(bodies, megabytes), 60),
    relayed: await left((megabytes) => upload(relaying, megabytes), 200),
    previews: await left(prompts, 60),
  }),
);
process.exit(0);
