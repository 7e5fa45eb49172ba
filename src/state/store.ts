import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, UserError } from '../errors.ts';
import { FORMAT, ForeignFile, isForeign } from '../ground/format.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { summaryOf } from './former.ts';
import { shortId } from '../ground/short-id.ts';
import { readJournal, startOf } from './journal.ts';
import { isStorageCode, storageCause } from '../words/storage.ts';
import { emptySummary } from './summary.ts';
import { writeInOneStep } from '../ground/write-file.ts';
import { summarise } from './fold.ts';
import type { Summary } from './summary.ts';

/** The journal of a session. */
export function journalFile(sessions: string, id: string): string {
  return join(sessions, `${id}.jsonl`);
}

/** Writes the report of a session, `<id>.json`, in one step, 0600. */
export async function saveSummary(sessions: string, summary: Summary): Promise<void> {
  await writeInOneStep(join(sessions, `${summary.session}.json`), JSON.stringify(summary));
}

/** The ids of all sessions that left a journal or a report, the latest written first. */
export async function listSessions(sessions: string): Promise<string[]> {
  return (await sessionsByTime(sessions)).map(({ id }) => id);
}

/** The same, each with the moment of its last event, epoch milliseconds. */
export async function sessionsByTime(sessions: string): Promise<{ id: string; writtenAt: number }[]> {
  let names: string[];
  try {
    names = await readdir(sessions);
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw unreadable(sessions, fault);
  }
  const writtenAt = new Map<string, number>();
  await Promise.all(
    names.map(async (name) => {
      const id = /^(.+)\.jsonl?$/.exec(name)?.[1];
      if (id === undefined) return;
      const { mtimeMs } = await stat(join(sessions, name)).catch(() => ({ mtimeMs: 0 }));
      writtenAt.set(id, Math.max(writtenAt.get(id) ?? 0, mtimeMs));
    }),
  );
  return [...writtenAt].sort(([a, x], [b, y]) => y - x || (a < b ? 1 : -1)).map(([id, at]) => ({ id, writtenAt: at }));
}

/**
 * Reads a session's report; where there is none (it crashed, or still runs), it is made from the journal.
 * @returns undefined when neither tells anything.
 * @throws UserError when there is a journal and it cannot be read, or a newer ccmux wrote one of the two.
 */
export async function loadSummary(sessions: string, id: string): Promise<Summary | undefined> {
  try {
    const saved = await readSaved(join(sessions, `${id}.json`));
    if (saved !== undefined) return saved;
    const summary = summarise(await readJournal(journalFile(sessions, id)));
    if (summary.session !== '') return summary;
    // The first line is lost; the others tell what they tell.
    return summary.responses.length === 0
      ? undefined
      : { ...summary, session: id, startedAt: summary.responses[0]!.at };
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unreadable(journalFile(sessions, id), fault);
  }
}

/** What the world did to our files is no fault of ours, and is told in one line. */
function unreadable(place: string, fault: unknown): unknown {
  if (fault instanceof ForeignFile) {
    return new UserError(`${fault.message}: that one shows it. Others: ccmux report --list`, {
      exitCode: EXIT.failure,
      cause: fault,
    });
  }
  const { code } = fault as NodeJS.ErrnoException;
  if (!isStorageCode(code)) return fault;
  return new UserError(`${place} cannot be read (${storageCause(code)}). See: ccmux doctor`, {
    exitCode: 1,
    cause: fault,
  });
}

async function readSaved(file: string): Promise<Summary | undefined> {
  let summary: Summary | null;
  try {
    summary = JSON.parse((await readOwnFile(file)).toString('utf8')) as Summary | null;
  } catch {
    return undefined; // missing or damaged: the journal has it all
  }
  if (isForeign(summary)) throw new ForeignFile(file, summary?.ccmux);
  return summary?.version === FORMAT && isWhole(summary) ? summaryOf(summary) : undefined;
}

