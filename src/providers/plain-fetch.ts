import { mendHalves } from '../codec/halves.ts';
import type { Wire } from '../errors.ts';
import { decodeBody } from './encoding.ts';

const { Readable } = process.getBuiltinModule('node:stream');

/**
 * A `fetch` that sends well-formed text and asks for no compression, but decodes the answers of gateways that compress
 * anyway.
 */
export function plainFetch(fetch: typeof globalThis.fetch, wire: Wire): typeof globalThis.fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity');
    const body = typeof init?.body === 'string' ? { body: mendHalves(init.body) } : {};
    const response = await fetch(input, { ...init, ...body, headers });
    const encoding = response.headers.get('content-encoding');
    if (encoding === null || response.body === null) return response;
    const plain = new Headers(response.headers);
    plain.delete('content-encoding');
    plain.delete('content-length');
    const decoded = Readable.toWeb(Readable.from(decodeBody(response.body, encoding, wire)));
    return new Response(decoded as unknown as ReadableStream, { status: response.status, headers: plain });
  };
}
