/**
 * Anthropic's own address, on loopback: `api.anthropic.com` is reached through a CONNECT proxy that leads to a
 * simulated Claude behind TLS, with a certificate that only this test's programs trust. Nothing else is let out.
 */
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { startAnthropic, type AnthropicOptions } from '../../src/demo/anthropic.ts';
import type { Simulator } from '../../src/demo/server.ts';
import { makeAuthority } from './certificates.ts';

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
 * @param options.proxyLogin the proxy lets in nobody else: as it stands in an address.
 */
export async function startAnthropicItself(
  options: AnthropicOptions & { host?: string; proxyLogin?: string } = {},
): Promise<AnthropicItself> {
  const { host = ANTHROPIC_HOST, proxyLogin } = options;
  const wanted = proxyLogin && `Basic ${Buffer.from(decodeURIComponent(proxyLogin)).toString('base64')}`;
  const claude = await startAnthropic(options);
  const authority = await makeAuthority();
  const { key, cert } = await authority.issue(host);

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
    if (wanted && request.headers['proxy-authorization'] !== wanted) {
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    }
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
  });
  return {
    claude,
    env: {
      HTTPS_PROXY: `http://${proxyLogin ? `${proxyLogin}@` : ''}127.0.0.1:${proxyPort}`,
      NODE_EXTRA_CA_CERTS: authority.file('ca.pem', authority.ca),
    },
    refused,
  };
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
