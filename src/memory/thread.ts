import { SUMMARY } from '../claude/claude-code-2.1.330.ts';
import { typedIn } from '../claude/typed-text.ts';
import type { ContentBlock, Message } from '../codec/anthropic.ts';
import { approvedPlan, deedsOf, type Call, type Deed } from './deeds.ts';
import { splitPassages, type Passage, type Source } from './passage.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';

/** One message of the transcript, and what was kept of it. */
export type Noted = {
  /** What makes it this message. Cache marks, reminders and the texts of results come and go. */
  readonly key: string;
  readonly turn: number;
  readonly passages: readonly Passage[];
  readonly deeds: readonly Deed[];
  /** Who wrote it, where the model did. */
  readonly by?: string;
  /** The user typed something in it. */
  readonly typed: boolean;
};

/** Is told what a thread reads, in its order. */
export type Listener = {
  /** Words that nobody in the conversation has chosen: results, reminders, files. */
  heard(text: string): void;
  said(passages: readonly Passage[]): void;
  /** The user has rewound the conversation to before these were said. */
  takenBack(passages: readonly Passage[]): void;
  /** The thread was not read: what comes next may be older than it seems. */
  missed(): void;
};

/** What is known of one conversation: the main thread, or a subagent's. */
export type ThreadMemory = {
  /**
   * Reads what a request says beyond the last one.
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
  /** Reads the words of what has come, so that a note need not wait for it. */
  index(): void;
};

/** So much of what has fallen out is kept, passages. */
const MOST_GONE = 24_000;

/** @param clean takes out secrets, and what could pass for a delimiter. */
export function createThread(clean: (text: string) => string): ThreadMemory {
  let line: { message: Message; noted: Noted; place: number }[] = [];
  let gone: Noted[] = [];
  const lexicon = createLexicon();
  let unread: Passage[] = [];
  const calls = new Map<string, Call>();
  let turn = 0;
  let block = 0;

  function note(message: Message, by: string, listener: Listener | undefined): Noted {
    const noted = read(message, by, listener);
    if (noted.passages.length > 0) listener?.said(noted.passages);
    return noted;
  }

  function read(message: Message, by: string, listener: Listener | undefined): Noted {
    const blocks = blocksOf(message);
    const key = keyOf(message);
    if (message.role === 'assistant') {
      for (const each of blocks) if (isCall(each)) calls.set(each.id, { name: each.name, input: each.input });
      const passages = blocks.flatMap((each) => {
        if (each.type === 'thinking') return passagesOf('thinking', each['thinking'], by);
        return each.type === 'text' ? passagesOf('answer', each['text'], by) : [];
      });
      return { key, turn, passages, deeds: [], by, typed: false };
    }
    const texts = textsOf(blocks);
    const typed = typedIn(texts);
    if (typed !== '') turn++;
    for (const text of texts) listener?.heard(withoutTyped(text, typed));
    const passages = passagesOf('user', typed, '');
    const deeds: Deed[] = [];
    for (const each of blocks) {
      if (each.type !== 'tool_result') continue;
      const call = calls.get(String(each['tool_use_id']));
      const said = resultText(each['content']);
      const plan = call && each['is_error'] !== true ? approvedPlan(call, said) : undefined;
      // The client repeats a plan when it tells that the user has approved it.
      if (plan === undefined) listener?.heard(said);
      if (!call) continue;
      calls.delete(String(each['tool_use_id']));
      deeds.push(...deedsOf(call, said, each['is_error'] === true).map((deed) => cleaned(deed, clean)));
      if (plan !== undefined) passages.push(...passagesOf('plan', plan, by));
    }
    return { key, turn, passages, deeds, typed: typed !== '' };
  }

  function passagesOf(source: Source, text: unknown, by: string): Passage[] {
    if (typeof text !== 'string' || text.trim() === '') return [];
    block++;
    const passages = splitPassages(clean(text)).map((text, part) => {
      return { source, by, text, turn, block, part, gone: false };
    });
    unread.push(...passages);
    return passages;
  }

  function fallOut(noted: Noted): Noted {
    return { ...noted, passages: noted.passages.map((passage) => Object.assign(passage, { gone: true })) };
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
      const next = coming.map((each) => ({ ...each, noted: known.get(keyOf(each.message))?.shift() }));
      const recurring = new Set(next.map(({ noted }) => noted));
      const lost = left.map(({ noted }) => noted).filter((noted) => !recurring.has(noted));
      const isCompaction =
        lost.length > 0 && (compacted || next.some(({ noted, message }) => !noted && isSummary(message)));
      // What the user rewound or cleared is thrown away on purpose.
      if (isCompaction) gone = [...gone, ...lost.map(fallOut)];
      else if (same === 0 && left.length > 0 && lost.length === left.length) gone = [];
      line = line.slice(0, same);
      if (lost.length > 0 && !isCompaction) turn = (line.at(-1)?.noted ?? gone.at(-1))?.turn ?? 0;
      if (!isCompaction && lost.length > 0) listener?.takenBack(lost.flatMap(({ passages }) => passages));
      for (const { message, place, noted } of next) {
        line.push({ message, place, noted: noted ?? note(message, by, listener) });
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
    index() {
      for (const passage of unread) lexicon.of(passage);
      unread = [];
    },
  };
  return thread;
}

function isSame(known: { message: Message; noted: Noted }, message: Message): boolean {
  return known.message === message || known.noted.key === keyOf(message);
}

/** A message in the middle with the role `system` is the client's reminder. */
function isSpoken({ role }: Message): boolean {
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

export function blocksOf({ content }: Message): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

function textsOf(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap((block) => (block.type === 'text' && typeof block['text'] === 'string' ? [block['text']] : []));
}

/** What stands in a block beside the user's own words: a reminder, or all of a command's expansion. */
function withoutTyped(text: string, typed: string): string {
  const own = typedIn([text]);
  return own !== '' && typed.includes(own) ? text.replace(own, ' ') : text;
}

export function isCall(block: ContentBlock): block is ContentBlock & { id: string; name: string; input: unknown } {
  return block.type === 'tool_use' && typeof block['id'] === 'string' && typeof block['name'] === 'string';
}

export function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? textsOf(content as ContentBlock[]).join('\n') : '';
}

/** Every text of a deed, without its secrets. */
function cleaned<T>(value: T, clean: (text: string) => string): T {
  if (typeof value === 'string') return clean(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => cleaned(one, clean)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cleaned<unknown>(field, clean)])) as T;
}
