import type { Reason } from '../events.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import { keepNewest } from '../ground/newest.ts';
import { digestOf } from './digest.ts';
import { composeNote, type Note } from './note.ts';
import type { Listener, Noted } from './noted.ts';
import { joinPassages, type Passage } from './passage.ts';
import { earlierLines } from './earlier.ts';
import { placeNotes } from './place.ts';
import type { MemoryRecord } from './recall.ts';
import type { Question } from './select.ts';
import { createThread, type ThreadMemory } from './thread.ts';

/** What the next model is given of a session. */
export type HandOff = {
  /**
   * Reads what a request says beyond the thread's last one.
   * @param answeredBy the provider that has answered it.
   * @param listener is told what it reads, for what outlives the session.
   */
  observe(thread: string, request: MessagesRequest, answeredBy: string | undefined, listener?: Listener): void;
  /** The client has asked for a summary: what the next request lacks has been compacted. */
  compacting(thread: string, request: MessagesRequest, listener?: Listener): void;
  /**
   * What to ask of earlier sessions, before a provider gets its first note in a thread; asked once. Observes the request.
   */
  question(thread: string, request: MessagesRequest, provider: string, listener: Listener): Question | undefined;
  /** What they answered. */
  recalled(thread: string, provider: string, records: readonly MemoryRecord[]): void;
  /** The request as the provider is to get it. Observes it first. */
  prepare(thread: string, request: MessagesRequest, to: Recipient): Prepared;
  /** The provider does not take requests with a note. */
  refused(provider: string): void;
  /** Resolves when all that has come is read, and its listeners have been told. */
  settled(): Promise<void>;
  /** Reads all of it now. */
  settle(): void;
};

/** Time that nobody waits for. */
export type Idle = {
  /** Calls `work` again and again, other things in between, until it returns false. Resolves then. */
  run(work: () => boolean): Promise<void>;
  /** Milliseconds. */
  now(): number;
};

/** A failure or a limit; `chosen`: the user wants somebody else; `sent`: the user's rules do, for this request. */
export type Why = Reason | 'chosen' | 'sent';

export type Recipient = {
  provider: string;
  /** Why a provider that has answered until now does not go on. */
  why: (provider: string) => Why | undefined;
  /** Tokens that the note may take: what is left of the provider's window. */
  room: number;
  listener?: Listener | undefined;
};

export type Prepared = {
  request: MessagesRequest;
  /** The note that this provider has got last. */
  note?: Note;
  /** It gets that note for the first time. */
  isNew?: true;
  /** There was something to say, and no room to say it. */
  dropped?: true;
};

/** `session`: what is known of this session, in memory only. `project`: what fits of earlier ones of the project, too. */
export type MemoryMode = 'project' | 'session' | 'off';

/** `tokens`: the room for a note. `reasoning`: whether Claude's thinking may be in it. */
export type HandOffSettings = { mode: MemoryMode; tokens: number; reasoning: boolean };

/** A note that a provider has got: from then on it stands there, byte for byte, in each request to it. */
type Sent = { anchor: Noted; note: Note; covers: ReadonlySet<Passage>; answers: number };

/** `sent`: by provider, the oldest first. `by`: who answered last. `earlier`: by provider, once it has been looked up. */
type Thread = {
  memory: ThreadMemory;
  sent: Map<string, Sent[]>;
  compacted: boolean;
  by: string;
  earlier: Map<string, readonly MemoryRecord[]>;
};

/** The main thread and a few agents. */
const MOST_THREADS = 6;
/** Characters that are read at a time behind an answer: one or two milliseconds. */
const MOST_AT_ONCE = 6_000;
/** Who needs a note waits so long for what has not been read: a conversation that was resumed a moment ago. */
const MOST_WAIT_MS = 50;

/**
 * @param input.idle when to read what has come; without it, that is at once.
 * @param input.own the id of the user's own Claude, whose words need no name.
 * @param input.clean takes secrets out of a text, and what could pass for a delimiter.
 */
