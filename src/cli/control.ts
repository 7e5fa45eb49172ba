import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Notices } from '../notices.ts';
import type { Page } from '../page/routes.ts';

/**
 * What is below `/ccmux` of a session's address: Claude Code's hooks and status line, the page, `status` and `use`.
 * The server has checked who may come in.
 */
export function createControl(notices: Notices, page: Page) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const [pathname = ''] = path.split('?');
    if (request.method === 'POST' && pathname.startsWith('/hooks/')) {
      const output = await notices.onHook(pathname.slice('/hooks/'.length), await readJson(request));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(output ?? {}));
    } else if (request.method === 'POST' && pathname === '/footer') {
      const segment = notices.footer(await readJson(request));
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(segment);
    } else if (!(await page.handle(request, response, pathname))) {
      response.writeHead(404).end();
    }
  };
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
