import { FORMAT } from '../ground/format.ts';
import { liveOf } from './former.ts';
import type { LiveState } from './live.ts';

/** A running session's reply. */
export type ControlAnswer =
  | { kind: 'state'; state: LiveState }
  /** The session refused, or its reply is unreadable; `message` names the reason and the way out. */
  | { kind: 'refused'; message: string }
  /** No reply: the session is over, or hangs. */
  | { kind: 'gone' };

const PATIENCE_MS = 3000;

/** Asks a running session how it stands. @param controlUrl `http://127.0.0.1:<port>/<token>/ccmux` */
export function readLive(controlUrl: string): Promise<ControlAnswer> {
  return ask(`${controlUrl}/status`);
}

/** Chooses who answers a running session's next requests. */
export function steer(controlUrl: string, wish: { provider: string; only: boolean }): Promise<ControlAnswer> {
  return ask(`${controlUrl}/use`, JSON.stringify(wish));
}

/** The user lets a fallback's commands run without a question; the session refuses what does not come from a person. */
export function consent(controlUrl: string, provider: string): Promise<ControlAnswer> {
  return ask(`${controlUrl}/allow`, JSON.stringify({ provider }));
}

/** The user lets the session spend this much more, US dollars; refused like `consent`. */
export function liftBudget(controlUrl: string, add: number): Promise<ControlAnswer> {
  return ask(`${controlUrl}/budget`, JSON.stringify({ add }));
}

/** Whether the session writes notes from now on; to begin again is refused like `consent`. */
export function switchMemory(controlUrl: string, on: boolean): Promise<ControlAnswer> {
  return ask(`${controlUrl}/memory`, JSON.stringify({ on }));
}

/** Why the last request went where it went, and what would become of a prompt. @returns undefined: no reply. */
export async function askWhy(controlUrl: string, prompt: string): Promise<string | undefined> {
  const reply = await send(`${controlUrl}/explain`, JSON.stringify({ prompt }));
  try {
    const { text } = Object(JSON.parse(reply?.text ?? 'null')) as { text?: unknown };
    return reply?.status === 200 && typeof text === 'string' ? text : undefined;
  } catch {
    return undefined; // another program has the port
  }
}

/** Ends every consent. */
export function forbid(controlUrl: string): Promise<ControlAnswer> {
  return ask(`${controlUrl}/forbid`, '{}');
}

async function ask(url: string, body?: string): Promise<ControlAnswer> {
  const reply = await send(url, body);
  return reply === undefined ? { kind: 'gone' } : read(reply.status, reply.text);
}

/** By `node:http` and not `fetch`, which takes 80 ms to load and would follow the user's proxy settings. */
function send(url: string, body?: string): Promise<{ status: number; text: string } | undefined> {
  const http = process.getBuiltinModule('node:http');
  return new Promise((resolve) => {
    const gone = () => resolve(undefined);
    let request;
    try {
      request = http.request(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        agent: false,
        timeout: PATIENCE_MS,
      });
    } catch {
      gone(); // not a URL
      return;
    }
    request.on('error', gone);
    request.on('timeout', () => request.destroy());
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', gone);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}

function newerSession(version: unknown): string {
  const which = typeof version === 'string' ? ` (${version})` : '';
  return `the session runs a newer ccmux${which}, whose answer this one cannot read. Use that one, or type the command as a prompt in the session`;
}

function read(status: number, text: string): ControlAnswer {
  try {
    const value = JSON.parse(text) as (LiveState & { error?: undefined }) | { error?: string } | null;
    if (status === 200 && value !== null && 'version' in value) {
      return value.version === FORMAT
        ? { kind: 'state', state: liveOf(value) }
        : { kind: 'refused', message: newerSession((value as Partial<LiveState>).summary?.ccmux) };
    }
    if (status >= 400 && typeof value?.error === 'string') return { kind: 'refused', message: value.error };
  } catch {
    // Another program has the port: its words are not shown.
  }
  return { kind: 'gone' };
}
