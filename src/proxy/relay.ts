import type { IncomingMessage, ServerResponse } from 'node:http';
import { joinUrl, relayHeaders } from '../providers/anthropic.ts';
import type { Upstream } from '../providers/upstream.ts';

/**
 * Relays every path that needs no decision (model lists, file uploads …) to Claude's own address, bytes through.
 * `http-proxy` is loaded when the first such request comes: most sessions have none.
 *
 * @param target where the user's Claude is reached; a path prefix is kept.
 */
export function createRelay(target: string, upstream: Upstream) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    // By the default: a CommonJS package has no other export once it is bundled.
    const { createProxyServer } = (await import('http-proxy')).default;
    const agent = await upstream.agentFor(new URL(target));
    const proxy = createProxyServer({ target, changeOrigin: true, xfwd: false, ...(agent && { agent }) });
    request.url = path;
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      proxy.web(request, response, {}, (error) => {
        // As a broken connection looks to the client without ccmux.
        if (response.headersSent) return void response.destroy();
        const message = `${new URL(target).host} could not be reached: ${(error as NodeJS.ErrnoException).code ?? error.message}`;
        response.writeHead(502, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }));
      });
    });
  };
}

/**
 * Hands on the greeting with which the client opens a connection before it needs one: the first request then finds
 * ours open too. Nobody waits for what comes of it.
 *
 * @param target as for `createRelay`.
 */
export function createGreeting(target: string, upstream: Upstream) {
  return async ({ method = 'HEAD', rawHeaders }: IncomingMessage, path: string): Promise<void> => {
    const url = joinUrl(target, path);
    const answer = await upstream
      .send({ method, url, rawHeaders: relayHeaders(rawHeaders, url, 0) })
      .catch(() => undefined);
    answer?.resume();
  };
}
