/**
 * A quoted text must stay a quotation: nothing in it may end the note, pass for a reminder of the client's, lead to an
 * address, or be invisible.
 */
export function defuse(text: string): string {
  return text
    .replaceAll(INVISIBLE, '')
    .replaceAll(LINK, '$1')
    .replaceAll(TAG, '‹$1›')
    .replaceAll(/^(\s*)(#{1,6}\s)/gm, '$1\\$2')
    .replaceAll(/^(\s*)\[(?=t\d+ |\d{4}-)/gm, '$1\\[');
}

/** Control characters but for tab and line feed; marks of writing direction; zero-width and tag characters. */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** `[words](address)`, an image or not. */
const LINK = /!?\[([^\]\n]{0,300})\]\([^)\n]{0,600}\)/g;

/** Elements of the note's own kind: the client's and the vendors' delimiters have a dash, an underscore or a bar. */
const TAG =
  /<(\/?\s*(?:[a-z]+[-_|][\w|-]*|\|[\w|-]+\|?|system|user|assistant|human|instructions?|thinking|invoke|parameter|tool)(?:\s[^<>\n]{0,200})?\/?)>/gi;
