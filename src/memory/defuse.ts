/**
 * A quoted text must stay a quotation: nothing in it may end the note, pass for a reminder of the client's, lead to an
 * address, or be invisible.
 * @param redact takes out secrets, once nothing invisible parts them. What it puts in their place may be part of a link.
 */
export function defuse(text: string, redact: (text: string) => string = (same) => same): string {
  return withoutLinks(redact(text.replaceAll(INVISIBLE, '')))
    .replaceAll(REFERENCE, '$1')
    .replaceAll(TAG, '‹$1›')
    .replaceAll(LIKE_A_TAG, '‹')
    .replaceAll(ROLE, (_all, name?: string) => (name === undefined ? '‹‹' : `‹${name}›`))
    .replaceAll(/^(\s*)(#{1,6}\s)/gm, '$1\\$2')
    .replaceAll(/^(\s*)\[(?=t\d+ |\d{4}-)/gm, '$1\\[');
}

/** Control characters but for tab and line feed; and whatever Unicode lets a reader ignore, marks of direction too. */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Outside of the text: `handlers[name](event)` is a call, and `[the notes](./notes.md)` leads no further than its words. */
const ADDRESS = String.raw`[<\s]{0,20}(?:[a-z][a-z\d+.\-]{1,20}:|\/\/|www\.)`;
/** `[words](address)`, an image or not; the address may hold brackets in pairs. */
const LINK = new RegExp(String.raw`!?\[([^\[\]]{0,300})\]\(${ADDRESS}(?:[^()]|\([^()]{0,200}\)){0,600}\)`, 'gi');
/** What is left of one whose words hold brackets, or whose address does not end. */
const END_OF_LINK = new RegExp(String.raw`\]\((?=${ADDRESS})`, 'gi');
/** An image in a link is a link again once the image is gone. */
const MOST_NESTED = 4;

function withoutLinks(text: string): string {
  let plain = text;
  for (let i = 0; i < MOST_NESTED && plain.includes(']('); i++) plain = plain.replaceAll(LINK, '$1');
  return plain.replaceAll(END_OF_LINK, '] (');
}

/** `[1]: address`, to which `[words][1]` leads. */
const REFERENCE = /^(\s*\[[^\]\n]{1,100}\]):[ \t]*<?[a-z][a-z\d+.-]*:\S.*$/gim;

/** Elements of the note's own kind: the client's and the vendors' delimiters have a dash, an underscore or a bar. */
const TAG =
  /<(\/?\s*(?:[a-z]+[-_|][\w|-]*|\|[\w|-]+\|?|system|user|assistant|human|instructions?|thinking|invoke|parameter|tool|[be]os|img|iframe|script|[a-z][a-z\d+.-]{1,20}:[^\s<>]+)(?:\s[^<>]{0,200})?\/?)>/gi;

/** The begin of such an element in other signs, in other scripts, or without its end. */
const LIKE_A_TAG =
  /(?:[＜﹤]|&(?:lt|#0*60|#x0*3c);|\\u003c)(?=\s*\/?\s*[\p{L}|｜])|<(?=\s*\/\s*[\p{L}\p{M}]+[\p{Pd}_|｜][\p{L}])|<(?=\/?[\p{L}\p{M}]+(?![-_])[\p{Pd}\p{Pc}｜]\p{L}|｜|\s*(?:handoff-note|system-reminder))/giu;

/** What other models were taught to take for the begin of somebody's turn. */
const ROLE = /\[(\/?INST)\]|<<(?=\/?SYS>>)/g;
