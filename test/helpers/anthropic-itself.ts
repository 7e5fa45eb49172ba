/**
 * Anthropic's own address, on loopback: `api.anthropic.com` is reached through a CONNECT proxy that leads to a
 * simulated Claude behind TLS, with a certificate that only this test's programs trust. Nothing else is let out.
 */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { startAnthropic, type AnthropicOptions } from '../../src/demo/anthropic.ts';
import type { Simulator } from '../../src/demo/server.ts';

export const ANTHROPIC_HOST = 'api.anthropic.com';

export type AnthropicItself = {
  claude: Simulator;
  /** What leads a program here, and lets it trust what it finds. */
  env: Record<'HTTPS_PROXY' | 'NODE_EXTRA_CA_CERTS', string>;
  /** Every other host that somebody wanted to reach; nobody did. */
  refused: string[];
};

/**
 * Closed when the test has finished.
 * @param options.host a gateway's name in place of Anthropic's.
 */
export async function startAnthropicItself(
  options: AnthropicOptions & { host?: string } = {},
): Promise<AnthropicItself> {
  const { host = ANTHROPIC_HOST } = options;
  const claude = await startAnthropic(options);
  const { key, cert, ca } = await certificate(host);
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-ca-'));
  const bundle = join(folder, 'ca.pem');
  writeFileSync(bundle, ca);

  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
    return socket;
  };
  const tls = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
    joined(keep(socket), keep(connect(portOf(claude.url), '127.0.0.1')));
  });
  tls.on('tlsClientError', () => {});
  const tlsPort = await listening(tls);

  const refused: string[] = [];
  const proxy = createServer((request, response) => {
    refused.push(request.url ?? '');
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket: Socket) => {
    keep(socket);
    if (request.url !== `${host}:443`) {
      refused.push(request.url ?? '');
      return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    }
    const onward = keep(connect(tlsPort, '127.0.0.1'));
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      joined(socket, onward);
    });
  });
  const proxyPort = await listening(proxy);

  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([closed(proxy), closed(tls), claude.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    claude,
    env: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, NODE_EXTRA_CA_CERTS: bundle },
    refused,
  };
}

/** A CA of its own, and what it signed for the one host. */
async function certificate(name: string): Promise<{ key: string; cert: string; ca: string }> {
  const options = { keyType: 'ec', algorithm: 'sha256' } as const;
  const ca = await generate([{ name: 'commonName', value: 'A CA of the tests' }], {
    ...options,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true },
    ],
  });
  const host = await generate([{ name: 'commonName', value: name }], {
    ...options,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
  return { key: host.private, cert: host.cert, ca: ca.cert };
}

function joined(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.once('close', () => other.destroy());
  other.once('close', () => one.destroy());
}

function listening(server: Server): Promise<number> {
  return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port)));
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => void server.close(() => done()));
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
