import { ownText } from '../ground/own-text.ts';
import type { Words } from './lexicon.ts';
import { tokensOf } from './tokens.ts';

/** Where the words of a passage stood. */
export type Source = 'thinking' | 'answer' | 'plan' | 'user';

/** Some sentences of one speaker, word for word. */
export type Passage = {
  source: Source;
  /** Who wrote it: a provider's id; '' for the user. */
  by: string;
  /** Verbatim but for secrets and for what could be taken for a delimiter. */
  text: string;
  /** Counted from 1; a turn begins with a message that the user typed. */
  turn: number;
  /** Passages of the same block follow one another. */
  block: number;
  /** Its place in the block, from 0. */
  part: number;
  /** The transcript no longer holds it. */
  gone: boolean;
  /** Read when it is first compared. */
  words?: Words;
};

/** Tokens: a sentence, or some that are short. */
const USUAL = 12;
/** Tokens of what is kept beyond its session: there a passage stands alone. */
const USUAL_ALONE = 35;
/** Characters. */
const LONGEST = 600;

/** A text's sentences, packed into passages; a paragraph or a code block ends one. */
export function splitPassages(text: string): string[] {
  const passages: string[] = [];
  for (const paragraph of paragraphsOf(text)) {
    let open = '';
    let size = 0;
    for (const sentence of paragraph.startsWith('```') ? [paragraph] : sentencesOf(paragraph)) {
      const tokens = tokensOf(sentence);
      if (open !== '' && size + tokens > USUAL) {
        passages.push(open);
        open = '';
        size = 0;
      }
      open = open === '' ? sentence : `${open} ${sentence}`;
      size += tokens;
    }
    if (open !== '') passages.push(open);
  }
  return passages.flatMap(inLengths).map(ownText);
}

function paragraphsOf(text: string): string[] {
  return text
    .split(/(```[\s\S]*?(?:```|$))|\n\s*\n/)
    .map((part) => (part ?? '').trim())
    .filter((part) => part !== '');
}

function sentencesOf(paragraph: string): string[] {
  return paragraph
    .split(/(?<=[.!?…][)"'`]?)\s+(?=\S)|(?<=[。！？])|\n/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Cuts what is too long between two words, if there are any. */
function inLengths(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const space = rest.lastIndexOf(' ', LONGEST);
    const at = space > LONGEST / 2 ? space : LONGEST - (isHalf(rest.charCodeAt(LONGEST - 1)) ? 1 : 0);
    parts.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  return [...parts, rest];
}

/** The first half of a character outside of the basic plane. */
function isHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Neighbours of one block as one passage, so that each can be understood where nothing stands around it. */
export function joinPassages(passages: readonly Passage[]): Passage[] {
  const joined: Passage[] = [];
  let size = 0;
  for (const passage of passages) {
    const open = joined.at(-1);
    const tokens = tokensOf(passage.text);
    const text = `${open?.text} ${passage.text}`;
    if (open?.block === passage.block && size + tokens <= USUAL_ALONE && text.length <= LONGEST) {
      joined[joined.length - 1] = { ...open, text };
      size += tokens;
      continue;
    }
    const part = open?.block === passage.block ? open.part + 1 : passage.part;
    joined.push({ ...passage, part });
    size = tokens;
  }
  return joined;
}
