/** What failover costs at least: asks Claude, and at a 429 maps the request to a chat request, and its answer back. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const upstream = process.argv[2]!;
const agent = new http.Agent({ keepAlive: true });

type Message = { role: string; content: string | { type: string; text?: string }[] };

function ask(path: string, headers: http.OutgoingHttpHeaders, body: Buffer): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': body.length };
    const options = { method: 'POST', agent, headers: { ...headers, ...length } };
    http
      .request(upstream + path, options, resolve)
      .on('error', reject)
      .end(body);
  });
}

function toChat(body: Buffer): Buffer {
  const { messages, max_tokens } = JSON.parse(body.toString()) as { messages: Message[]; max_tokens: number };
  const chat = messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('\n'),
  }));
  return Buffer.from(JSON.stringify({ model: 'm', stream: true, max_tokens, messages: chat }));
}

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

async function translate(answer: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let rest = '';
  let begun = false;
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const [choice] = (JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] }).choices;
      const text = choice?.delta.content;
      if (!text) continue;
      if (!begun) {
        response.write(event('message_start', { message: { id: 'msg_1', role: 'assistant', content: [] } }));
        response.write(event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }));
      }
      begun = true;
      response.write(event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }));
    }
  }
  response.end(event('content_block_stop', { index: 0 }) + event('message_stop'));
}

async function relay(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const answer = await ask(request.url!, { ...request.headers, host: new URL(upstream).host }, body);
  if (answer.statusCode !== 429) return void answer.pipe(response.writeHead(answer.statusCode!, answer.headers));
  answer.resume();
  const chat = await ask('/v1/chat/completions', { 'content-type': 'application/json' }, toChat(body));
  await translate(chat, response);
}

const server = http.createServer((request, response) => void relay(request, response));
server.listen(0, '127.0.0.1', () => {
  process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
