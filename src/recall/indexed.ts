import { isFor, type MemoryRecord, type Recall } from '../memory/recall.ts';
import { storeTrouble } from '../words/store.ts';
import type { Index } from './index-port.ts';
import { StoreError } from './store-error.ts';
import { within } from './within.ts';

/** Of the 300 ms for which a note waits: what the files found is there meanwhile. */
const FIND_MS = 200;
/** Removing may rewrite a database that another session is writing to. */
const REMOVE_MS = 30_000;
/** The exit waits no longer; what is missing then is added by the next session. */
const CLOSE_MS = 700;
/** Records at a time: a removal never waits for a whole project. */
const AT_ONCE = 32;
/** Characters of a prompt that are sought by: models take no pasted log, and its beginning says what is wanted. */
const MOST_SOUGHT = 2_000;
/** Some of what was found may have expired, or not be meant for this provider. */
const SPARE = 2;

/**
 * The files with an index beside them. What is kept, listed and removed is what the files hold; the index follows behind.
 * What shares words with a question comes first, found by the files; then what only the index found. An index that is
 * away, slow or empty costs what it would have found, and nothing else.
 * @param input.ahead the project of a session that has begun: its first question finds everything loaded.
 * @param input.label names the index where a removal fails.
 * @param input.failed is told of each failure of the index.
 */
export function openIndexed(input: {
  files: Recall;
  index: Index;
  ahead?: string | undefined;
  label: string;
  failed: (error: unknown) => void;
}): Recall {
  const { files, index, ahead, label, failed } = input;
  /** What is done to the index, one after the other. */
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  }

  /** Nobody waits for it. */
  function behind(work: () => Promise<void>): void {
    inTurn(work).catch((error: unknown) => void (isClosed || failed(error)));
  }

  /** Whatever has happened to either: another session was killed, the server was away, somebody has changed it. */
  async function align(project: string): Promise<void> {
    const held = new Set(await index.ids(project));
    const kept = await files.list({ project });
    const ids = new Set(kept.map(({ id }) => id));
    const surplus = [...held].filter((id) => !ids.has(id));
    if (surplus.length > 0) await index.remove(project, surplus);
    await addPieces(
      project,
      kept.filter(({ id }) => !held.has(id)),
    );
  }

  async function addPieces(project: string, records: readonly MemoryRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += AT_ONCE) {
      if (isClosed) return;
      await index.add(project, records.slice(at, at + AT_ONCE));
    }
  }

  if (ahead !== undefined)
    behind(async () => void (await index.find({ project: ahead, session: '', prompt: ahead }, 1)));

  return {
    async keep(records) {
      await files.keep(records);
      for (const [project, its] of Map.groupBy(records, (record) => record.project))
        behind(() => addPieces(project, its));
    },
    async recall(query, limit) {
      const { project, session, question } = query;
      const prompt = question.prompt.trim().slice(0, MOST_SOUGHT).toWellFormed();
      // Servers refuse an empty text, and it is like nothing.
      const finding = prompt === '' ? Promise.resolve([]) : index.find({ project, session, prompt }, SPARE * limit);
      const asked = within(FIND_MS, finding).catch((error: unknown) => {
        failed(error);
        return [];
      });
      const [byWords, ids] = await Promise.all([files.recall(query, limit), asked]);
      const known = new Set(byWords.map(({ id }) => id));
      const others = ids.filter((id) => !known.has(id));
      if (others.length === 0 || byWords.length >= limit) return byWords;
      const found = new Map((await files.list({ project, ids: others })).map((record) => [record.id, record]));
      const more = others.flatMap((id) => found.get(id) ?? []).filter(isFor(query));
      return [...byWords, ...more].slice(0, limit);
    },
    list: files.list,
    async forget(what) {
      const { project, session, ids, before } = what;
      const isAll = session === undefined && ids === undefined && before === undefined;
      const meant = isAll ? [] : await files.list(what);
      const forgotten = await files.forget(what);
      const remove = async () => {
        if (isAll) return index.drop(project);
        for (const [each, its] of Map.groupBy(meant, (record) => record.project))
          await index.remove(
            each,
            its.map(({ id }) => id),
          );
      };
      try {
        await within(REMOVE_MS, inTurn(remove));
        return forgotten;
      } catch (error) {
        failed(error);
        return { ...forgotten, left: [...forgotten.left, `${label} (${reasonOf(error)})`] };
      }
    },
    async prune(project, before) {
      await files.prune(project, before);
      behind(() => align(project));
    },
    async close() {
      await within(CLOSE_MS, last).catch(() => {});
      isClosed = true;
      await index.close();
      await files.close();
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? storeTrouble(error) : String(error);
}
