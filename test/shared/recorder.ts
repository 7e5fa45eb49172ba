import { connect, createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between ccmux and the server, and keeps every byte that ccmux sends. */
export async function startRecorder(port: number): Promise<{ port: number; sent(): string }> {
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.on('data', (chunk) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    for (const one of [client, upstream]) one.on('error', () => (client.destroy(), upstream.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, sent: () => Buffer.concat(chunks).toString('utf8') };
}

/** The documents in it: what the server is to keep. */
export function documentsIn(sent: string): unknown[] {
  // A bulk string of the protocol: its length in bytes, and then its text.
  const whole = Buffer.from(sent);
  return [...sent.matchAll(/\$(\d+)\r\n(?=\{")/g)].map(({ index, 0: { length: head }, 1: bytes }) => {
    const start = Buffer.byteLength(sent.slice(0, index)) + head;
    return JSON.parse(whole.toString('utf8', start, start + Number(bytes))) as unknown;
  });
}

/** Each place in a value where something stands, with `*` for names that are data: `providers.*.samples`. */
export function placesIn(value: unknown, isData: (path: string) => boolean, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => placesIn(one, isData, path));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, one]) =>
    placesIn(one, isData, [path, isData(path) ? '*' : name].filter((part) => part !== '').join('.')),
  );
}
