import { HEADERS, REQUEST_CLASSES } from './claude-code-2.1.330.ts';

/** What Claude Code says a request is for. */
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** Who asks, by a request's headers: known before the body is read. Old clients send none of these headers. */
export type Asker = {
  /** Claude Code's own session id. A program that is not Claude Code sends none. */
  session?: string;
  requestClass?: RequestClass;
  /** The delegated agent that asks. */
  agent?: string;
  /** Its kind: `Explore`, `general-purpose` … */
  agentType?: string;
  /** The prompt that the work belongs to. An agent sends the prompt that started it. */
  prompt?: string;
};

/**
 * Reads the headers that Claude Code sends since 2.1.273. An unknown value counts as missing.
 * @param headers names in lower case.
 */
export function readAsker(headers: Readonly<Record<string, string>>): Asker {
  const asker: Asker = {};
  for (const what of ['session', 'agent', 'agentType', 'prompt'] as const) {
    const value = headers[HEADERS[what]];
    if (value) asker[what] = value;
  }
  const requestClass = REQUEST_CLASSES.find((known) => known === headers[HEADERS.requestClass]);
  return requestClass ? { ...asker, requestClass } : asker;
}

const AUTHORIZATION = 'authorization';
const API_KEY = 'x-api-key';

/**
 * A request's credential. It is compared in memory, and never stored.
 * @param rawHeaders names and values alternating.
 */
export function credentialOf(rawHeaders: readonly string[]): string | undefined {
  let shown: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // Most headers are ruled out by their length.
    if (name.length !== AUTHORIZATION.length && name.length !== API_KEY.length) continue;
    const lower = name.toLowerCase();
    if (lower !== AUTHORIZATION && lower !== API_KEY) continue;
    shown = shown === undefined ? rawHeaders[i + 1]! : `${shown} ${rawHeaders[i + 1]!}`;
  }
  return shown;
}
