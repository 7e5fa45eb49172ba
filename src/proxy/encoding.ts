import type { Transform } from 'node:stream';

const zlib = process.getBuiltinModule('node:zlib');

/** A decompressor for a `content-encoding`, or undefined for one that is not known. */
export function createInflate(encoding: string): Transform | undefined {
  switch (encoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      return undefined;
  }
}

/** The text of a whole body; what cannot be read is an empty text, because a strange error is still an error. */
export async function inflateText(bytes: Buffer, encoding: string | undefined, limit: number): Promise<string> {
  if (!encoding || encoding === 'identity') return bytes.subarray(0, limit).toString();
  const inflate = createInflate(encoding);
  if (!inflate) return '';
  inflate.end(bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of inflate) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= limit) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).subarray(0, limit).toString();
}
