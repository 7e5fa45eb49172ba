/**
 * Claude Code's auto mode asks the server to check an answer's calls (request field `safeguards`, beta
 * `dangerous-tool-use-*`). Only Anthropic's own API does. A fallback's answer reports for each call that the check was
 * not available: the client then checks that call itself and asks for the server's check again next time. Without that
 * report, 2.1.330 treats the address as an incompatible gateway and gives up the server's checks for the whole session.
 */
import type { MessagesRequest, SafeguardResult } from './anthropic.ts';
import { isRecord } from '../ground/check.ts';

const DANGEROUS_TOOL_USE = 'dangerous_tool_use';

/** Whether the client asked the server to check the answer's calls. */
export function asksForCheck(request: MessagesRequest): boolean {
  const { safeguards } = request;
  return Array.isArray(safeguards) && safeguards.some((one) => isRecord(one) && one['type'] === DANGEROUS_TOOL_USE);
}

/**
 * @param ids the answer's calls, by the client's ids.
 * @returns the fields to add to the answer: none without a requested check or without calls.
 */
export function uncheckedCalls(asked: boolean, ids: readonly string[]): { safeguard_results?: SafeguardResult[] } {
  if (!asked || ids.length === 0) return {};
  const unchecked = { type: 'unavailable', reason: 'error' } as const;
  const tool_uses = Object.fromEntries(ids.map((id) => [id, unchecked]));
  return { safeguard_results: [{ type: DANGEROUS_TOOL_USE, status: { type: 'available', tool_uses } }] };
}
