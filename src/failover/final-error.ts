import type { Reason } from '../events.ts';
import { certificateText, certificateWay } from '../words/certificate.ts';
import { isAboutKey, KEY_WAY, obstacleText } from '../words/ready.ts';
import { capitalised } from '../words/text.ts';
import { atClock, wait } from '../words/time.ts';
import { record, statusOfWord } from './error-body.ts';
import type { FinalFacts } from './final-facts.ts';

/** Claude's own last error, as it came. */
export type ClaudeError = { status: number; headers: Record<string, string>; body: string };

/** Claude Code shows an error at once, without a retry, when it is told to wait longer than this (2.1.330). */
const LONGEST_RETRY_WAIT_MS = 60_000;

/**
 * The answer when no provider could answer: Claude's own error where Claude was asked, and always who was tried, who
 * was passed over and why, and when to try again.
 * @param input.claude its own last error, if it was asked and answered at all; header names in lower case.
 * @param input.tooLong a provider could answer a shorter conversation: then the error is the one that makes Claude Code
 *   compact (`prompt is too long: N tokens > M maximum`, recognised by 2.1.330), whatever Claude said.
 * @param input.transient Claude's error may pass in a moment: then the client's usual retries must go on, at their pace.
 * @param input.untrusted Claude's certificate is not trusted: a matter of the user's set-up, so no other provider is
 *   asked.
 * @param input.soonest when the first of them is back, epoch milliseconds.
 * @returns headers as name and value, ready to be written.
 */
export function composeFinalError(input: {
  claude?: ClaudeError | undefined;
  /**
   * All providers in the user's order, each with its obstacle and until when; `asked`: false for one that was passed
   * over.
   */
  each: { label: string; reason: Reason; until?: number | undefined; asked: boolean }[];
  tooLong?: { tokens: number; limit: number } | undefined;
  transient?: boolean | undefined;
  untrusted?: FinalFacts['untrusted'];
  soonest?: number | undefined;
  now: number;
}): { status: number; headers: [string, string][]; body: string } {
  const { claude, soonest, now, tooLong, transient = false, untrusted } = input;
  if (untrusted !== undefined) return untrustedError(untrusted);
  if (tooLong !== undefined) {
    const message = `prompt is too long: ${tooLong.tokens} tokens > ${tooLong.limit} maximum`;
    const refusal = { type: 'error', error: { type: 'invalid_request_error', message } };
    return { status: 400, headers: [['content-type', 'application/json']], body: JSON.stringify(refusal) };
  }
  const own = claude === undefined ? undefined : readOwn(claude);
  const status = own?.status ?? statusWithoutClaude(input.each, transient);
  const message = own?.message ? `${own.message.replace(/[^.!?]$/, '$&.')} ${account(input)}` : account(input);
  const error = { type: own?.type ?? typeOf(status), message };
  const body = { type: 'error', error, ...(own?.requestId === undefined ? {} : { request_id: own.requestId }) };

  const headers: [string, string][] = [['content-type', 'application/json']];
  for (const [name, value] of Object.entries(claude?.headers ?? {})) {
    // The limit headers make Claude Code show its own limit screen with the right time.
    if (name.startsWith('anthropic-') || name === 'request-id') headers.push([name, value]);
  }
  headers.push(...(transient ? whatClaudeSaid(claude) : whenToComeBack(soonest, now)));
  return { status, headers, body: JSON.stringify(body) };
}

/**
 * To a 5xx Claude Code adds that the server has a problem that is usually temporary (2.1.330), which is not true of a
 * limit or of a budget. A broken connection has no status; a 502 is retried as the connection would have been.
 */
function statusWithoutClaude(each: readonly { reason: Reason }[], transient: boolean): number {
  if (transient) return 502;
  return each.length > 0 && each.every(({ reason }) => USED_UP.has(reason.kind)) ? 429 : 529;
}

const USED_UP: ReadonlySet<Reason['kind']> = new Set(['limit', 'own-limit', 'full', 'billing', 'over-budget', 'swarm']);

/**
 * The client asks again at its own pace, as it would without ccmux: half a second after a broken connection, where our
 * cooldown is a guess of seconds. Claude is asked each time.
 */
function whatClaudeSaid(claude: ClaudeError | undefined): [string, string][] {
  const names = ['retry-after', 'retry-after-ms', 'x-should-retry'];
  return Object.entries(claude?.headers ?? {}).filter(([name]) => names.includes(name));
}

function whenToComeBack(soonest: number | undefined, now: number): [string, string][] {
  if (soonest === undefined) return [['x-should-retry', 'false']];
  const wait = Math.max(0, soonest - now);
  const retryAfter: [string, string] = ['retry-after', String(Math.max(1, Math.ceil(wait / 1000)))];
  return wait <= LONGEST_RETRY_WAIT_MS ? [retryAfter] : [retryAfter, ['x-should-retry', 'false']];
}

/** Not a 5xx: to those Claude Code adds that the server has a problem that is usually temporary (2.1.330). */
function untrustedError(reason: NonNullable<FinalFacts['untrusted']>): ReturnType<typeof composeFinalError> {
  const what = `Claude could not be reached: ${certificateText(reason)} (${reason.code}).`;
  const message = `${what} ${certificateWay(reason)} See: ccmux doctor`;
  const error = { type: 'invalid_request_error', message };
  return {
    status: 400,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ type: 'error', error }),
  };
}

function account({ each, soonest, now }: Parameters<typeof composeFinalError>[0]): string {
  const parts = each.map(({ label, asked, ...facts }) =>
    obstacleText(asked ? label : `${label} was not asked`, facts, now),
  );
  if (parts.length === 0) return 'ccmux: no provider could be asked.';
  const when =
    soonest === undefined || soonest <= now ? '' : ` Try again ${atClock(soonest, now)} (in ${wait(soonest - now)}).`;
  const isCheck = each.some(({ reason }) => reason.kind === 'no-judge');
  const what = isCheck ? 'nobody who may check this action could' : 'no provider could answer';
  const test = each.some(({ reason }) => isAboutKey(reason)) ? ` ${capitalised(KEY_WAY)}.` : '';
  return `ccmux: ${what} (${parts.join('; ')}).${when}${test}`;
}

function readOwn(claude: ClaudeError): { status?: number; type?: string; message: string; requestId?: string } {
  const parsed = parse(claude.body);
  const error = record(parsed['error']);
  const word = typeof error['type'] === 'string' ? error['type'] : undefined;
  // An error inside a 200 stands for the status that its type names.
  const status = claude.status >= 400 ? claude.status : word && statusOfWord(word);
  const type = word ?? (status && typeOf(status));
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  const requestId = parsed['request_id'] ?? claude.headers['request-id'];
  return {
    ...(status && { status }),
    ...(type && { type }),
    message,
    ...(typeof requestId === 'string' && { requestId }),
  };
}

function parse(body: string): Record<string, unknown> {
  try {
    return record(JSON.parse(body));
  } catch {
    // A proxy in between may answer with HTML: its status still counts.
    return {};
  }
}

/** Anthropic's type for a status (platform docs, errors). */
function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  if (status === 529) return 'overloaded_error';
  if (status === 504) return 'timeout_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}
