import { addWhole, noAnswerYet } from '../codec/answer-facts.ts';
import { mendHalves } from '../codec/halves.ts';
import type { Reply } from './provider.ts';

/**
 * A reply of ours with a JSON body.
 * @param headers names and values alternating.
 */
export function json(
  status: number,
  body: unknown,
  headers: string[],
  model: string,
  warnings: Reply['warnings'],
  holds = noAnswerYet(),
): Reply {
  addWhole(holds, body);
  const rawHeaders = ['content-type', 'application/json', ...headers];
  return { status, rawHeaders, body: once(mendHalves(JSON.stringify(body))), model, warnings, holds };
}

/** A body in one piece. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
