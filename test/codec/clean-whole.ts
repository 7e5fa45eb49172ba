import { eventsOfMessage } from '../../src/codec/adapt/answer.ts';
import type { Cleaning } from '../../src/codec/adapt/blocks.ts';
import { createAdaptedCleaner } from '../../src/codec/adapt/stream.ts';
import type { MessageEvent } from '../../src/codec/anthropic.ts';
import { toWholeMessage } from '../../src/codec/response.ts';

/** An adapted host's answer in one piece, as the client gets it: cleaned as the stream that it might have been. */
export async function cleanWhole(message: Record<string, unknown>, cleaning: Cleaning) {
  const events = eventsOfMessage(message).flatMap(createAdaptedCleaner(cleaning)) as unknown as MessageEvent[];
  return toWholeMessage(
    (async function* () {
      yield* events;
    })(),
  );
}
