import type { TranslationWarning } from '../events.ts';
import type {
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  Message,
  MessagesRequest,
  Source,
  ToolResultBlock,
} from './anthropic.ts';
import { describeSource } from './content.ts';

/** The media that an adapted host can read. */
export type Sight = { images: boolean; pdfs: boolean };

/**
 * For a host of Anthropic's wire that takes no images or PDFs, if no other provider can be asked: a note replaces each,
 * so that the host does not reject the whole request and its model knows that something was there.
 * @returns the same request if there is nothing to replace; otherwise a new one.
 */
export function noteMedia(
  request: MessagesRequest,
  sight: Sight,
): { request: MessagesRequest; warnings: TranslationWarning[] } {
  const warnings = new Map<string, TranslationWarning>();
  const note = (what: 'image' | 'pdf', source: Source): ContentBlock => {
    const name = what === 'image' ? 'image' : 'PDF document';
    const detail = `${name} (${describeSource(source)}): this host takes no ${what === 'image' ? 'images' : 'PDFs'}`;
    warnings.set(detail, { what, detail });
    return { type: 'text', text: `[${detail.replace(':', ' was here, but it is not shown:')}]` };
  };

  const adapt = (block: ContentBlock): ContentBlock => {
    if (block.type === 'image' && !sight.images) return note('image', (block as ImageBlock).source);
    if (block.type === 'document') {
      const { source } = block as DocumentBlock;
      // Text and content documents are text to begin with.
      if (!sight.pdfs && source.type !== 'text' && source.type !== 'content') return note('pdf', source);
    }
    if (block.type === 'tool_result') {
      const { content } = block as ToolResultBlock;
      if (Array.isArray(content)) return { ...block, content: content.map(adapt) };
    }
    return block;
  };
  const messages = request.messages.map((message): Message =>
    typeof message.content === 'string' ? message : { ...message, content: message.content.map(adapt) },
  );
  if (warnings.size === 0) return { request, warnings: [] };
  return { request: { ...request, messages }, warnings: [...warnings.values()] };
}
