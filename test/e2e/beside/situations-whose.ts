import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { claudeLimit } from '../../../src/demo/limits.ts';
import { answer, callTool, type SimulatedRequest, type Step } from '../../../src/demo/script.ts';
import { API_KEY, makePlace } from '../../helpers/claude.ts';
import { closing } from '../../helpers/closing.ts';
import { afresh, seen, type Situation } from './situation.ts';

/** Whose request it is, and where it may go. */

const BASH = ['-p', 'run it', '--allowedTools', 'Bash'];
const PROGRAMS_KEY = 'sk-ant-api03-of-a-program-run-by-the-bash-tool';

/** One command with the Bash tool, then the end. */
const running =
  (command: string) =>
  ({ facts }: SimulatedRequest): Step =>
    facts.side
      ? answer('ok')
      : facts.stepInTurn === 0
        ? callTool('Bash', { command, description: 'Runs it' })
        : answer(`It printed ${facts.toolResults.at(-1)}`);

export const WHOSE: Situation[] = [
  {
    name: 'curl in the Bash tool, with a key of its own that is limited',
    async stage() {
      const body = JSON.stringify({
        model: 'claude-opus-5-5',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'mine' }],
      });
      const curl =
        `curl -s -o /dev/null -w '%{http_code}' "$ANTHROPIC_BASE_URL/v1/messages" -H 'x-api-key: ${PROGRAMS_KEY}' ` +
        `-H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' -d '${body}'`;
      const claude = closing(
        await startAnthropic({
          keys: [API_KEY, PROGRAMS_KEY],
          script: (request) =>
            request.headers['x-api-key'] === PROGRAMS_KEY
              ? claudeLimit(Date.now() + 3_600_000)
              : running(curl)(request),
        }),
      );
      const place = makePlace({ baseUrl: claude.url });
      const run = afresh(place);
      return async (through) => seen(await run(through, BASH), claude.requests.splice(0));
    },
  },
  {
    name: "a gateway of the user's own that redirects within its host",
    async stage() {
      const claude = closing(await startAnthropic({ script: running('echo behind the redirect') }));
      const gateway = await startGateway(claude.url);
      const place = makePlace({ baseUrl: gateway });
      const run = afresh(place);
      return async (through) => seen(await run(through, BASH), claude.requests.splice(0));
    },
  },
];

/** Redirects everything to the path `/moved` of its own, and hands on what comes there. */
async function startGateway(target: string): Promise<string> {
  const server = http.createServer((request, response) => {
    const url = request.url ?? '/';
    if (!url.startsWith('/moved')) return void response.writeHead(307, { location: `/moved${url}` }).end();
    const { method, rawHeaders } = request;
    const onward = http.request(target + url.slice('/moved'.length), { method, headers: rawHeaders }, (answered) => {
      response.writeHead(answered.statusCode!, answered.rawHeaders);
      answered.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
