const http = process.getBuiltinModule('node:http');

export type LocalAnswer = { status: number; body: string };

/**
 * Asks a server on this machine. By `node:http`, which follows no redirect and no proxy: nothing reaches another machine.
 * @param body sent as JSON; left out: none is sent.
 * @param limits for the whole answer: one that comes byte by byte would keep later questions from being asked.
 */
export function askLocal(
  url: string,
  { method, body }: { method: 'GET' | 'POST' | 'DELETE'; body?: unknown },
  limits: { ms: number; bytes: number },
): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers =
      text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const request = http.request(url, { method, headers, agent: false, signal: AbortSignal.timeout(limits.ms) });
    request.on('error', reject);
    request.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
        if (answer.length > limits.bytes) request.destroy(new Error('a longer answer than expected'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }));
    });
    // The session may end before it has answered.
    request.on('socket', (socket) => socket.unref());
    request.end(text);
  });
}
