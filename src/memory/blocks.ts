import type { ContentBlock, Message } from '../codec/anthropic.ts';

/** A message's content, in one of the shapes that the API takes. */
export function blocksOf({ content }: Message): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

export function textsOf(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap((block) => (block.type === 'text' && typeof block['text'] === 'string' ? [block['text']] : []));
}

export function isCall(block: ContentBlock): block is ContentBlock & { id: string; name: string; input: unknown } {
  return block.type === 'tool_use' && typeof block['id'] === 'string' && typeof block['name'] === 'string';
}

export function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? textsOf(content as ContentBlock[]).join('\n') : '';
}
