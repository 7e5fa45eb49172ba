import { type Failure, UpstreamError, UserError, type Wire } from '../errors.ts';
import type { Reply } from '../providers/provider.ts';
import { inflateText } from '../providers/encoding.ts';
import { leave, MOST_OF_AN_ERROR, readSome } from '../providers/read-some.ts';
import { chunksOf, type Chunks } from './chunks.ts';
import { headersOf } from './headers.ts';
import { tapOf, type Tap } from './tap.ts';
import { SILENCE_CODE } from './watch.ts';

/** What came of waiting for an answer that is worth showing to the client. */
export type Gated =
  | {
      /** The first content is here: from now on this attempt's bytes, and only these, go to the client. */
      type: 'open';
      held: Uint8Array[];
      /** The chunks that follow. */
      rest: Chunks;
      /** True when `held` is the whole answer. */
      ended: boolean;
      tap: Tap;
    }
  | {
      type: 'failed';
      failure: Failure;
      held: Uint8Array[];
      /** False where an error's body was left before its end. */
      whole: boolean;
      /** What was thrown. */
      error?: unknown;
    };

/**
 * Holds a reply back until it is worth committing: an error status never is, a stream is at its first content block,
 * a JSON answer when it is whole. What was held is given out byte for byte. Whatever else Claude answers is its client's
 * to judge; another provider has to answer with a message.
 *
 * @param facts how a failure of this provider is to be read.
 * @param errorBodyMs as long as the body of an error may take, whose status has said the most.
 */
export async function passGate(
  reply: Pick<Reply, 'status' | 'rawHeaders' | 'body' | 'holds'>,
  { own, ...facts }: { wire: Wire; translated: boolean; own: boolean },
  errorBodyMs: number,
): Promise<Gated> {
  const headers = headersOf(reply.rawHeaders);
  const held: Uint8Array[] = [];
  const base = { ...facts, headers } as const;
  if (reply.status >= 400 || (!own && reply.status !== 200)) {
    const { bytes, whole } = await readSome(reply.body, errorBodyMs);
    const body = await inflateText(bytes, headers['content-encoding'], MOST_OF_AN_ERROR);
    const failure: Failure = { ...base, cause: 'status', status: reply.status, body };
    return { type: 'failed', failure, held: [bytes], whole };
  }
  const rest = chunksOf(reply.body);
  const fail = (failure: Failure, error?: unknown): Gated => {
    leave(reply.body, rest);
    return { type: 'failed', failure, held, whole: true, error };
  };
  const tap = tapOf(reply);
  try {
    for (;;) {
      const { done, value } = await rest.next();
      if (done) {
        await tap.end();
        break;
      }
      held.push(value);
      await tap.write(value);
      if (tap.answer.error !== undefined && !tap.answer.hasContent) {
        return fail({ ...base, cause: 'stream', status: reply.status, body: tap.answer.error });
      }
      if (tap.answer.hasContent || (own && tap.isBlind())) return { type: 'open', held, rest, ended: false, tap };
      if (tap.isBlind()) return fail({ ...base, cause: 'stream', defect: 'no-message', body: '' });
    }
  } catch (error) {
    return fail(failureOf(error, base), error);
  }
  if (tap.answer.error !== undefined)
    return fail({ ...base, cause: 'stream', status: reply.status, body: tap.answer.error });
  // A stream that ended without a word is a broken one; a JSON answer or one that cannot be read is the client's to judge.
  const isStream = /event-stream/i.test(headers['content-type'] ?? '');
  const isBroken = !tap.isBlind() || held.every(({ length }) => length === 0);
  if (!tap.answer.hasContent && isBroken && (isStream || !own))
    return fail({ ...base, cause: 'stream', defect: 'broken', code: 'no end', body: '' });
  return { type: 'open', held, rest, ended: true, tap };
}

/** What was thrown while bytes were read, as the facts of a failure. */
export function failureOf(error: unknown, base: Pick<Failure, 'wire' | 'translated' | 'headers'>): Failure {
  if (error instanceof UpstreamError) return error.failure;
  if (error instanceof UserError) return { ...base, cause: 'setup', body: error.message };
  const { code, name, limitMs } = error as NodeJS.ErrnoException & { limitMs?: number };
  // What Node throws of a connection has a code; what has none is a mistake of ours.
  if (typeof code !== 'string')
    return { ...base, body: '', ...(name === 'AbortError' ? { cause: 'network' } : { cause: 'fault', code: name }) };
  if (code === SILENCE_CODE) return { ...base, cause: 'timeout', body: '', ...(limitMs && { limitMs }) };
  return { ...base, cause: 'network', code, body: '' };
}
