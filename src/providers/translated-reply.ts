import type { MessageEvent } from '../codec/anthropic.ts';
import { rewordOverflow } from '../codec/overflow.ts';
import type { Prompt } from '../codec/request.ts';
import { toWholeMessage } from '../codec/response.ts';
import { encodeEvent } from '../codec/sse.ts';
import type { Reply } from './provider.ts';
import type { Transport } from './translated-transport.ts';

/** A stream of bytes; leaving it early ends the upstream request. */
export async function* encode(events: AsyncIterable<MessageEvent>, transport: Transport): AsyncGenerator<Uint8Array> {
  try {
    for await (const event of events) yield encodeEvent(event);
  } finally {
    transport.close();
  }
}

/** An answer in one piece. @throws UpstreamError */
export async function wholeReply(
  events: AsyncIterable<MessageEvent>,
  transport: Transport,
  model: string,
  prompt: Prompt,
): Promise<Reply> {
  try {
    const message = await toWholeMessage(events);
    return json(200, message, limitHeaders(transport), model, prompt.warnings);
  } finally {
    transport.close();
  }
}

/** The upstream's own answer, so that its limits can be read; only an overflow is put into Claude's words. */
export function errorReply(
  answer: { status: number; headers: Headers; body: string },
  model: string,
  prompt: Prompt,
  known: { tokens: number; contextWindow: number },
): Reply {
  const rawHeaders = [...answer.headers].filter(([name]) => !NOT_OF_THE_BODY.has(name)).flat();
  const overflow = rewordOverflow(answer.status, answer.body, known);
  if (overflow !== undefined)
    return json(
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: overflow } },
      rawHeaders.flatMap((value, at) => (at % 2 === 0 && value !== 'content-type' ? [value, rawHeaders[at + 1]!] : [])),
      model,
      prompt.warnings,
    );
  return { status: answer.status, rawHeaders, body: once(answer.body), model, warnings: prompt.warnings };
}

/** The body has been decoded and is sent in one piece by somebody else. */
const NOT_OF_THE_BODY = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'set-cookie',
]);

/** A reply of ours with a JSON body; `headers` are names and values alternating. */
export function json(
  status: number,
  body: unknown,
  headers: string[],
  model: string,
  warnings: Reply['warnings'],
): Reply {
  const rawHeaders = ['content-type', 'application/json', ...headers];
  return { status, rawHeaders, body: once(JSON.stringify(body)), model, warnings };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** What the upstream says of its limits and of this request, names and values alternating. */
export function limitHeaders(transport: Transport): string[] {
  const headers = [...(transport.headers() ?? [])];
  const limits = headers.filter(([name]) => /^(x-ratelimit-|ratelimit|retry-after)/.test(name)).flat();
  const id = headers.find(([name]) => /^(x-request-id|request-id|x-goog-request-id)$/.test(name));
  return id ? ['request-id', id[1], ...limits] : limits;
}
