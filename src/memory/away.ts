import type { Message } from '../codec/anthropic.ts';
import { keepNewest } from '../ground/newest.ts';
import { deedsOf, type Call, type Deed } from './deeds.ts';
import { blocksOf, isCall, resultText } from './blocks.ts';
import { isSummary, keyOf } from './thread.ts';

/** What others did in a conversation while Claude was away. */
export type Work = {
  providers: string[];
  /** The first and the last turn that they answered, as ccmux counts them, and how many. */
  from: number;
  to: number;
  turns: number;
  /** The files that they edited, with their folders. */
  files: string[];
  /** How their last test run ended; `failing`: how many tests failed, where the runner said so. */
  tests?: { failed: boolean; failing?: number };
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

/** `last`: the message behind which their part of the transcript begins, and its place. */
type Since = { place: number; last: string; providers: Set<string>; turns: Set<number> };

/** Conversations that nobody goes on with are forgotten. */
const MOST = 6;

export function createAway(): Away {
  const since = new Map<string, Since>();
  return {
    answered(id, provider, turn, messages) {
      const last = messages.at(-1);
      if (last === undefined) return;
      const known = since.get(id) ?? {
        place: messages.length - 1,
        last: keyOf(last),
        providers: new Set(),
        turns: new Set(),
      };
      known.providers.add(provider);
      known.turns.add(turn);
      since.delete(id);
      since.set(id, known);
      keepNewest(since, MOST);
    },
    isAway: (id) => since.has(id),
    back(id, messages) {
      const known = since.get(id);
      since.delete(id);
      if (!known) return undefined;
      const theirs = partSince(known, messages);
      if (!theirs) return undefined;
      const turns = [...known.turns];
      return {
        providers: [...known.providers],
        from: Math.min(...turns),
        to: Math.max(...turns),
        turns: turns.length,
        ...workIn(deedsIn(theirs)),
      };
    },
  };
}

/** Messages may have come or gone before; after a compaction all that is left is theirs, after a rewind nothing is. */
function partSince({ place, last }: Since, messages: readonly Message[]): readonly Message[] | undefined {
  const same = messages[place] && keyOf(messages[place]) === last;
  const at = same ? place : messages.findLastIndex((message) => keyOf(message) === last);
  if (at >= 0) return messages.slice(at + 1);
  return messages.some(isSummary) ? messages : undefined;
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
