import { typedIn } from '../claude/typed-text.ts';
import type { Message, MessagesRequest, TextBlock } from '../codec/anthropic.ts';
import { blocksOf } from './blocks.ts';

/**
 * The request with a note before the words that the user typed in a message: after tool results, which must follow
 * their calls, and before what the note is to be read with. Everything else stays the same object.
 */
export function placeNotes(request: MessagesRequest, notes: ReadonlyMap<number, string>): MessagesRequest {
  if (notes.size === 0) return request;
  const messages = request.messages.map((message, place) => {
    const note = notes.get(place);
    return note === undefined ? message : withNote(message, note);
  });
  return { ...request, messages };
}

function withNote(message: Message, text: string): Message {
  const blocks = blocksOf(message);
  const typed = blocks.findIndex((block) => block.type === 'text' && typedIn([String(block['text'])]) !== '');
  const lastResult = blocks.findLastIndex((block) => block.type === 'tool_result');
  const at = typed > lastResult ? typed : lastResult + 1;
  return { ...message, content: [...blocks.slice(0, at), { type: 'text', text }, ...blocks.slice(at)] };
}

/** The request with a line at the end of its system prompt. */
export function withSystemLine(request: MessagesRequest, text: string): MessagesRequest {
  const { system } = request;
  const before: TextBlock[] = typeof system === 'string' ? [{ type: 'text', text: system }] : (system ?? []);
  return { ...request, system: [...before, { type: 'text', text }] };
}
