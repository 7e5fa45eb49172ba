import { createInflate } from '../providers/encoding.ts';

type Writer = { write(chunk: Uint8Array): void | Promise<void>; end(): void | Promise<void> };

/**
 * Decodes a compressed answer on its way to a client whose stream was opened, uncompressed, by pings.
 * @param encoding the answer's `content-encoding`. @throws for an unknown encoding and for damaged bytes.
 */
export function createPlainWriter(encoding: string, to: Pick<Writer, 'write'>): Writer {
  const inflate = createInflate(encoding);
  if (!inflate) throw Object.assign(new Error(`unknown encoding ${encoding}`), { code: 'ERR_CONTENT_ENCODING' });
  let fault: Error | undefined;
  inflate.on('data', (chunk: Buffer) => void to.write(chunk));
  inflate.on('error', (error) => (fault = error));
  const closed = new Promise<void>((resolve) => inflate.once('close', resolve));
  return {
    async write(chunk) {
      // A damaged stream never calls back, but closes.
      await Promise.race([new Promise<void>((resolve) => inflate.write(chunk, () => resolve())), closed]);
      if (fault) throw fault;
    },
    async end() {
      inflate.end();
      await closed;
      if (fault) throw fault;
    },
  };
}
