import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import type { ContentBlock, DocumentBlock, ImageBlock, Source, TextBlock, ToolReferenceBlock } from './anthropic.ts';
import type { Target, Warn } from './target.ts';

/** The prompt parts of a user message and a tool result. */
export type ContentPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

/**
 * Blocks of a user message or a tool result as prompt parts. A note replaces what the target cannot take, so that the
 * model knows that something was there. Never returns an empty text.
 */
export function toContentParts(blocks: string | ContentBlock[] | undefined, target: Target, warn: Warn): ContentPart[] {
  if (blocks === undefined || blocks === null) return [];
  if (typeof blocks === 'string') return text(blocks);
  return blocks.flatMap((block) => toParts(block, target, warn));
}

function toParts(block: ContentBlock, target: Target, warn: Warn): ContentPart[] {
  switch (block.type) {
    case 'text':
      return text((block as TextBlock).text);
    case 'image':
      return [imagePart((block as ImageBlock).source, target, warn)];
    case 'document':
      return documentParts(block as DocumentBlock, target, warn);
    case 'tool_reference':
      return text(describeToolReference(block as ToolReferenceBlock));
    // Claude's thinking is signed for Claude: no other model can use it.
    case 'thinking':
    case 'redacted_thinking':
      return [];
    default:
      return text(describeBlock(block, warn));
  }
}

/** The result of a tool search, for a model that sees all tools anyway. */
export function describeToolReference(block: ToolReferenceBlock): string {
  return `The tool ${block.tool_name} is now available.`;
}

/** A block that no other wire has, as text: server tools, search results, future blocks. */
export function describeBlock(block: ContentBlock, warn: Warn): string {
  warn('block', `a ${block.type} block was sent as text`);
  const { type, ...rest } = block as Record<string, unknown>;
  // Encrypted results are long and unreadable for other models.
  const json = JSON.stringify(rest, (key, value: unknown) =>
    key === 'cache_control' || key.startsWith('encrypted_') || (key === 'data' && typeof value === 'string')
      ? undefined
      : value,
  );
  return `[${String(type)}] ${json.length > MAX_DESCRIPTION ? `${json.slice(0, MAX_DESCRIPTION)} …` : json}`;
}

const MAX_DESCRIPTION = 20_000;

function imagePart(source: Source, target: Target, warn: Warn): ContentPart {
  if (!target.capabilities.images)
    return note(`image (${describeSource(source)})`, `${target.model} takes no images`, 'image', warn);
  if (source.type === 'base64') {
    // ai.google.dev, image understanding: PNG, JPEG, WEBP, HEIC and HEIF; no GIF.
    if (target.dialect === 'gemini' && source.media_type === 'image/gif')
      return note('GIF image', `${target.model} takes no GIF images`, 'image', warn);
    return { type: 'file', mediaType: source.media_type, data: { type: 'data', data: source.data } };
  }
  const url = source.type === 'url' ? URL.parse(source.url) : null;
  // Gemini reads no addresses of the open web, and the AI SDK's package throws on them.
  if (url && /^https?:$/.test(url.protocol) && (target.dialect === 'responses' || target.dialect === 'chat'))
    return { type: 'file', mediaType: 'image/*', data: { type: 'url', url } };
  return note(`image (${describeSource(source)})`, `${target.model} cannot be given it this way`, 'image', warn);
}

function documentParts(block: DocumentBlock, target: Target, warn: Warn): ContentPart[] {
  const { source } = block;
  const title = [block.title, block.context].filter(Boolean).join(': ');
  const head = title ? text(`Document: ${title}`) : [];
  switch (source?.type) {
    case 'text':
      return [...head, ...text(source.data)];
    case 'content':
      return [...head, ...toContentParts(source.content, target, warn)];
    case 'base64': {
      if (source.media_type.startsWith('text/')) return [...head, ...text(decodeText(source.data))];
      const name = block.title || 'document.pdf';
      if (target.capabilities.pdfs && source.media_type === 'application/pdf')
        return [
          ...head,
          { type: 'file', mediaType: source.media_type, filename: name, data: { type: 'data', data: source.data } },
        ];
      return [
        ...head,
        note(`${kindOf(source.media_type)} (${describeSource(source)})`, cannotTake(target), 'pdf', warn),
      ];
    }
    case 'url': {
      const url = URL.parse(source.url);
      if (url && target.capabilities.pdfs && target.dialect === 'responses')
        return [...head, { type: 'file', mediaType: 'application/pdf', data: { type: 'url', url } }];
      return [...head, note(`document (${describeSource(source)})`, cannotTake(target), 'pdf', warn)];
    }
    default:
      return [
        ...head,
        note(`document (${source ? describeSource(source) : 'empty'})`, cannotTake(target), 'pdf', warn),
      ];
  }
}

function cannotTake(target: Target): string {
  return `${target.model} cannot be given it`;
}

function note(what: string, why: string, kind: string, warn: Warn): ContentPart {
  warn(kind, `${what}: ${why}`);
  return { type: 'text', text: `[${what} was here, but it is not shown: ${why}]` };
}

function kindOf(mediaType: string): string {
  return mediaType === 'application/pdf' ? 'PDF document' : `${mediaType} document`;
}

/** A description of an image or document that cannot be shown: its type and size, or its address. */
export function describeSource(source: Source): string {
  switch (source.type) {
    case 'base64':
      return `${source.media_type}, ${Math.ceil((source.data.length * 3) / 4 / 1024)} KB`;
    case 'url':
      // Without the address: warnings are stored and hold nothing of the conversation.
      return 'an address';
    case 'file':
      return 'a file uploaded to Anthropic';
    default:
      return source.type;
  }
}

function decodeText(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return base64;
  }
}

/** A text part, or none: Gemini rejects empty parts, and Anthropic's wire empty texts. */
function text(value: string | undefined): ContentPart[] {
  return typeof value === 'string' && value.trim() !== '' ? [{ type: 'text', text: value }] : [];
}
