import type { LanguageModelV4ToolResultOutput } from '@ai-sdk/provider';
import type { ToolResultBlock } from '../anthropic.ts';
import { toContentParts, type ContentPart } from '../content.ts';
import { isGemini3, type Target, type Warn } from '../target.ts';

/**
 * One tool result for the target.
 * `hoisted` holds the images and documents that may not stand inside a result there: they go into the user message
 * that follows (chat hosts would get their base64 as text, Gemini 2.5 an unequal number of calls and responses).
 */
export function toToolResult(
  result: ToolResultBlock | undefined,
  toolName: string,
  target: Target,
  warn: Warn,
): { output: LanguageModelV4ToolResultOutput; hoisted: ContentPart[] } {
  if (result === undefined)
    return { output: { type: 'error-text', value: 'No result of this call is known.' }, hoisted: [] };
  const parts = toContentParts(result.content, target, warn);
  const files = parts.filter((part) => part.type === 'file');
  const texts = parts.filter((part) => part.type === 'text').map((part) => part.text);
  const inside = files.length > 0 && takesFilesInside(target) && result.is_error !== true;
  if (inside) {
    const value = parts.map((part) => (part.type === 'text' ? { type: 'text' as const, text: part.text } : part));
    return { output: { type: 'content', value }, hoisted: [] };
  }
  if (files.length > 0) texts.push(`(${count(files)} of this result: see the next message)`);
  const value = texts.join('\n') || '(no output)';
  const hoisted: ContentPart[] =
    files.length > 0 ? [{ type: 'text', text: `From the result of ${toolName}:` }, ...files] : [];
  return { output: { type: result.is_error ? 'error-text' : 'text', value }, hoisted };
}

function count(files: unknown[]): string {
  return files.length === 1 ? '1 file' : `${files.length} files`;
}

/** Gemini before 3 cannot, whatever the catalogue says of the provider (ai.google.dev, function calling). */
function takesFilesInside(target: Target): boolean {
  if (target.dialect === 'gemini' && !isGemini3(target.model)) return false;
  return target.capabilities.toolResultImages;
}
