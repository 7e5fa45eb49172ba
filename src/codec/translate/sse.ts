import { createParser } from 'eventsource-parser';
import type { MessageEvent } from '../anthropic.ts';
import { mendHalves } from '../halves.ts';

const encoder = new TextEncoder();

/** One event as Anthropic's stream carries it. */
export function encodeEvent(event: MessageEvent): Uint8Array {
  return encoder.encode(`event: ${event.type}\ndata: ${mendHalves(JSON.stringify(event))}\n\n`);
}

/** The events of such a stream, once all of it is there. */
export async function* eventsIn(text: string): AsyncGenerator<MessageEvent> {
  const events: MessageEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data) as MessageEvent) }).feed(text);
  yield* events;
}
