import type { ContentBlock, Message } from '../codec/anthropic.ts';
import { typedIn } from '../claude/typed-text.ts';
import { blocksOf, resultText, textsOf } from './blocks.ts';
import { approvedPlan, deedsOf, type Call } from './deeds.ts';
import type { Lexicon } from './lexicon.ts';
import { splitPassages, type Passage, type Source } from './passage.ts';
import type { Listener, Noted } from './noted.ts';

/** A message that has come, and whose words nobody has read yet. */
export type Unread = {
  noted: Noted;
  message: Message;
  by: string;
  /** What the user typed in it. */
  typed: string;
  /** The calls that it answers, by id. */
  calls: ReadonlyMap<string, Call>;
  listener: Listener | undefined;
};

/**
 * Reads messages behind everybody's back. To take out secrets, to part sentences and to look words up costs some tenth of
 * a millisecond a thousand characters, on the thread that carries streams; so it is done a piece at a time.
 */
export type Reader = {
  put(unread: Unread): void;
  /** The user has rewound the conversation: what these messages say is not read any more, and taken back where it was. */
  takeBack(lost: readonly Noted[], listener: Listener | undefined): void;
  /**
   * Reads on, the oldest first, and tells the listeners.
   * @param most characters; a message that is longer is read whole.
   * @returns whether there was anything.
   */
  next(most: number): boolean;
  /** For a note: all that was done, the last that was typed, and of the words the newest, while there is time. */
  newest(hasTime: () => boolean): void;
  /** Whether all of it has been read. */
  isDone(): boolean;
};

/** `isCounted`: what was done is known. `isRead`: what was said, too; the listener has still to be told. */
type Waiting = Unread & { isCounted: boolean; isRead: boolean };

/** @param clean takes out secrets, and what could pass for a delimiter. */
export function createReader(clean: (text: string) => string, lexicon: Lexicon): Reader {
  let waiting: Waiting[] = [];
  /** Passages whose words have not been looked up. */
  let strange: Passage[] = [];
  let block = 0;

  function count(one: Waiting): void {
    if (one.isCounted) return;
    one.isCounted = true;
    for (const { call, said, isError } of resultsOf(one)) {
      if (call) one.noted.deeds.push(...deedsOf(call, said, isError).map((deed) => cleaned(deed, clean)));
    }
  }

  function read(one: Waiting): void {
    count(one);
    if (one.isRead) return;
    one.isRead = true;
    const { noted, message, by, typed } = one;
    const add = (source: Source, text: unknown, writer: string) => {
      if (typeof text !== 'string' || text.trim() === '') return;
      block++;
      splitPassages(clean(text)).forEach((text, part) => {
        noted.passages.push({ source, by: writer, text, turn: noted.turn, block, part, gone: noted.isGone });
      });
    };
    if (message.role === 'assistant') {
      for (const each of blocksOf(message)) {
        if (each.type === 'thinking') add('thinking', each['thinking'], by);
        if (each.type === 'text') add('answer', each['text'], by);
      }
    } else {
      add('user', typed, '');
      for (const { plan } of resultsOf(one)) add('plan', plan, by);
    }
    strange.push(...noted.passages);
  }

  return {
    put: (unread) => void waiting.push({ ...unread, isCounted: false, isRead: false }),
    takeBack(lost, listener) {
      const gone = new Set(lost);
      const untold = waiting.filter(({ noted }) => gone.has(noted));
      for (const one of untold) {
        gone.delete(one.noted);
        tellHeard(one);
      }
      waiting = waiting.filter((one) => !untold.includes(one));
      listener?.takenBack([...gone].flatMap(({ passages }) => passages));
    },
    next(most) {
      const isAny = strange.length + waiting.length > 0;
      for (let left = most; left > 0;) {
        const passage = strange.pop();
        const one = passage ? undefined : waiting.shift();
        if (passage) {
          lexicon.of(passage);
          left -= passage.text.length;
        } else if (one) {
          read(one);
          tellHeard(one);
          if (one.noted.passages.length > 0) one.listener?.said(one.noted.passages);
          left -= lengthOf(one.message);
        } else break;
      }
      return isAny;
    },
    newest(hasTime) {
      const lookUp = () => {
        for (const passage of strange) lexicon.of(passage);
        strange = [];
      };
      for (const one of waiting) count(one);
      const typed = waiting.findLast(({ noted }) => noted.typed);
      if (typed) read(typed);
      lookUp();
      for (const one of waiting.toReversed()) {
        if (!hasTime()) break;
        read(one);
        lookUp();
      }
    },
    isDone: () => waiting.every(({ isRead }) => isRead),
  };
}

type Result = { call: Call | undefined; said: string; isError: boolean; plan: string | undefined };

function resultsOf({ message, calls }: Unread): Result[] {
  return blocksOf(message).flatMap((each) => {
    if (message.role === 'assistant' || each.type !== 'tool_result') return [];
    const call = calls.get(String(each['tool_use_id']));
    const said = resultText(each['content']);
    const isError = each['is_error'] === true;
    return [{ call, said, isError, plan: call && !isError ? approvedPlan(call, said) : undefined }];
  });
}

function tellHeard(unread: Unread): void {
  const { message, typed, listener } = unread;
  if (!listener || message.role === 'assistant') return;
  for (const text of textsOf(blocksOf(message))) listener.heard(withoutTyped(text, typed));
  for (const { said, plan } of resultsOf(unread)) {
    // The client repeats a plan when it tells that the user has approved it.
    if (plan === undefined) listener.heard(said);
  }
}

function lengthOf(message: Message): number {
  return blocksOf(message).reduce((sum, block) => sum + textOf(block).length, 0);
}

function textOf(block: ContentBlock): string {
  if (block.type === 'tool_result') return resultText(block['content']);
  if (block.type === 'text') return typeof block['text'] === 'string' ? block['text'] : '';
  return block.type === 'thinking' && typeof block['thinking'] === 'string' ? block['thinking'] : '';
}

/** What stands in a block beside the user's own words: a reminder, or all of a command's expansion. */
function withoutTyped(text: string, typed: string): string {
  const own = typedIn([text]);
  return own !== '' && typed.includes(own) ? text.replace(own, ' ') : text;
}

/** Every text of a deed, without its secrets. */
function cleaned<T>(value: T, clean: (text: string) => string): T {
  if (typeof value === 'string') return clean(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => cleaned(one, clean)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cleaned<unknown>(field, clean)])) as T;
}