export function createHandOff(input: {
  settings: () => HandOffSettings;
  own: string;
  label: (provider: string) => string;
  clean: (text: string) => string;
  why: (reason: Reason) => string;
  idle?: Idle;
}): HandOff {
  const { settings, own, idle } = input;
  let reading = Promise.resolve();
  const threads = new Map<string, Thread>();
  const refusing = new Set<string>();

  function threadOf(id: string): Thread {
    const known = threads.get(id) ?? newThread();
    threads.delete(id);
    threads.set(id, known);
    keepNewest(threads, MOST_THREADS);
    return known;
  }

  function newThread(): Thread {
    return { memory: createThread(input.clean), sent: new Map(), compacted: false, by: own, earlier: new Map() };
  }

  function whyText(why: Why | undefined): string {
    if (why === undefined) return 'it does not answer now';
    if (why === 'chosen') return 'the user has chosen you';
    return why === 'sent' ? "the user's rules give you this request" : `it cannot answer now: ${input.why(why)}`;
  }

  function read(thread: Thread, request: MessagesRequest, listener?: Listener): void {
    thread.memory.observe(request.messages, thread.by, thread.compacted, listener);
    thread.compacted = false;
    readLater();
  }

  function readLater(): void {
    if (idle) reading = idle.run(() => readOn(MOST_AT_ONCE));
    else settle();
  }

  /** @returns whether there was anything to read. */
  function readOn(most: number): boolean {
    return [...threads.values()].some(({ memory }) => memory.unread.next(most));
  }

  function settle(): void {
    while (readOn(Infinity));
  }

  /** What a note needs, and as much of the rest as there is time for. */
  function readNow({ memory }: Thread, forMs: number): void {
    const until = (idle?.now() ?? 0) + forMs;
    memory.unread.newest(() => idle === undefined || idle.now() < until);
  }

  function earlierOf(
    { earlier }: Thread,
    provider: string,
    by: { messages: readonly Noted[]; reasoning: boolean; label: (writer: string) => string | undefined },
  ): string[] {
    const records = (earlier.get(provider) ?? []).filter(({ source }) => by.reasoning || source !== 'thinking');
    if (records.length === 0) return [];
    // A record is some passages together, and few messages have one that begins it.
    const begins = ({ text }: Passage) => records.some((record) => record.text.startsWith(text));
    const likely = by.messages.filter(({ passages }) => passages.some(begins));
    const texts = new Set(likely.flatMap(({ passages }) => joinPassages(passages).map(({ text }) => text)));
    return earlierLines(records, { known: (text) => texts.has(text), clean: input.clean, label: by.label });
  }

  return {
    observe(id, request, answeredBy, listener) {
      if (settings().mode === 'off') return listener?.missed();
      const thread = threadOf(id);
      read(thread, request, listener);
      thread.by = answeredBy ?? thread.by;
    },
    compacting(id, { messages }, listener) {
      if (settings().mode === 'off') return;
      const thread = threadOf(id);
      thread.memory.summing(messages, thread.by, listener);
      thread.compacted = true;
      readLater();
    },
    settled: () => reading,
    settle,
    refused: (provider) => void refusing.add(provider),
    question(id, request, provider, listener) {
      if (settings().mode !== 'project' || refusing.has(provider)) return undefined;
      const thread = threadOf(id);
      if (thread.earlier.has(provider) || thread.sent.has(provider)) return undefined;
      thread.earlier.set(provider, []);
      read(thread, request, listener);
      readNow(thread, 0);
      const line = thread.memory.line().map(({ noted }) => noted);
      const { surroundings } = digestOf([...thread.memory.gone(), ...line]);
      return { prompt: promptOf(anchorOf(line)), surroundings };
    },
    recalled: (id, provider, records) => void threadOf(id).earlier.set(provider, records),
    prepare(id, request, to) {
      const { mode, tokens, reasoning } = settings();
      if (mode === 'off' || refusing.has(to.provider)) return { request };
      const thread = threadOf(id);
      read(thread, request, to.listener);
      readNow(thread, MOST_WAIT_MS);
      const { memory, sent, by } = thread;
      const line = memory.line();
      const places = new Map(line.map(({ noted, place }) => [noted, place]));
      const standing = (sent.get(to.provider) ?? []).filter(({ anchor }) => places.has(anchor));
      const given = standing.reduce((sum, { note }) => sum + note.tokens, 0);
      const notes = () => {
        const at = new Map<number, string>();
        for (const { anchor, note } of standing) {
          const place = places.get(anchor)!;
          at.set(place, at.has(place) ? `${at.get(place)}\n${note.text}` : note.text);
        }
        return at;
      };
      const anchor = anchorOf(line.map(({ noted }) => noted));
      const pool = poolOf(memory, reasoning).filter((passage) => !standing.some(({ covers }) => covers.has(passage)));
      const answers = line.filter(({ noted }) => noted.by !== undefined && noted.by !== to.provider).length;
      // What it has done itself is no news to it; what has fallen out of the transcript is.
      const isTaking = by !== to.provider && (standing.length === 0 || answers > standing.at(-1)!.answers);
      const isNews = isTaking || pool.some(({ gone }) => gone);
      const last = standing.at(-1)?.note;
      if (!isNews || !anchor) return { request: placeNotes(request, notes()), ...(last && { note: last }) };
      const messages = [...memory.gone(), ...line.map(({ noted }) => noted)];
      const from = isTaking ? by : own;
      const label = (writer: string) => (writer === from ? undefined : input.label(writer));
      const parts = {
        from: from === own ? request.model : input.label(from),
        isTaking,
        why: whyText(to.why(from)),
        said: pool.filter(({ source }) => source === 'user'),
        digest: digestOf(messages),
        passages: pool.filter(({ source }) => source !== 'user'),
        isCut: !memory.unread.isDone(),
        prompt: promptOf(anchor),
        earlier: standing.length > 0 ? [] : earlierOf(thread, to.provider, { messages, reasoning, label }),
        held: line.flatMap(({ noted }) => noted.passages.filter(({ source }) => source !== 'thinking')),
        lexicon: memory.lexicon,
        label,
      };
      // What stands in the transcript for this provider already takes its part of the window.
      const note = composeNote(parts, Math.min(tokens, to.room - given));
      if (!note)
        return {
          request: placeNotes(request, notes()),
          ...(pool.length > 0 && to.room - given < tokens && { dropped: true }),
        };
      standing.push({ anchor, note, covers: new Set(pool), answers });
      sent.set(to.provider, standing);
      return { request: placeNotes(request, notes()), note, isNew: true };
    },
  };
}

/** The message with which a note goes: what the user typed last. */
function anchorOf(line: readonly Noted[]): Noted | undefined {
  return line.findLast(({ typed }) => typed) ?? line.findLast(({ by }) => by === undefined);
}

function promptOf(anchor: Noted | undefined): string {
  const said = (anchor?.passages ?? []).filter(({ source }) => source === 'user');
  return said.map(({ text }) => text).join('\n');
}

/** What a model that is not Claude cannot read in the transcript: what has fallen out of it, and Claude's thinking. */
function poolOf(memory: ThreadMemory, reasoning: boolean): Passage[] {
  const standing = memory.line().flatMap(({ noted }) => noted.passages.filter(({ source }) => source === 'thinking'));
  const all = [...memory.gone().flatMap(({ passages }) => passages), ...standing];
  return reasoning ? all : all.filter(({ source }) => source !== 'thinking');
}
