import { createParser } from 'eventsource-parser';
import type { ContentBlock } from '../codec/anthropic.ts';
import { errorEvent } from '../codec/error-event.ts';
import { mendHalves } from '../codec/halves.ts';
import { asRecord, isRecord, parseJson } from '../codec/json.ts';
import type { Cleaning } from '../codec/relayed-blocks.ts';
import { cleanMessage, createRelayedCleaner } from '../codec/relayed-stream.ts';
import { encodeEvent } from '../codec/sse.ts';
import { UpstreamError } from '../errors.ts';

/** An answer's bytes for the client, and who is told why it ended (`end_turn`, `max_tokens` …). */
export type Cleaned = Cleaning & { onStop: (reason: unknown) => void };

/** While thinking is left out the client would hear nothing: one ping for each of these many events that are dropped. */
const PING_EVERY = 40;

/**
 * A streamed answer, cleaned event by event. What breaks before its first content is thrown, later it is an `error`
 * event: the client asks again then, and somebody else answers.
 */
export async function* cleanStream(response: AsyncIterable<Uint8Array>, cleaned: Cleaned): AsyncGenerator<Uint8Array> {
  const clean = createRelayedCleaner(cleaned);
  const decoder = new TextDecoder();
  let out = '';
  let dropped = 0;
  let begun = false;
  let ended = false;
  const parser = createParser({
    onEvent({ data }) {
      const event = parseJson(data);
      if (!isRecord(event) || typeof event['type'] !== 'string') return;
      const kept = clean(event as Parameters<typeof clean>[0]);
      for (const one of kept) {
        out += `event: ${one.type}\ndata: ${mendHalves(JSON.stringify(one))}\n\n`;
        if (one.type === 'message_delta') cleaned.onStop(asRecord(one.delta)['stop_reason']);
        begun ||= one.type === 'content_block_start';
        ended ||= one.type === 'message_stop';
      }
      if (kept.length === 0 && ++dropped % PING_EVERY === 0) out += 'event: ping\ndata: {"type":"ping"}\n\n';
    },
  });
  try {
    for await (const chunk of response) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (out === '') continue;
      yield Buffer.from(out);
      out = '';
    }
  } catch (error) {
    if (ended) return;
    if (!begun || !(error instanceof UpstreamError)) throw error;
    yield Buffer.concat([Buffer.from(out), encodeEvent(errorEvent(error.failure))]);
  }
}

/** An answer in one piece, cleaned; what is no JSON passes as it is. */
export async function* cleanJson(response: AsyncIterable<Uint8Array>, cleaned: Cleaned): AsyncGenerator<Uint8Array> {
  const bytes = await bytesOf(response);
  const message = parseJson(bytes.toString());
  if (!isRecord(message)) return yield bytes;
  cleaned.onStop(message['stop_reason']);
  yield Buffer.from(mendHalves(JSON.stringify(cleanMessage(message as { content?: ContentBlock[] }, cleaned))));
}

/** All that a response holds. */
export async function bytesOf(response: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The headers of an answer that is written anew: its length and encoding are ours. Names and values alternate. */
export function answerHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^content-(length|encoding)$/i.test(rawHeaders[i]!)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return kept;
}
