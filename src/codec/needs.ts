import type { ContentBlock, DocumentBlock, MessagesRequest, ToolResultBlock } from './anthropic.ts';
import type { WebWish } from '../ground/web.ts';
import { isCallable } from './tools.ts';
import { webWishOf } from './web-tools.ts';

/** What a provider must be able to take to answer a whole request. */
export type Needs = { images: boolean; pdfs: boolean; tools: boolean; web?: WebWish };

/** Reads a request's needs from its blocks, also from those inside tool results and documents. */
export function readNeeds(request: MessagesRequest): Needs {
  const web = webWishOf(request);
  const tools = (request.tools ?? []).some(isCallable);
  const needs: Needs = { images: false, pdfs: false, tools, ...(web && { web }) };
  for (const message of request.messages) {
    if (typeof message.content !== 'string') readBlocks(message.content, needs);
  }
  return needs;
}

function readBlocks(blocks: ContentBlock[], needs: Needs): void {
  for (const block of blocks) {
    if (block.type === 'image') needs.images = true;
    else if (block.type === 'tool_result') {
      const { content } = block as ToolResultBlock;
      if (Array.isArray(content)) readBlocks(content, needs);
    } else if (block.type === 'document') {
      const { source } = block as DocumentBlock;
      if (source?.type === 'content') {
        if (Array.isArray(source.content)) readBlocks(source.content, needs);
      } else if (source?.type !== 'text') needs.pdfs = true;
    }
  }
}
