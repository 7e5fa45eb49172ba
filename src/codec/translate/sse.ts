import { createParser } from 'eventsource-parser';
import type { MessageEvent } from '../anthropic.ts';
import { mendHalves } from '../halves.ts';

/** Events as Anthropic's stream carries them. */
export function encodeEvents(events: readonly MessageEvent[]): Uint8Array {
  let text = '';
  for (const event of events) text += `event: ${event.type}\ndata: ${mendHalves(JSON.stringify(event))}\n\n`;
  return Buffer.from(text);
}

/** The events of such a stream, once all of it is there. */
export async function* eventsIn(text: string): AsyncGenerator<MessageEvent> {
  const events: MessageEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data) as MessageEvent) }).feed(text);
  yield* events;
}
