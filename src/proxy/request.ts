import type { IncomingMessage, ServerResponse } from 'node:http';
import { findAccount, SETTINGS_BYTES } from '../claude/account.ts';
import { credentialOf, readAsker, type Asker } from '../claude/asker.ts';
import { clientVersion } from '../claude/first-party.ts';
import { isSafetyCheck } from '../claude/safety-check.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { isMessagesRequest } from '../codec/request-shape.ts';
import type { ModelFamily } from '../events.ts';
import { familyOf } from '../failover/cooldown.ts';
import { bytesIn, lengthOf, type Pieces } from '../ground/pieces.ts';
import { readTurn, type TurnFacts } from '../failover/turn.ts';
import { MOST_BODY_BYTES, readBody, refuseTooLarge } from './body.ts';
import type { Transcripts } from './transcripts.ts';

/** One request of the client, kept as the bytes it came in; what they say is read only when it is asked for. */
export type ClientRequest = {
  method: string;
  /** Path and query without ccmux's token. */
  path: string;
  endpoint: 'messages' | 'count_tokens';
  rawHeaders: string[];
  headers: Record<string, string>;
  /** Who asks, as far as the headers say it. */
  asker: Asker;
  body: Pieces;
  /** What the client proves itself with. Compared with others in memory, and never written anywhere. */
  credential: string | undefined;
  /** The account that the body names, found by a search. */
  account: string | undefined;
  /** Claude Code asks, by its `user-agent`. */
  isClaudeCode: boolean;
  /** Found by a search in the first kilobytes, without parsing. */
  family: ModelFamily | undefined;
  /** The client asked for a stream. Found by a search: clients write `stream` as the body's last or an early field. */
  streaming: boolean;
  /** Aborted when the client hangs up before its answer is whole. */
  signal: AbortSignal;
  /** False if the body is not a Messages request: then only Claude is asked, which says so. */
  isReadable(): boolean;
  /** Whether the body has been parsed already. */
  wasRead(): boolean;
  /** The parsed body; an empty request where it is not readable. */
  parsed(): MessagesRequest;
  turn(): TurnFacts;
  /** Known without the body: false only where the headers rule it out. */
  mayBeSafetyCheck: boolean;
  /** Auto mode's own question whether an action may run. */
  isSafetyCheck(): boolean;
};

/** Far behind any real client's `model` field, which is the first; a transcript quoting one has its quotes escaped. */
const MODEL_SEARCH_BYTES = 4_096;

/**
 * Gathers the body. Buffering first costs nothing: an upstream cannot answer before it has read the whole.
 * @param session `isNewPrompt`: see `readTurn`; asked once, when the turn is read. `transcripts`: what the session's
 *   requests have said before.
 * @returns undefined when there is nothing to ask: the client hung up before its request was whole, or has been told
 *   that it is too large.
 */
export async function receive(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: string,
  { isNewPrompt, transcripts }: { isNewPrompt: (prompt: string) => boolean; transcripts: Transcripts },
): Promise<ClientRequest | undefined> {
  const abort = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) abort.abort(new DOMException('the client hung up', 'AbortError'));
  });
  // Node has made them already, to look for a host.
  const headers = incoming.headers as Record<string, string>;
  const endpoint = path.split('?')[0]!.endsWith('/count_tokens') ? 'count_tokens' : 'messages';
  // To count a conversation's tokens is to say nothing in it.
  const asker = { ...readAsker(headers), ...(endpoint === 'count_tokens' && { requestClass: 'auxiliary' as const }) };
  const thread = threadOf(asker);
  const body = await readBody(incoming, MOST_BODY_BYTES, transcripts.last(thread));
  if (body === 'too-large') refuseTooLarge(incoming, outgoing);
  if (body === undefined || body === 'too-large') return undefined;
  let parsed: MessagesRequest | undefined;
  let turn: TurnFacts | undefined;
  const parse = () => (parsed ??= readRequest(transcripts.read(thread, body)));
  return {
    method: incoming.method ?? 'POST',
    path,
    endpoint,
    rawHeaders: incoming.rawHeaders,
    headers,
    asker,
    body,
    credential: credentialOf(incoming.rawHeaders),
    account: findAccount(bytesIn(body, lengthOf(body) - SETTINGS_BYTES)),
    isClaudeCode: clientVersion(headers['user-agent']) !== undefined,
    family: familyOf(findModel(body) ?? ''),
    streaming: isStreaming(body),
    signal: abort.signal,
    isReadable: () => parse() !== UNREADABLE,
    wasRead: () => parsed !== undefined,
    parsed: parse,
    turn: () => (turn ??= readTurn(parse(), asker, isNewPrompt)),
    mayBeSafetyCheck: endpoint === 'messages' && (asker.requestClass ?? 'auxiliary') === 'auxiliary',
    isSafetyCheck: () => endpoint === 'messages' && isSafetyCheck(parse(), asker),
  };
}

const UNREADABLE: MessagesRequest = { model: '', messages: [] };

function readRequest(request: unknown): MessagesRequest {
  return isMessagesRequest(request) ? withoutNulls(request) : UNREADABLE;
}

/** `"tool_choice": null` is a program's way to say nothing of it. */
function withoutNulls(request: MessagesRequest): MessagesRequest {
  const said = Object.entries(request).filter(([, value]) => value !== null);
  return said.length === Object.keys(request).length ? request : (Object.fromEntries(said) as MessagesRequest);
}

/** Whose requests grow out of one another. */
function threadOf({ session, agent, requestClass }: Asker): string {
  return `${session} ${agent} ${requestClass}`;
}

function findModel(body: Pieces): string | undefined {
  const start = bytesIn(body, 0, MODEL_SEARCH_BYTES).toString('latin1');
  return /(?<!\\)"model"\s*:\s*"([^"\\]{1,128})"/.exec(start)?.[1];
}

function isStreaming(body: Pieces): boolean {
  const length = lengthOf(body);
  const ends = bytesIn(body, length - 64).toString('latin1') + bytesIn(body, 0, 512).toString('latin1');
  return /"stream"\s*:\s*true/.test(ends);
}
