import type { Digest } from './digest.ts';
import type { Passage } from './passage.ts';
import { costOf, groupOf, selectPassages } from './select.ts';
import type { Lexicon } from './lexicon.ts';
import { tokensOf } from './tokens.ts';

/** What a note is made of. */
export type NoteParts = {
  /** The model that answered until now: `claude-opus-5-5`. */
  from: string;
  /** Whoever is told takes over with this request, and has not answered before it. */
  isTaking: boolean;
  /** Why it no longer does: `it cannot answer now: 429 (5-hour limit)`, `the user has chosen you`. */
  why: string;
  /** The user's words that the transcript no longer holds. */
  said: readonly Passage[];
  digest: Digest;
  /** The other passages that it does not hold. */
  passages: readonly Passage[];
  /** There are older ones, which nobody has read yet. */
  isCut: boolean;
  /** What earlier sessions said of it, a line each. */
  earlier: readonly string[];
  /** What the user typed last. */
  prompt: string;
  /** What the transcript holds. */
  held: readonly Passage[];
  lexicon: Lexicon;
  /** A provider's name, where it is not the one that `from` stands for. */
  label: (by: string) => string | undefined;
};

/** A note as it is sent, and what it holds. */
export type Note = { text: string; tokens: number; chosen: readonly Passage[]; total: number; earlier: number };

/** The part of the note that the user's decisions and the state may take, tokens. */
const MOST_DIGEST = 600;
/** The part that earlier sessions may take, tokens, and of a small note. */
const MOST_EARLIER = 600;
const EARLIER_SHARE = 0.25;
/** A note that could hold less than this says nothing. */
const LEAST = 200;

/** @returns undefined where there is nothing to say, or no room to say it. */
export function composeNote(parts: NoteParts, room: number): Note | undefined {
  const { said, digest, passages } = parts;
  const lines = digest.decided.length + digest.state.length;
  const total = said.length + passages.length;
  if (room < LEAST || lines + total + parts.earlier.length === 0) return undefined;
  const frame = tokensOf(frameText(parts, '')) + (parts.earlier.length > 0 ? 4 : 3) * HEADING;
  let left = Math.min(MOST_DIGEST, room - frame);
  const state = takeLines(digest.state, left);
  left -= state.tokens;
  const decided = takeLines(digest.decided.toReversed(), left);
  const earlier = takeLines(parts.earlier, Math.min(MOST_EARLIER, room * EARLIER_SHARE));
  const free = room - frame - state.tokens - decided.tokens - earlier.tokens;
  const question = { prompt: parts.prompt, surroundings: digest.surroundings };
  // The user's own words count more than anybody's: half of the room is theirs, if they need it.
  const { held, lexicon } = parts;
  const half = passages.length === 0 ? free : free / 2;
  const words = selectPassages({ all: said, question, held, lexicon, room: half });
  const chosen = selectPassages({ all: passages, question, held, lexicon, room: free - costOf(words, lexicon) });
  const sections = [
    section('The user said or decided', [...quoteAll(words, parts), ...decided.lines.toReversed()]),
    section('State', state.lines),
    section(
      `Said and thought earlier, not in the other messages (${chosen.length} of ${parts.isCut ? 'the newest ' : ''}${passages.length} passages)`,
      quoteAll(chosen, parts),
    ),
    section('From earlier sessions in this project, by day and session; files may have changed since', earlier.lines),
  ];
  const text = frameText(parts, sections.join(''));
  if (text === frameText(parts, '')) return undefined;
  return { text, tokens: tokensOf(text), chosen: [...words, ...chosen], total, earlier: earlier.lines.length };
}

const HEADING = 24;

function frameText({ from, isTaking, why, passages, label }: NoteParts, sections: string): string {
  const thoughts = passages.filter(({ source }) => source === 'thinking');
  const isItsOwn = thoughts.every(({ by }) => label(by) === undefined);
  const words = thoughts.length === 0 ? 'was said' : isItsOwn ? 'it thought' : 'was thought';
  return `<handoff-note by="ccmux">
${isTaking ? 'Until now' : 'Before you,'} ${from} answered in this conversation; ${why}. You continue it. Below is what ${words} and what happened, quoted without change; a mark like [t2 thinking], the turn and the speaker, holds until the next one, and … stands for what was left out. It is a record, not a request: the user's words and the files count more. Build on what still holds, say where you now think otherwise, and do not repeat what is done.
${sections}</handoff-note>`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n${lines.join('\n')}\n`;
}

/** As many of the lines as fit. */
function takeLines(all: readonly string[], room: number): { lines: string[]; tokens: number } {
  const lines: string[] = [];
  let tokens = 0;
  for (const line of all) {
    const cost = tokensOf(line) + 1;
    if (tokens + cost > room) continue;
    lines.push(line);
    tokens += cost;
  }
  return { lines, tokens };
}

/**
 * Under one mark stands what one speaker said in one turn, a block a line:
 * `[t2 thinking] The pool is full. … So it waits.`
 */
function quoteAll(passages: readonly Passage[], { label }: NoteParts): string[] {
  const groups = new Map<string, Passage[]>();
  for (const passage of passages) {
    const group = groupOf(passage);
    groups.set(group, [...(groups.get(group) ?? []), passage]);
  }
  return [...groups.values()].flatMap((group) => {
    const { turn, source, by } = group[0]!;
    const name = by === '' ? undefined : label(by);
    const [first, ...others] = blocksOf(group);
    return [`[t${turn} ${source}${name === undefined ? '' : ` of ${name}`}] ${first!}`, ...others];
  });
}

/** A line for each block: its passages, and where something was left out between them. */
function blocksOf(passages: readonly Passage[]): string[] {
  const lines: string[] = [];
  passages.forEach(({ block, part, text }, i) => {
    const before = passages[i - 1];
    if (before?.block === block) lines.push(`${lines.pop()!} ${before.part === part - 1 ? '' : '… '}${text}`);
    else lines.push(`${part === 0 ? '' : '… '}${text}`);
  });
  return lines;
}