/** A report that lacks a part, or holds another thing in its place, is made anew from the journal. */
function isWhole(summary: Summary): boolean {
  const { version: _, ...parts } = emptySummary();
  return Object.entries(parts).every(([name, empty]) => {
    const part = summary[name as keyof Summary];
    if (!Array.isArray(empty)) return typeof part === typeof empty;
    return Array.isArray(part) && part.every((item: unknown) => typeof item === 'string' || isRecord(item));
  });
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * The id of the session that the user means.
 * @param wanted an id, the beginning or the end of one, or `last`.
 * @throws UserError when there is none, or more than one.
 */
export async function resolveSession(sessions: string, wanted: string): Promise<string> {
  const ids = await listSessions(sessions);
  if (ids.includes(wanted)) return wanted;
  if (wanted === 'last') {
    const last = await lastTold(sessions, ids);
    if (last !== undefined) return last;
    throw new UserError('there are no sessions yet. Start one with: ccmux claude', { exitCode: 1 });
  }
  const matches = ids.filter((id) => id.startsWith(wanted) || id.endsWith(`-${wanted}`));
  if (matches.length === 1) return matches[0] as string;
  if (matches.length > 1) {
    const some = matches.slice(0, 5).join(', ');
    throw new UserError(`${matches.length} sessions are called "${wanted}" (${some}): name one of them`, {
      exitCode: 1,
    });
  }
  const { default: leven } = await import('leven');
  const distance = (id: string) =>
    Math.min(leven(id, wanted), leven(id.slice(0, wanted.length), wanted), leven(shortId(id), wanted));
  const nearest = ids.toSorted((a, b) => distance(a) - distance(b))[0];
  const hint = nearest !== undefined && distance(nearest) <= wanted.length / 2 ? `Did you mean ${nearest}? ` : '';
  throw new UserError(`there is no session "${wanted}". ${hint}List them with: ccmux report --list`, { exitCode: 1 });
}

/**
 * Removes what the oldest sessions left (journal, report, page), so that the folder does not grow for ever.
 * It never rejects: what cannot be removed now is tried again when the next session ends.
 * What a newer ccmux wrote is not ours to remove.
 * @param keep how many sessions stay, the latest written first.
 * @param running sessions that stay however long they have been silent.
 */
export async function pruneSessions(
  sessions: string,
  keep: number,
  running: ReadonlySet<string> = new Set(),
): Promise<void> {
  const ids = await listSessions(sessions).catch(() => []);
  const old = ids.slice(keep).filter((id) => !running.has(id));
  const ours = await Promise.all(old.map(async (id) => ((await isOfNewer(sessions, id)) ? [] : [id])));
  const files = ours
    .flat()
    .flatMap((id) => ['jsonl', 'json', 'html'].map((ending) => join(sessions, `${id}.${ending}`)));
  await Promise.allSettled(files.map((file) => rm(file, { force: true })));
}

/** Each file names its format at its beginning. One that cannot be read is nobody's. */
async function isOfNewer(sessions: string, id: string): Promise<boolean> {
  const [journal, report] = await Promise.all([
    beginningOf(journalFile(sessions, id)),
    beginningOf(join(sessions, `${id}.json`)),
  ]);
  const named = /^\s*\{\s*"version"\s*:\s*([^\s,}]+)/.exec(report)?.[1];
  return isForeign({ version: startOf(journal)?.format }) || (named !== undefined && named !== String(FORMAT));
}

const BEGINNING = 16_384;

async function beginningOf(file: string): Promise<string> {
  // To open a pipe would wait for ever.
  const isFile = await stat(file).then(
    (state) => state.isFile(),
    () => false,
  );
  const handle = isFile ? await open(file).catch(() => undefined) : undefined;
  try {
    const { bytesRead = 0, buffer } = (await handle?.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0)) ?? {};
    return buffer?.toString('utf8', 0, bytesRead) ?? '';
  } catch {
    return '';
  } finally {
    await handle?.close().catch(() => {});
  }
}

/** The latest session in which something was asked: `ccmux claude --version` is a session, but nobody asks about it. */
async function lastTold(sessions: string, ids: string[]): Promise<string | undefined> {
  let readable: string | undefined;
  for (const id of ids) {
    const summary = await loadSummary(sessions, id).catch((fault: Error) => fault);
    // Not to be passed over in silence: whoever asks for it is told who can show it.
    if (summary instanceof Error && summary.cause instanceof ForeignFile) return id;
    if (summary === undefined || summary instanceof Error) continue;
    // The first message may still wait for its answer, or has died with the session.
    if (summary.responses.length > 0 || summary.turns > 0) return id;
    readable ??= id;
  }
  return readable ?? ids[0];
}
