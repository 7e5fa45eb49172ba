import type { MessageEvent } from '../anthropic.ts';
import { mendHalves } from '../halves.ts';

const encoder = new TextEncoder();

/** One event as Anthropic's stream carries it. */
export function encodeEvent(event: MessageEvent): Uint8Array {
  return encoder.encode(`event: ${event.type}\ndata: ${mendHalves(JSON.stringify(event))}\n\n`);
}
