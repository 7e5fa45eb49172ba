import { createHeard } from './heard.ts';
import { joinPassages, type Passage } from './passage.ts';
import type { MemoryRecord } from './recall.ts';
import type { Listener } from './noted.ts';

/** What a session has to tell its store: records to keep, and ids of those to forget. */
export type Batch = { records: MemoryRecord[]; takenBack: string[] };

/** Decides what of a session outlives it. It listens at once, and judges later, when nobody waits. */
export type Keeper = {
  /**
   * For one request of a conversation.
   * @param allowed who could answer it in Claude's place; nobody: what it says is not kept, and neither is the answer,
   *   which the next request brings.
   */
  listener(conversation: string, allowed: readonly string[]): Listener;
  /** Judges the next of what was heard. @returns undefined when there is nothing left. */
  next(): Batch | undefined;
};

/** A passage that is a tool's result by so much is a quotation: an injected sentence would outlive its session. */
const MOST_QUOTED = 0.6;
/** Of one message; the rest of a log that was pasted is hardly worth the place of other things. */
const MOST_OF_A_BLOCK = 24;
/** What is shorter says nothing by itself: "Let me look." */
const LEAST_WORDS = 4;
/** What `next` judges at a time, characters: some milliseconds. */
const MOST_AT_ONCE = 100_000;

type Item =
  | { heard: string }
  | { said: readonly Passage[]; allowed: readonly string[] }
  | { takenBack: readonly Passage[] };

/** @param input.hash of a text, hexadecimal. */
export function createKeeper(input: {
  project: string;
  session: string;
  now: () => number;
  hash: (text: string) => string;
  /** Whether Claude's thinking may be kept. */
  reasoning: () => boolean;
}): Keeper {
  const { project, session, now, hash, reasoning } = input;
  const heard = createHeard();
  const waiting: Item[] = [];
  /** How often each record's words have been said and not taken back. */
  const standing = new Map<string, number>();
  const silent = new Map<string, boolean>();

  const idOf = ({ source, text }: Passage) => hash(`${source}\n${text}`);

  function recordOf(passage: Passage, allowed: readonly string[]): MemoryRecord | undefined {
    const { source, by, text, turn } = passage;
    if ((source === 'thinking' && !reasoning()) || !isWorthKeeping(passage)) return undefined;
    if (heard.share(text) >= MOST_QUOTED) return undefined;
    return { v: 1, id: idOf(passage), at: now(), project, session, turn, source, by, allowed, text };
  }

  function isUnsaid(passage: Passage): boolean {
    const id = idOf(passage);
    const times = standing.get(id);
    if (times === undefined) return false;
    if (times > 1) standing.set(id, times - 1);
    else standing.delete(id);
    return times === 1;
  }

  return {
    listener(conversation, allowed) {
      const isSilent = allowed.length === 0 || silent.get(conversation) === true;
      silent.set(conversation, allowed.length === 0);
      return {
        heard: (text) => void waiting.push({ heard: text }),
        said: (passages) => void (isSilent || waiting.push({ said: joinPassages(passages), allowed })),
        takenBack: (passages) => void waiting.push({ takenBack: joinPassages(passages) }),
        missed: () => void silent.set(conversation, true),
      };
    },
    next() {
      if (waiting.length === 0) return undefined;
      const batch: Batch = { records: [], takenBack: [] };
      for (let length = 0; waiting.length > 0 && length < MOST_AT_ONCE;) {
        const item = waiting.shift()!;
        if ('heard' in item) {
          heard.add(item.heard);
          length += item.heard.length;
        } else if ('said' in item) {
          for (const passage of item.said) {
            length += passage.text.length;
            const record = recordOf(passage, item.allowed);
            if (!record) continue;
            standing.set(record.id, (standing.get(record.id) ?? 0) + 1);
            batch.records.push(record);
          }
        } else {
          const ids = item.takenBack.filter(isUnsaid).map(idOf);
          batch.takenBack.push(...ids);
          batch.records = batch.records.filter(({ id }) => !ids.includes(id));
        }
      }
      return batch;
    },
  };
}

function isWorthKeeping({ text, part }: Passage): boolean {
  const words = text.match(/\p{Lo}{2}|[\p{Ll}\p{Lu}\p{N}]+/gu) ?? [];
  return part < MOST_OF_A_BLOCK && words.length >= LEAST_WORDS;
}
