import type { Quirks } from '../quirks.ts';

/**
 * The body of a chat request as this host wants it, from the one that the AI SDK made. Only renames and shapes:
 * nothing of the conversation is changed here.
 */
export function adaptChatBody(body: Record<string, unknown>, quirks: Quirks): Record<string, unknown> {
  const { max_tokens: maxTokens, ...rest } = body;
  const adapted: Record<string, unknown> = { ...rest, ...quirks.extraBody };
  if (maxTokens !== undefined) adapted[quirks.maxTokensField] = maxTokens;
  if (adapted['tool_choice'] === 'required') adapted['tool_choice'] = quirks.toolChoiceAny;
  if (quirks.imageUrlAsString && Array.isArray(adapted['messages']))
    adapted['messages'] = adapted['messages'].map(plainImageUrls);
  return adapted;
}

function plainImageUrls(message: unknown): unknown {
  const content = (message as { content?: unknown }).content;
  if (!Array.isArray(content)) return message;
  return {
    ...(message as object),
    content: content.map((part: { type?: string; image_url?: { url?: string } }) =>
      part.type === 'image_url' ? { ...part, image_url: part.image_url?.url } : part,
    ),
  };
}
