import type { Transform } from 'node:stream';
import { UpstreamError, type Failure } from '../errors.ts';

const { pipeline, Readable } = process.getBuiltinModule('node:stream');
/** Loaded with the first use: most answers are not compressed. */
const zlib = () => process.getBuiltinModule('node:zlib');

/** A decompressor for a `content-encoding`, or undefined for one that is not known. */
export function createInflate(encoding: string): Transform | undefined {
  switch (encoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return zlib().createGunzip();
    case 'deflate':
      return zlib().createInflate();
    case 'br':
      return zlib().createBrotliDecompress();
    case 'zstd':
      return zlib().createZstdDecompress();
    default:
      return undefined;
  }
}

/**
 * A body as it was before it was compressed. Requests say that no encoding is wanted, but gateways compress all the
 * same, and may send an encoding that nobody asked for (RFC 9110, 12.5.3).
 * @param encoding the `content-encoding`, several separated by commas.
 * @param wire for the failure.
 * @throws UpstreamError while it is read, where it is cut, corrupt, or of an encoding that is not known.
 */
export function decodeBody(
  body: AsyncIterable<Uint8Array>,
  encoding: string | null | undefined,
  wire: Failure['wire'],
): AsyncIterable<Uint8Array> {
  const encodings = (encoding ?? '').split(',').map((name) => name.trim().toLowerCase());
  // The last one was applied last.
  return encodings
    .filter((name) => name !== '' && name !== 'identity')
    .reduceRight((inner, name) => inflate(inner, name, wire), body);
}

async function* inflate(
  body: AsyncIterable<Uint8Array>,
  encoding: string,
  wire: Failure['wire'],
): AsyncGenerator<Uint8Array> {
  const inflater = createInflate(encoding);
  if (!inflater)
    throw broken(wire, encoding, `the answer came in an encoding that is not known: ${encoding.slice(0, 40)}`);
  pipeline(Readable.from(body), inflater, () => {});
  try {
    yield* inflater as AsyncIterable<Uint8Array>;
  } catch (error) {
    // What zlib says of the bytes; everything else is a failure of the connection.
    if (!/^(Z_|ERR_|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw broken(wire, encoding, `the answer's ${encoding} compression is broken`, error);
  }
}

function broken(wire: Failure['wire'], encoding: string, message: string, cause?: unknown): UpstreamError {
  const body = JSON.stringify({ error: { type: 'broken_encoding', message } });
  const facts = { defect: 'broken', code: `${encoding.slice(0, 40)} compression` } as const;
  const translated = wire !== 'anthropic';
  return new UpstreamError({ wire, cause: 'stream', ...facts, headers: {}, body, translated }, { cause });
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
    // It was cut, or left at its limit: what came of it is what is known.
  }
  return Buffer.concat(chunks).subarray(0, limit).toString();
}
