import { type Failure, UpstreamError, UserError, type Wire } from '../errors.ts';
import type { Reply } from '../providers/provider.ts';
import { inflateText } from '../providers/encoding.ts';
import { createTap, type Tap } from './tap.ts';
import { SILENCE_CODE } from './watch.ts';

/** What came of waiting for an answer that is worth showing to the client. */
export type Gated =
  | {
      /** The first content is here: from now on this attempt's bytes, and only these, go to the client. */
      type: 'open';
      held: Uint8Array[];
      /** The chunks that follow. */
      rest: AsyncIterator<Uint8Array>;
      /** True when `held` is the whole answer. */
      ended: boolean;
      tap: Tap;
    }
  | { type: 'failed'; failure: Failure; held: Uint8Array[] };

/** As much of an error's body as is worth reading. */
const ERROR_BODY_LIMIT = 65_536;

/**
 * Holds a reply back until it is worth committing: an error status never is, a stream is at its first content block,
 * a JSON answer when it is whole. What was held is given out byte for byte.
 *
 * @param facts how a failure of this provider is to be read.
 * @param limits milliseconds, 0 for no limit. `errorBody`: the longest wait for the next bytes of an error, whose status
 *   has said the most.
 */
export async function passGate(
  reply: Pick<Reply, 'status' | 'rawHeaders' | 'body'>,
  facts: { wire: Wire; translated: boolean },
  limits: { errorBody: number },
): Promise<Gated> {
  const headers = headersOf(reply.rawHeaders);
  const held: Uint8Array[] = [];
  const rest = reply.body[Symbol.asyncIterator]();
  const base = { ...facts, headers } as const;
  const fail = (failure: Failure): Gated => {
    void Promise.resolve(rest.return?.()).catch(() => {});
    return { type: 'failed', failure, held };
  };

  if (reply.status >= 400) {
    const body = await inflateText(
      await readWhole(rest, held, limits.errorBody),
      headers['content-encoding'],
      ERROR_BODY_LIMIT,
    );
    return fail({ ...base, cause: 'status', status: reply.status, body });
  }
  const tap = createTap(headers['content-type'] ?? '', headers['content-encoding']);
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
      if (tap.answer.hasContent || tap.isBlind()) return { type: 'open', held, rest, ended: false, tap };
    }
  } catch (error) {
    return fail(failureOf(error, base));
  }
  if (tap.answer.error !== undefined)
    return fail({ ...base, cause: 'stream', status: reply.status, body: tap.answer.error });
  // A stream that ended without a word is a broken one; a JSON answer or one that cannot be read is the client's to judge.
  if (!tap.answer.hasContent && !tap.isBlind()) return fail({ ...base, cause: 'network', code: 'EMPTY', body: '' });
  return { type: 'open', held, rest, ended: true, tap };
}

/** What was thrown while bytes were read, as the facts of a failure. */
export function failureOf(error: unknown, base: Pick<Failure, 'wire' | 'translated' | 'headers'>): Failure {
  if (error instanceof UpstreamError) return error.failure;
  if (error instanceof UserError) return { ...base, cause: 'setup', body: error.message };
  const { code = 'ECONNRESET', limitMs } = error as NodeJS.ErrnoException & { limitMs?: number };
  if (code === SILENCE_CODE) return { ...base, cause: 'timeout', code, body: '', ...(limitMs && { limitMs }) };
  return { ...base, cause: 'network', code, body: '' };
}

export function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!.toLowerCase()] = rawHeaders[i + 1]!;
  return headers;
}

async function readWhole(rest: AsyncIterator<Uint8Array>, held: Uint8Array[], limitMs: number): Promise<Buffer> {
  try {
    for (;;) {
      const next = await within(limitMs, rest.next());
      if (next.done) break;
      held.push(next.value);
    }
  } catch {
    // An error's body that breaks off, or stalls, is an error all the same.
  }
  return Buffer.concat(held);
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  if (limitMs === 0) return promise;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no bytes in time'), { code: SILENCE_CODE })), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
