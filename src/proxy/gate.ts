import { type Failure, UpstreamError, UserError, type Wire } from '../errors.ts';
import type { Reply } from '../providers/provider.ts';
import { includesText } from '../ground/bytes.ts';
import { inflateText } from '../providers/encoding.ts';
import { leave, MOST_OF_AN_ERROR, readSome } from '../providers/read-some.ts';
import { chunksOf, type Chunks } from '../providers/chunks.ts';
import { headersOf } from './headers.ts';
import { tapOf, type Tap } from './tap.ts';
import { SILENCE_CODE } from './watch.ts';

/** The gate's result. */
export type Gated =
  | {
      /** The first content has come: from now on only this attempt's bytes go to the client. */
      type: 'open';
      held: Uint8Array[];
      /** Behind those held: bytes that the tap has not read yet. */
      unread?: Uint8Array;
      /** The chunks that follow. */
      rest: Chunks;
      /** True if `held` is the whole answer. */
      ended: boolean;
      tap: Tap;
    }
  | {
      type: 'failed';
      failure: Failure;
      held: Uint8Array[];
      /** False if an error's body was not read to its end. */
      whole: boolean;
      /** What was thrown. */
      error?: unknown;
    };

/**
 * Holds a reply back until it is worth committing: an error status never is, a stream is at its first content block, a
 * JSON answer when it is whole. The held bytes are passed on unchanged. Any other answer of Claude's is for its client
 * to judge; another provider must answer with a message.
 *
 * @param facts the context for reading a failure of this provider.
 * @param errorBodyMs the time limit for an error's body, whose status says the most.
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
      if (own && !reply.holds && !headers['content-encoding'] && includesText(value, CONTENT))
        return { type: 'open', held, unread: value, rest, ended: false, tap };
      held.push(value);
      const looked = tap.write(value);
      if (looked) await looked;
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
  // A stream without an end is broken; a JSON or unreadable answer is for the client to judge.
  const isStream = /event-stream/i.test(headers['content-type'] ?? '');
  const isBroken = !tap.isBlind() || held.every(({ length }) => length === 0);
  if (!tap.answer.hasContent && isBroken && (isStream || !own))
    return fail({ ...base, cause: 'stream', defect: 'broken', code: 'no end', body: '' });
  return { type: 'open', held, rest, ended: true, tap };
}

/** The usual beginning of a stream, which is seen without reading it. Inside a string the line's end would be escaped. */
const CONTENT = '\nevent: content_block_start';

/** An exception while reading, as the facts of a failure. */
export function failureOf(error: unknown, base: Pick<Failure, 'wire' | 'translated' | 'headers'>): Failure {
  if (error instanceof UpstreamError) return error.failure;
  if (error instanceof UserError) return { ...base, cause: 'setup', body: error.message };
  const { code, name, limitMs } = error as NodeJS.ErrnoException & { limitMs?: number };
  // Node's connection errors have a code; an error without one is ccmux's own.
  if (typeof code !== 'string')
    return { ...base, body: '', ...(name === 'AbortError' ? { cause: 'network' } : { cause: 'fault', code: name }) };
  if (code === SILENCE_CODE) return { ...base, cause: 'timeout', body: '', ...(limitMs && { limitMs }) };
  return { ...base, cause: 'network', code, body: '' };
}
