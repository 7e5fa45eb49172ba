/**
 * Claude Code's auto mode asks the server to check an answer's calls (request field `safeguards`, beta
 * `dangerous-tool-use-*`). Only Anthropic's own API does. An answer by anybody else says of each call that the check
 * was not available: the client then checks that one call by itself, and asks for the server's check again the next
 * time. Without a word of it, 2.1.330 takes the address for an incompatible gateway and gives up the server's checks
 * for the rest of the session.
 */
import type { MessagesRequest, SafeguardResult } from './anthropic.ts';
import { isRecord } from './json.ts';

const DANGEROUS_TOOL_USE = 'dangerous_tool_use';

/** Whether the client asked the server to check the answer's calls. */
export function asksForCheck(request: MessagesRequest): boolean {
  const { safeguards } = request;
  return Array.isArray(safeguards) && safeguards.some((one) => isRecord(one) && one['type'] === DANGEROUS_TOOL_USE);
}

/**
 * @param ids the answer's calls, as the client is told them.
 * @returns the fields to add to the answer: none where no check was asked for, or nothing was called.
 */
export function uncheckedCalls(asked: boolean, ids: readonly string[]): { safeguard_results?: SafeguardResult[] } {
  if (!asked || ids.length === 0) return {};
  const unchecked = { type: 'unavailable', reason: 'error' } as const;
  const tool_uses = Object.fromEntries(ids.map((id) => [id, unchecked]));
  return { safeguard_results: [{ type: DANGEROUS_TOOL_USE, status: { type: 'available', tool_uses } }] };
}
