import type { Message } from '../codec/anthropic.ts';
import { keepNewest } from '../ground/newest.ts';
import { deedsOf, type Call, type Deed } from './deeds.ts';
import { blocksOf, isCall, resultText } from './blocks.ts';
import { isSpoken, isSummary, keyOf } from './thread.ts';

const { createHash } = process.getBuiltinModule('node:crypto');

/** What others did in a conversation while Claude was away. */
export type Work = {
  providers: string[];
  /** The first and the last turn that they answered, as ccmux counts them; none where all were answered `earlier`. */
  from?: number;
  to?: number;
  /** How many, and how many of them in earlier sessions of ccmux. */
  turns: number;
  earlier?: number;
  /** The files that they edited, with their folders. */
  files: string[];
  /** How their last test run ended; `failing`: how many tests failed, where the runner said so. */
  tests?: { failed: boolean; failing?: number };
};

/** Somebody else has answered a request: `place` and `key` are its last message's. Nothing of what it says is in it. */
export type Answered = { turn: number; provider: string; place: number; key: string };

/** Keeps who has answered a conversation since Claude, for a later session that goes on with it. */
export type Kept = {
  /** What earlier sessions have added, the oldest first; `session`: which one did. */
  read(conversation: string): (Answered & { session: string })[];
  add(conversation: string, answered: Answered): void;
  /** Claude has answered. */
  forget(conversation: string): void;
};

/** Remembers who answered in Claude's place. The transcript itself says what they did: nothing of it is kept. */
export type Away = {
  /** Somebody else has answered this request of a conversation. */
  answered(id: string, provider: string, turn: number, messages: readonly Message[]): void;
  /** Whether somebody has, since Claude did. */
  isAway(id: string): boolean;
  /** Claude has answered again. @returns undefined where nothing of their work is in the transcript. */
  back(id: string, messages: readonly Message[]): Work | undefined;
};

type Mark = Pick<Answered, 'place' | 'key'>;
/** What they answered of one turn. `session`: an earlier one; absent: this one. */
type Turn = { session?: string; turn: number; providers: Set<string>; first: Mark; last: Mark };

/** Conversations that nobody goes on with are forgotten. */
const MOST = 6;
/** Of one conversation. */
const MOST_TURNS = 1_000;

export function createAway(kept?: Kept): Away {
  const known = new Map<string, Turn[]>();

  /** Earlier sessions are asked once for each conversation. */
  function turnsOf(id: string): Turn[] {
    const turns = known.get(id) ?? (kept?.read(id) ?? []).reduce(withAnswer, []);
    known.delete(id);
    known.set(id, turns);
    keepNewest(known, MOST);
    return turns;
  }

  return {
    answered(id, provider, turn, messages) {
      const spoken = messages.filter(isSpoken);
      const last = spoken.at(-1);
      if (last === undefined) return;
      const answered = { turn, provider, place: spoken.length - 1, key: fingerprint(id, last) };
      withAnswer(turnsOf(id), answered);
      kept?.add(id, answered);
    },
    isAway: (id) => turnsOf(id).length > 0,
    back(id, messages) {
      const turns = turnsOf(id);
      if (turns.length === 0) return undefined;
      known.set(id, []);
      kept?.forget(id);
      return workOf(turns, messages, (message) => fingerprint(id, message));
    },
  };
}

/** Adds to the turns, in place. */
function withAnswer(turns: Turn[], { turn, provider, place, key, session }: Answered & { session?: string }): Turn[] {
  const mark = { place, key };
  const same = turns.findLast((one) => one.turn === turn && one.session === session);
  if (same) same.last = mark;
  else turns.push({ ...(session !== undefined && { session }), turn, providers: new Set(), first: mark, last: mark });
  (same ?? turns.at(-1)!).providers.add(provider);
  if (turns.length > MOST_TURNS) turns.shift();
  return turns;
}

/** The conversation's id is in it, so that nobody finds a short message by trying. */
function fingerprint(id: string, message: Message): string {
  return createHash('sha256')
    .update(`${id} ${keyOf(message)}`)
    .digest('base64url')
    .slice(0, 22);
}

function workOf(turns: readonly Turn[], messages: readonly Message[], key: (of: Message) => string): Work | undefined {
  const spoken = messages.filter(isSpoken);
  const find = finderIn(spoken, key);
  const own = turns.filter(({ session }) => session === undefined);
  const begins = own.map(({ first }) => find(first));
  // After a compaction all that is left is theirs; what was rewound is not found.
  const isCompacted = own.length > 0 && begins.every((place) => place < 0) && spoken.some(isSummary);
  const left = isCompacted ? own : own.filter((_, i) => begins[i]! >= 0);
  const ownFrom = isCompacted ? -1 : Math.min(...begins.filter((place) => place >= 0));
  // Claude may have answered between two sessions, without ccmux: theirs is what they have had before them as they
  // answered, and no later message.
  const earlier = turns.flatMap(({ session, providers, first, last }) => {
    if (session === undefined) return [];
    const [from, to] = [find(first), find(last)];
    return from >= 0 && to >= from ? [{ providers, from, to }] : [];
  });
  const all = [...earlier, ...left];
  if (all.length === 0) return undefined;
  const numbers = left.map(({ turn }) => turn);
  const theirs = spoken.filter((_, i) => i > ownFrom || earlier.some(({ from, to }) => i > from && i <= to));
  return {
    providers: [...new Set(all.flatMap(({ providers }) => [...providers]))],
    ...(numbers.length > 0 && { from: Math.min(...numbers), to: Math.max(...numbers) }),
    turns: all.length,
    ...(earlier.length > 0 && { earlier: earlier.length }),
    ...workIn(deedsIn(theirs)),
  };
}

/** Messages may have come or gone before: then it is the nearest that is the same. */
function finderIn(messages: readonly Message[], key: (of: Message) => string): (mark: Mark) => number {
  let places: Map<string, number[]> | undefined;
  return (mark) => {
    if (messages[mark.place] && key(messages[mark.place]!) === mark.key) return mark.place;
    places ??= messages.reduce((all, message, place) => {
      const known = key(message);
      return all.set(known, [...(all.get(known) ?? []), place]);
    }, new Map<string, number[]>());
    const distance = (place: number) => Math.abs(place - mark.place);
    return (places.get(mark.key) ?? []).toSorted((a, b) => distance(a) - distance(b))[0] ?? -1;
  };
}

function deedsIn(messages: readonly Message[]): Deed[] {
  const calls = new Map<string, Call>();
  const deeds: Deed[] = [];
  for (const block of messages.flatMap(blocksOf)) {
    if (isCall(block)) calls.set(block.id, { name: block.name, input: block.input });
    if (block.type !== 'tool_result') continue;
    const call = calls.get(String(block['tool_use_id']));
    if (call) deeds.push(...deedsOf(call, resultText(block['content']), block['is_error'] === true));
  }
  return deeds;
}

function workIn(deeds: readonly Deed[]): Pick<Work, 'files' | 'tests'> {
  const files = deeds.flatMap((deed) => (deed.kind === 'edit' ? [deed.file] : []));
  const run = deeds.findLast((deed) => deed.kind === 'test');
  if (run?.kind !== 'test') return { files: [...new Set(files)] };
  const said = /(\d+)\s*(?:tests?\s+)?(?:failed|failing|failures?)|(?:failures?|fail|failed)[:=]?\s+(\d+)/i.exec(
    run.counts,
  );
  const failing = Number(said?.[1] ?? said?.[2] ?? run.failing.length);
  return { files: [...new Set(files)], tests: { failed: run.failed, ...(run.failed && failing > 0 && { failing }) } };
}
