import { isAllowed } from './allow-rules.ts';
import { READING_TOOLS } from './claude-code-2.1.330.ts';
import { onlyReads } from './reading-commands.ts';

/** What Claude Code posts to a `PreToolUse` hook, as far as it is read. */
export type ToolCall = { id: string; tool: string; input: unknown; mode: string };

/** A `PreToolUse` hook's matcher: every tool but those that only read. */
export const ACTING_TOOLS = `^(?!(?:${READING_TOOLS.join('|')})$).*`;

/** @returns undefined where the body is not a tool call. */
export function readToolCall(body: unknown): ToolCall | undefined {
  const { tool_use_id: id, tool_name: tool, tool_input: input, permission_mode: mode } = Object(body);
  return typeof id === 'string' && typeof tool === 'string' ? { id, tool, input, mode: String(mode) } : undefined;
}

/**
 * True for a call that auto mode would have checked and that the user has not allowed. In every other permission mode
 * Claude Code asks by itself, or the user wanted no questions.
 * @param rules the user's own allow rules.
 */
export function needsApproval({ tool, input, mode }: ToolCall, rules: readonly string[]): boolean {
  if (mode !== 'auto' || READING_TOOLS.includes(tool)) return false;
  const { command } = Object(input) as { command?: unknown };
  if (tool === 'Bash' && typeof command === 'string' && onlyReads(command)) return false;
  return !isAllowed(rules, tool, input);
}
