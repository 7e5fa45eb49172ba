import { SUMMARY } from '../claude/claude-code-2.1.330.ts';
import { typedIn } from '../claude/typed-text.ts';
import type { Message } from '../codec/anthropic.ts';
import { blocksOf, isCall, textsOf } from './blocks.ts';
import type { Call } from './deeds.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';
import type { Listener, Noted } from './noted.ts';
import { createReader, type Reader } from './reader.ts';

/** What is known of one conversation: the main thread, or a subagent's. */
export type ThreadMemory = {
  /**
   * Takes note of the messages that a request has beyond the last one, to read them later.
   * @param by who has answered this thread since: a provider's id.
   * @param compacted the client has asked for a summary since.
   */
  observe(messages: readonly Message[], by: string, compacted?: boolean, listener?: Listener): void;
  /**
   * Reads a request for a summary, which ends with the client's own words: what it says behind the known messages stands
   * in no other request. Where it lacks some of these, a part alone is to be summed up, and nothing is read.
   */
  summing(messages: readonly Message[], by: string, listener?: Listener): void;
  /** The transcript's messages; `place`: the index in the request that was observed last. */
  line(): readonly { noted: Noted; place: number }[];
  /** What a compaction took out of the transcript, in its order. */
  gone(): readonly Noted[];
  readonly lexicon: Lexicon;
  /** What has come and has not been read yet. */
  readonly unread: Pick<Reader, 'next' | 'newest' | 'isDone'>;
};

/** So much of what has fallen out is kept, passages. */
const MOST_GONE = 24_000;

/** @param clean takes out secrets, and what could pass for a delimiter. */
export function createThread(clean: (text: string) => string): ThreadMemory {
  let line: { message: Message; noted: Noted; place: number }[] = [];
  let gone: Noted[] = [];
  const lexicon = createLexicon();
  const reader = createReader(clean, lexicon);
  const calls = new Map<string, Call>();
  let turn = 0;

  function note(message: Message, key: string, by: string, listener: Listener | undefined): Noted {
    const blocks = blocksOf(message);
    const isAnswer = message.role === 'assistant';
    const answered = new Map<string, Call>();
    for (const each of blocks) {
      if (isAnswer && isCall(each)) calls.set(each.id, { name: each.name, input: each.input });
      if (isAnswer || each.type !== 'tool_result') continue;
      const id = String(each['tool_use_id']);
      const call = calls.get(id);
      if (call) answered.set(id, call);
      calls.delete(id);
    }
    const typed = isAnswer ? '' : typedIn(textsOf(blocks));
    if (typed !== '') turn++;
    const noted: Noted = {
      key,
      turn,
      passages: [],
      deeds: [],
      ...(isAnswer && { by }),
      typed: typed !== '',
      isGone: false,
    };
    reader.put({ noted, message, by, typed, calls: answered, listener });
    return noted;
  }

  const thread: ThreadMemory = {
    observe(messages, by, compacted = false, listener) {
      let same = 0;
      let read = 0;
      for (; read < messages.length; read++) {
        const message = messages[read]!;
        if (!isSpoken(message)) continue;
        const known = line[same];
        if (!known || !isSame(known, message)) break;
        known.message = message;
        known.place = read;
        same++;
      }
      const left = line.slice(same);
      const coming = messages
        .slice(read)
        .map((message, i) => ({ message, place: read + i }))
        .filter(({ message }) => isSpoken(message));
      if (left.length === 0 && coming.length === 0) return;
      // What the client keeps behind its summary, or only moved.
      const known = new Map<string, Noted[]>();
      for (const { noted } of left) known.set(noted.key, [...(known.get(noted.key) ?? []), noted]);
      const next = coming.map((each) => {
        const key = keyOf(each.message);
        return { ...each, key, noted: known.get(key)?.shift() };
      });
      const recurring = new Set(next.map(({ noted }) => noted));
      const lost = left.map(({ noted }) => noted).filter((noted) => !recurring.has(noted));
      const isCompaction =
        lost.length > 0 && (compacted || next.some(({ noted, message }) => !noted && isSummary(message)));
      // What the user rewound or cleared is thrown away on purpose.
      if (isCompaction) gone = [...gone, ...lost.map(fallOut)];
      else if (same === 0 && left.length > 0 && lost.length === left.length) gone = [];
      line = line.slice(0, same);
      if (lost.length > 0 && !isCompaction) turn = (line.at(-1)?.noted ?? gone.at(-1))?.turn ?? 0;
      if (!isCompaction && lost.length > 0) reader.takeBack(lost, listener);
      for (const { message, key, place, noted } of next) {
        line.push({ message, place, noted: noted ?? note(message, key, by, listener) });
      }
      let kept = gone.reduce((sum, { passages }) => sum + passages.length, 0);
      while (kept > MOST_GONE) kept -= gone.shift()!.passages.length;
    },
    summing(messages, by, listener) {
      const spoken = messages.filter(isSpoken);
      if (line.length >= spoken.length || !line.every((known, i) => isSame(known, spoken[i]!))) return;
      const results = blocksOf(spoken.at(-1)!).filter(({ type }) => type === 'tool_result');
      const last: Message[] = results.length === 0 ? [] : [{ role: 'user', content: results }];
      thread.observe([...messages.slice(0, messages.lastIndexOf(spoken.at(-1)!)), ...last], by, false, listener);
    },
    line: () => line,
    gone: () => gone,
    lexicon,
    unread: reader,
  };
  return thread;
}

function fallOut(noted: Noted): Noted {
  noted.isGone = true;
  for (const passage of noted.passages) passage.gone = true;
  return noted;
}

function isSame(known: { message: Message; noted: Noted }, message: Message): boolean {
  return known.message === message || known.noted.key === keyOf(message);
}

/** A message in the middle with the role `system` is the client's reminder. */
export function isSpoken({ role }: Message): boolean {
  return role !== 'system';
}

export function isSummary(message: Message): boolean {
  return textsOf(blocksOf(message)).some((text) => SUMMARY.test(text.trim()));
}

export function keyOf(message: Message): string {
  const blocks = blocksOf(message);
  const ids = blocks.flatMap((block) => {
    if (block.type === 'tool_use') return [String(block['id'])];
    return block.type === 'tool_result' ? [String(block['tool_use_id'])] : [];
  });
  const texts = textsOf(blocks);
  const said =
    message.role === 'assistant' ? texts.join('\n') : typedIn(texts) || texts.find((text) => SUMMARY.test(text));
  return `${message.role} ${ids.join(' ')} ${said ?? ''}`;
}
