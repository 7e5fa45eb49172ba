import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { pause } from '../ground/pause.ts';
import { createKeeper } from '../memory/keeper.ts';
import type { Recall } from '../memory/recall.ts';
import type { Provider } from '../providers/provider.ts';
import type { HandOff } from '../memory/hand-off.ts';
import type { LastAnswer, Remembering } from '../proxy/context.ts';

/** Nobody waits longer for what earlier sessions said. */
const MOST_WAIT_MS = 300;
/** More would not fit into its part of a note. */
const MOST_RECALLED = 24;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Keeps what a session says for later ones, and looks up what earlier ones said. The store is asked behind an answer, or
 * before the first answer of a fallback; whatever it cannot do costs its part of the note and nothing else.
 * @param input.failed is told of each failure.
 */
export function createRemembering(input: {
  store: Recall;
  project: string;
  session: string;
  settings: () => Config['memory'];
  now: () => number;
  failed: (fault: unknown) => void;
  handOff: Pick<HandOff, 'observe' | 'settled' | 'settle'>;
}): Remembering & { close(): Promise<void> } {
  const { store, project, session, settings, now, failed, handOff } = input;
  const keeper = createKeeper({ project, session, now, hash, reasoning: () => settings().reasoning });
  // For no days: not even what was said a moment ago.
  const since = () => (settings().keepDays === 0 ? Infinity : now() - settings().keepDays * DAY_MS);
  let working: Promise<void> | undefined;
  let isTidy = false;
  /** By conversation; the one that was spoken in last is the last. */
  const last = new Map<string, LastAnswer>();

  async function work(): Promise<void> {
    // The user has cleared the conversation, and begun another one.
    await hearLast(1);
    await handOff.settled();
    // A piece at a time: answers go on in between.
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const batch = keeper.next();
      if (batch === undefined) break;
      if (batch.records.length > 0) await store.keep(batch.records);
      if (batch.takenBack.length > 0) sure(await store.forget({ project, ids: batch.takenBack }));
    }
    if (!isTidy) await tidy();
  }

  /** Once at the beginning and once at the end. Of this project alone: its own file may say for how many days. */
  async function tidy(): Promise<void> {
    isTidy = true;
    await store.prune(project, since());
  }

  const listener: Remembering['listener'] = (conversation, allowed) =>
    keeper.listener(conversation, allowed.map(nameOf));

  /** Often the last answer says what a conversation has come to, and no request repeats it. @param left unheard */
  async function hearLast(left: number): Promise<void> {
    for (const [conversation, { request, answeredBy, allowed, read }] of [...last].slice(0, last.size - left)) {
      last.delete(conversation);
      const message = await read();
      if (!message) continue;
      const messages = [...request.messages, message];
      handOff.observe(conversation, { ...request, messages }, answeredBy, listener(conversation, allowed));
    }
  }

  return {
    listener,
    afterRequest(conversation, answer) {
      last.delete(conversation);
      if (answer) last.set(conversation, answer);
      working ??= work()
        .catch(failed)
        .finally(() => (working = undefined));
    },
    async recall(provider, question) {
      const late = new AbortController();
      try {
        const found = store.recall(
          { project, session, provider: nameOf(provider), since: since(), question },
          MOST_RECALLED,
        );
        const first = await Promise.race([found, pause(MOST_WAIT_MS, late.signal)]);
        if (!first) throw new Error(`the memory of earlier sessions took longer than ${MOST_WAIT_MS} ms`);
        return first;
      } catch (fault) {
        failed(fault);
        return [];
      } finally {
        late.abort();
      }
    },
    async close() {
      try {
        handOff.settle();
        await working;
        await hearLast(0);
        handOff.settle();
        await work();
        await tidy();
      } catch (fault) {
        failed(fault);
      }
      await store.close().catch(failed);
    },
  };
}

/** A name may come to stand for another host: what was allowed to one on this machine is not allowed to one elsewhere. */
function nameOf({ id, host }: Provider): string {
  return `${id}@${host}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function sure({ left }: { left: readonly string[] }): void {
  if (left.length > 0) throw new Error(`cannot be removed: ${left.join(', ')}`);
}
