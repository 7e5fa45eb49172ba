import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Notices } from '../notices.ts';
import type { Page } from '../page/routes.ts';
import type { LiveState } from '../report/live.ts';
import { readBody } from '../proxy/body.ts';
import type { Person } from '../session/person.ts';
import type { Approvals } from './approvals.ts';
import { answerPrompt, type PromptSession } from './prompt-lines.ts';

type Parts = {
  notices: Notices;
  page: Page;
  approvals: Approvals;
  person: Person;
  live: () => LiveState;
  use: PromptSession['use'];
  /** Told each time which session of Claude Code's a hook or the status line speaks for. */
  onSession: (session: string) => void;
};

const NOT_A_PERSON =
  'this did not come from you: type it as a prompt in Claude Code, or run it in a terminal of your own';

/**
 * What is below `/ccmux` of a session's address: Claude Code's hooks and status line, the page, `status`, `use` and
 * `allow`. The server has checked who may come in.
 */
export function createControl(parts: Parts) {
  const { notices, page, approvals, person, live, onSession } = parts;

  async function onPrompt(request: IncomingMessage, body: unknown) {
    const { prompt } = Object(body) as { prompt?: unknown };
    // Only where it is needed: to find out who asks takes a look at every process.
    const isTyped = /^\s*ccmux\s+allow\b/.test(String(prompt)) ? await person.isClient(connectionOf(request)) : false;
    const allow = (provider: string) => (isTyped ? approvals.allow(provider, 'prompt') : NOT_A_PERSON);
    return answerPrompt(prompt, { live, use: parts.use, allow, forbid: approvals.forbid });
  }

  async function onHook(request: IncomingMessage, name: string): Promise<object> {
    const body = await readJson(request);
    tellSession(body, onSession);
    if (name === 'pre-tool-use') return approvals.onToolCall(body) ?? {};
    if (name === 'user-prompt-submit') return (await onPrompt(request, body)) ?? {};
    return (await notices.onHook(name, body)) ?? {};
  }

  async function onAllow(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { provider } = Object(await readJson(request)) as { provider?: unknown };
    if (!(await person.isOutside(connectionOf(request)))) return { status: 403, body: { error: NOT_A_PERSON } };
    const error = approvals.allow(String(provider), 'terminal');
    return error === undefined ? { status: 200, body: live() } : { status: 409, body: { error } };
  }

  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const [pathname = ''] = path.split('?');
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'POST' && pathname.startsWith('/hooks/')) {
      send(200, await onHook(request, pathname.slice('/hooks/'.length)));
    } else if (request.method === 'POST' && pathname === '/footer') {
      const stdin = await readJson(request);
      tellSession(stdin, onSession);
      const segment = notices.footer(stdin);
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(segment);
    } else if (request.method === 'POST' && pathname === '/allow') {
      const { status, body } = await onAllow(request);
      send(status, body);
    } else if (request.method === 'POST' && pathname === '/forbid') {
      approvals.forbid();
      send(200, live());
    } else if (!(await page.handle(request, response, pathname))) {
      response.writeHead(404).end();
    }
  };
}

function tellSession(said: unknown, onSession: (session: string) => void): void {
  const session = (said as { session_id?: unknown } | null | undefined)?.session_id;
  if (typeof session === 'string' && session !== '') onSession(session);
}

function connectionOf({ socket }: IncomingMessage): { remotePort: number; localPort: number } {
  return { remotePort: socket.remotePort ?? 0, localPort: socket.localPort ?? 0 };
}

/** Invalid JSON from a hook counts as an empty message. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request);
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
