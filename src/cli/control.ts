import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Notices } from '../notices.ts';
import type { Page } from '../page/routes.ts';

/**
 * What is below `/ccmux` of a session's address: Claude Code's hooks and status line, the page, `status` and `use`.
 * The server has checked who may come in.
 * @param onSession told each time which session of Claude Code's a hook or the status line speaks for.
 */
export function createControl(notices: Notices, page: Page, onSession: (session: string) => void) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const [pathname = ''] = path.split('?');
    if (request.method === 'POST' && pathname.startsWith('/hooks/')) {
      const body = await readJson(request);
      tellSession(body, onSession);
      const output = await notices.onHook(pathname.slice('/hooks/'.length), body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(output ?? {}));
    } else if (request.method === 'POST' && pathname === '/footer') {
      const stdin = await readJson(request);
      tellSession(stdin, onSession);
      const segment = notices.footer(stdin);
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(segment);
    } else if (!(await page.handle(request, response, pathname))) {
      response.writeHead(404).end();
    }
  };
}

function tellSession(said: unknown, onSession: (session: string) => void): void {
  const session = (said as { session_id?: unknown } | null | undefined)?.session_id;
  if (typeof session === 'string' && session !== '') onSession(session);
}

/** Hooks send JSON; one that is none is treated as one that says nothing. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
