import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { certificateTrouble } from '../../src/failover/outcome-network.ts';
import { shakeHands } from '../../src/cli/doctor-handshake.ts';
import { ask } from '../../src/providers/connection.ts';
import { createTrust } from '../../src/providers/trust.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { startSecureEnd } from '../helpers/secure-end.ts';

/** TLS that fails while a request waits to be sent: Node says EPROTO, and ccmux what it is. */

async function listen(server: Server): Promise<URL> {
  await new Promise<void>((ready) => void server.listen(0, 'localhost', ready));
  onTestFinished(() => void server.close());
  return new URL(`https://localhost:${(server.address() as AddressInfo).port}/v1/messages`);
}

const body = Buffer.from('{}');

it.each<[string, (tls: { key: string; cert: string }) => Server, string, string | undefined]>([
  ['plain HTTP', () => createHttpServer(), 'ERR_SSL_WRONG_VERSION_NUMBER', 'no-tls'],
  [
    'TLS of long ago',
    (tls) => createTlsServer({ ...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    undefined,
  ],
])('%s', async (_, start, expected, trouble) => {
  const end = await startSecureEnd();
  const env = { NODE_EXTRA_CA_CERTS: end.file('ca.pem', end.ca) };
  const url = await listen(start(await end.issue('localhost')));
  const upstream = createUpstream(env, 0, createTrust(env).forClaude);
  onTestFinished(() => upstream.close());
  const rawHeaders = ['Host', url.host, 'Content-Length', String(body.length)];
  const request = { method: 'POST', url, rawHeaders, body: [body] };
  const failure = await ask(upstream.relay, { signal: new AbortController().signal }, request).then(
    () => undefined,
    (error: unknown) => (error instanceof UpstreamError ? error.failure : error),
  );
  expect(failure).toMatchObject({ cause: 'network', code: expected });
  expect(certificateTrouble(expected)).toBe(trouble);
  expect(await shakeHands(url, env)).toBe(expected);
});
