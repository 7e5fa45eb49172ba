/**
 * Relays small requests and prints how much of each, in KB, survives the small garbage collections that follow. Run with
 * `--expose-gc` and a young generation that holds them all.
 */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { assembleProxy, fallback } from '../helpers/proxy.ts';

const REQUESTS = 400;
const EVENTS = [
  { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'hello' } },
  { type: 'message_stop' },
];
const ANSWER = EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const BODY = JSON.stringify({
  model: 'claude-opus-5-5',
  max_tokens: 1,
  stream: true,
  messages: [{ role: 'user', content: 'hello '.repeat(300) }],
});

const host = http.createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(ANSWER);
  });
});
host.listen(0, '127.0.0.1');
await once(host, 'listening');
const address = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
const unused = () => Promise.reject(new Error('nobody asks the fallback'));
const claude = fallback(
  'claude',
  createClaudeSend(() => address, createUpstream({})),
  {
    own: true,
    translated: false,
    wire: 'anthropic',
  },
);
const proxy = await assembleProxy([claude, fallback('gemini', unused)]);

const agent = new http.Agent({ keepAlive: true });
async function ask(): Promise<void> {
  const headers = {
    'content-length': BODY.length,
    'x-claude-code-session-id': 's',
    'x-claude-code-request-class': 'main',
  };
  const request = http.request(`${proxy.url}/v1/messages`, { method: 'POST', agent, headers }).end(BODY);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  if ((await text(response)) !== ANSWER) throw new Error('not the answer');
}

async function askOften(): Promise<void> {
  for (let i = 0; i < REQUESTS / 4; i++) {
    await Promise.all([ask(), ask(), ask(), ask()]);
    proxy.events.length = 0;
  }
}

/** Bytes in use after the small collections that move an object to the old generation. */
function afterSmallCollections(): number {
  for (let i = 0; i < 4; i++) globalThis.gc!({ type: 'minor' });
  return process.memoryUsage().heapUsed;
}

for (let i = 0; i < 3; i++) await askOften();
globalThis.gc!();
const kept: number[] = [];
for (let round = 0; round < 3; round++) {
  const before = afterSmallCollections();
  await askOften();
  kept.push((afterSmallCollections() - before) / REQUESTS / 1024);
}
console.log(JSON.stringify(kept));
process.exit(0);
