import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Notices } from '../notices.ts';
import type { Page } from '../page/routes.ts';
import type { LiveState } from '../state/live.ts';
import { bytesIn, type Pieces } from '../ground/pieces.ts';
import { readBody } from '../proxy/body.ts';
import { connectionOf, NOT_A_PERSON, type Person } from '../launch/person.ts';
import type { Typed } from '../launch/typed.ts';
import { NOT_SURELY_TYPED } from '../words/consent.ts';
import type { Approvals } from './approvals.ts';
import type { HandoffAsks } from './handoff-asks.ts';
import { answerPrompt, isConsent, type PromptSession } from './prompt-lines.ts';

type Parts = {
  notices: Notices;
  page: Page;
  approvals: Approvals;
  asks: Pick<HandoffAsks, 'onHook' | 'onPrompt'>;
  person: Person;
  typed: Typed;
  live: () => LiveState;
  use: PromptSession['use'];
  /** The command of the user's own status line, as the settings files have it now; empty where there is none. */
  statusLine: () => string;
  explain: PromptSession['explain'];
  lift: PromptSession['lift'];
  memory: PromptSession['memory'];
  /** Called with the Claude Code session id of each hook or status line. */
  onSession: (session: string) => void;
};

/** Claude Code puts a blocked prompt back into its input box (2.1.330), where it would join the next one. */
const CLEAR_THE_LINE = 'Claude Code keeps the line for you to change; Ctrl-U clears it.';

/**
 * What is below `/ccmux` of a session's address: Claude Code's hooks and status line, and the page's routes, which
 * `ccmux status`, `use` and `allow` share. The server has checked who may come in.
 */
export function createControl(parts: Parts) {
  const { notices, page, approvals, asks, person, typed, live, onSession } = parts;

  let hasAnswered = false;

  async function onPrompt(request: IncomingMessage, body: unknown) {
    const { prompt, source } = Object(body) as { prompt?: unknown; source?: unknown };
    // Only if necessary: finding out who asks reads every process.
    const isFromClient = isConsent(prompt) && (await person.isClient(connectionOf(request)));
    const allow = (provider: string) => {
      if (!isFromClient) return NOT_A_PERSON;
      return typed.isConsentTyped(source) ? approvals.allow(provider, 'prompt') : NOT_SURELY_TYPED;
    };
    const lift = (usd: number) => {
      if (!isFromClient) return NOT_A_PERSON;
      return typed.isConsentTyped(source) ? parts.lift(usd) : NOT_SURELY_TYPED;
    };
    const memory = (on: boolean) => {
      // Whoever may be heard may say no.
      if (!on) return parts.memory(false);
      if (!isFromClient) return NOT_A_PERSON;
      return typed.isConsentTyped(source) ? parts.memory(true) : NOT_SURELY_TYPED;
    };
    const answer = await answerPrompt(prompt, {
      live,
      use: parts.use,
      allow,
      forbid: approvals.forbid,
      lift,
      memory,
      explain: parts.explain,
    });
    if (answer === undefined || hasAnswered) return answer;
    hasAnswered = true;
    return { ...answer, reason: `${answer.reason}\n${CLEAR_THE_LINE}` };
  }

  /** A rule may ask before another provider answers; only what a person has typed is the answer. */
  async function askFirst(request: IncomingMessage, body: unknown) {
    const { source } = Object(body) as { source?: unknown };
    const isTyped = async () => typed.isConsentTyped(source) && (await person.isClient(connectionOf(request)));
    return asks.onPrompt(body, isTyped);
  }

  async function onHook(request: IncomingMessage, name: string): Promise<object> {
    const body = await readJson(request);
    tellSession(body, onSession);
    approvals.onHook(body);
    asks.onHook(body);
    if (name === 'pre-tool-use') {
      typed.onToolCall(Object(body)['tool_input']);
      return approvals.onToolCall(body) ?? {};
    }
    // A prompt that ccmux answers itself is not sent: waiting notices come with the next one.
    const isPrompt = name === 'user-prompt-submit';
    const answer = isPrompt ? ((await onPrompt(request, body)) ?? (await askFirst(request, body))) : undefined;
    return answer ?? (await notices.onHook(name, body)) ?? {};
  }

  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const [pathname = '', query] = path.split('?');
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'POST' && pathname.startsWith('/hooks/')) {
      send(200, await onHook(request, pathname.slice('/hooks/'.length)));
    } else if (request.method === 'POST' && pathname === '/footer') {
      const stdin = await readJson(request);
      tellSession(stdin, onSession);
      const segment = notices.footer(stdin, Number(new URLSearchParams(query).get('columns')));
      // A user's command may hold any character; a header may not.
      const line = encodeURIComponent(parts.statusLine());
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-status-line': line };
      response.writeHead(200, headers).end(segment);
    } else if (!(await page.handle(request, response, pathname))) {
      response.writeHead(404).end();
    }
  };
}

function tellSession(said: unknown, onSession: (session: string) => void): void {
  const session = (said as { session_id?: unknown } | null | undefined)?.session_id;
  if (typeof session === 'string' && session !== '') onSession(session);
}

/** Invalid JSON from a hook counts as an empty message. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request);
  try {
    return JSON.parse(String(bytesIn(body as Pieces)));
  } catch {
    return undefined;
  }
}
