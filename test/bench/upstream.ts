/**
 * Claude and a fallback in one process. `x-bench` says what is wanted of Claude: how long it thinks (milliseconds),
 * that it is limited, or that it speaks slowly.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const PACED_EVENTS = 40;
const PACE_MS = 10;

const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    const wanted = String(request.headers['x-bench'] ?? '0');
    if (request.url!.includes('chat/completions')) return answerChat(response);
    if (wanted === 'limited') return refuse(response);
    if (wanted === 'paced') return pace(response);
    if (wanted === '0') return answer(response);
    setTimeout(() => speak(response), Number(wanted));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

const sse = (data: Record<string, unknown>) => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`;
const usage = { input_tokens: 1, output_tokens: 1 };
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage };
const BEGINNING =
  sse({ type: 'message_start', message }) +
  sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
const END =
  sse({ type: 'content_block_stop', index: 0 }) +
  sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }) +
  sse({ type: 'message_stop' });
const words = (text: string) => sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });

function answer(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(BEGINNING + words('hello') + END);
}

/** A model that thinks has not finished when it begins to speak. */
function speak(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(BEGINNING + words('hello'));
  setTimeout(() => response.end(END), PACE_MS);
}

/** Each event says when it was written: the clock is the same for all processes of a machine. */
function pace(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(BEGINNING);
  let left = PACED_EVENTS;
  const timer = setInterval(() => {
    if (left-- > 0) return void response.write(words(`at ${process.hrtime.bigint()}`));
    clearInterval(timer);
    response.end(END);
  }, PACE_MS);
}

function refuse(response: http.ServerResponse): void {
  const error = { type: 'rate_limit_error', message: 'This request would exceed your account’s rate limit.' };
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '600' });
  response.end(JSON.stringify({ type: 'error', error }));
}

function answerChat(response: http.ServerResponse): void {
  const chunk = (delta: object, finish_reason: string | null) => {
    const fields = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
    return `data: ${JSON.stringify({ ...fields, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${chunk({ role: 'assistant', content: 'hello' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`);
}
