/**
 * A quoted text must stay a quotation: nothing in it may end the note, pass for a reminder of the client's, lead to an
 * address, or be invisible.
 */
export function defuse(text: string): string {
  return text
    .replaceAll(INVISIBLE, '')
    .replaceAll(LINK, '$1')
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

/** `[words](address)`, an image or not; the address may hold brackets in pairs. */
const LINK = /!?\[((?:[^[\]\n]|\[[^[\]\n]{0,80}\]){0,300})\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}\)/g;
/** `[1]: address`, to which `[words][1]` leads. */
const REFERENCE = /^(\s*\[[^\]\n]{1,100}\]):[ \t]*<?[a-z][a-z\d+.-]*:\S.*$/gim;

/** Elements of the note's own kind: the client's and the vendors' delimiters have a dash, an underscore or a bar. */
const TAG =
  /<(\/?\s*(?:[a-z]+[-_|][\w|-]*|\|[\w|-]+\|?|system|user|assistant|human|instructions?|thinking|invoke|parameter|tool|[be]os|img|iframe|script|[a-z][a-z\d+.-]{1,20}:[^\s<>]+)(?:\s[^<>\n]{0,200})?\/?)>/gi;

/** The begin of such an element in other signs, in other scripts, or without its end. */
const LIKE_A_TAG =
  /(?:[＜﹤]|&(?:lt|#0*60|#x0*3c);|\\u003c)(?=\s*\/?\s*[\p{L}|｜])|<(?=\s*\/\s*[\p{L}\p{M}]+[\p{Pd}_|｜][\p{L}])|<(?=\/?[\p{L}\p{M}]+(?![-_])[\p{Pd}\p{Pc}｜]\p{L}|｜)/giu;

/** What other models were taught to take for the begin of somebody's turn. */
const ROLE = /\[(\/?INST)\]|<<(?=\/?SYS>>)/g;
