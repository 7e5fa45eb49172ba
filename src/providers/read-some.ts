/** The longest part of an error's body that is kept, bytes: the status says the most. */
export const MOST_OF_AN_ERROR = 65_536;

/**
 * Reads an error's body until it ends, breaks off, or reaches the limits of time or size: a host may send it slowly, or
 * without end.
 * @param ms for the whole of it.
 * @returns `whole` is false for a body that was not read to its end; its connection is closed.
 */
export async function readSome(
  body: AsyncIterable<Uint8Array>,
  ms = 5_000,
): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  const source = body[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
  let whole = false;
  try {
    for (let size = 0; size < MOST_OF_AN_ERROR;) {
      const next = await Promise.race([source.next(), late]);
      if (next === 'late') break;
      if (next.done) {
        whole = true;
        break;
      }
      chunks.push(next.value);
      size += next.value.length;
    }
  } catch {
    // An error with a cut body is still an error.
  } finally {
    clearTimeout(timer);
    if (!whole) leave(body, source);
  }
  return { bytes: Buffer.concat(chunks).subarray(0, MOST_OF_AN_ERROR), whole };
}

/** Closes the connection, also while its next bytes are awaited: an iterator's own `return` would wait for them. */
export function leave(body: AsyncIterable<Uint8Array>, source: AsyncIterator<Uint8Array>): void {
  if ('destroy' in body && typeof body.destroy === 'function') body.destroy();
  else void Promise.resolve(source.return?.()).catch(() => {});
}
