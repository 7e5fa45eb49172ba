/** A gateway of the user's own behind TLS, on loopback, with a certificate that only this test's programs trust. */
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { startAnthropic, type AnthropicOptions } from '../../src/demo/anthropic.ts';
import type { Simulator } from '../../src/demo/server.ts';
import { makeAuthority, type Authority } from './certificates.ts';

export type SecureEnd = Authority & {
  claude: Simulator;
  /** `https://localhost:<port>` */
  url: string;
};

/**
 * Closed when the test has finished.
 * @param options.wantsCertificate whoever has no certificate of the same authority is refused.
 * @param options.name the host that the certificate is for.
 */
export async function startSecureEnd(
  options: AnthropicOptions & { wantsCertificate?: boolean; name?: string } = {},
): Promise<SecureEnd> {
  const authority = await makeAuthority();
  const claude = await startAnthropic(options);
  const { key, cert } = await authority.issue(options.name ?? 'localhost');
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
    return socket;
  };
  const wanted = options.wantsCertificate === true;
  const tls = { key, cert, ca: authority.ca, requestCert: wanted, rejectUnauthorized: wanted };
  const server = createServer({ ...tls, ALPNProtocols: ['http/1.1'] }, (socket) => {
    const onward = keep(connect(Number(new URL(claude.url).port), '127.0.0.1'));
    keep(socket).pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((ready) => void server.listen(0, 'localhost', ready));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([new Promise((done) => server.close(done)), claude.close()]);
  });
  return { ...authority, claude, url: `https://localhost:${(server.address() as AddressInfo).port}` };
}
