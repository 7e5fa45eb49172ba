import { appendFile, open, readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fields, isNumber, isString, list, type Check } from '../ground/check.ts';
import { makePrivateFolder } from '../ground/folder.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { rankRecords } from '../memory/rank.ts';
import { isFor, MOST_RECORDS, type MemoryRecord, type Recall, type Selection } from '../memory/recall.ts';
import { storageCause } from '../words/storage.ts';

/**
 * The store that needs nothing but a folder: `<project>/<session>.jsonl`, one record a line. Each session appends to a
 * file of its own, so no two processes write the same one and there are no locks; a line that a killed process or a full
 * disk has left half is skipped, and to forget a session is to unlink its file.
 * @param root made when the first record is kept.
 * @param unread told once of each file, or folder of a project, that cannot be read: the others are read all the same.
 */
export function openFiles(root: string, unread: (trouble: string) => void = () => {}): Recall {
  const told = new Set<string>();
  const passOver: PassOver = (place, { code }) => {
    if (!told.has(place)) unread(`${place} cannot be read (${storageCause(code)})`);
    told.add(place);
  };
  /** The ids of a project's records, as this process knows them. */
  const known = new Map<string, Set<string>>();
  /** What this process does in the folder, one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };

  async function idsOf(project: string): Promise<Set<string>> {
    const ids = known.get(project) ?? new Set((await readAll(root, passOver, { project })).map(({ id }) => id));
    known.set(project, ids);
    return ids;
  }

  async function keep(records: readonly MemoryRecord[]): Promise<void> {
    const files = new Map<string, MemoryRecord[]>();
    // The first line of a file is its oldest: see `ageOf`.
    for (const record of records.toSorted((a, b) => a.at - b.at)) {
      const ids = await idsOf(record.project);
      if (ids.has(record.id)) continue;
      ids.add(record.id);
      const file = fileOf(root, record);
      files.set(file, [...(files.get(file) ?? []), record]);
    }
    for (const [file, lines] of files) {
      try {
        // The line feed before: a full disk may have left half a line.
        await append(file, `\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
      } catch (fault) {
        for (const { id, project } of lines) known.get(project)?.delete(id);
        if ((await sizeOf(file)) === 0) await unlink(file).catch(() => {});
        throw fault;
      }
    }
  }

  /** `left`: by place, and why. */
  async function remove(what: Selection): Promise<{ records: number; left: ReadonlyMap<string, string> }> {
    const isMeant = meaning(what);
    const left = new Map<string, string>();
    let records = 0;
    const leave: PassOver = (place, { code }) => void left.set(place, storageCause(code));
    for (const place of await placesOf(root, leave, what)) {
      try {
        const age = what.before === undefined ? 'old' : await ageOf(place.file, what.before);
        if (age === 'young') continue;
        records += await removeFrom(place, isMeant, age === 'old' && what.ids === undefined);
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') leave(place.file, fault as NodeJS.ErrnoException);
      }
      known.delete(place.project);
    }
    return { records, left };
  }

  return {
    keep: (records) => inTurn(() => keep(records)),
    async recall(query, limit) {
      const records = (await readAll(root, passOver, { project: query.project })).slice(-MOST_RECORDS);
      return rankRecords(records.filter(isFor(query)), query.question, limit);
    },
    list: (what) => inTurn(() => readAll(root, passOver, what)),
    async forget(what) {
      const { records, left } = await inTurn(() => remove(what));
      return { records, left: [...left].map(([place, why]) => `${place} (${why})`) };
    },
    async prune(project, before) {
      const expired = await inTurn(() => remove({ project, before }));
      const surplus = (await inTurn(() => readAll(root, passOver, { project }))).slice(0, -MOST_RECORDS);
      const ids = surplus.map(({ id }) => id);
      const { left } = ids.length === 0 ? expired : await inTurn(() => remove({ project, ids }));
      const untold = [...left.keys()].filter((place) => !told.has(place));
      if (untold.length > 0) throw new Error(`cannot be removed: ${untold.join(', ')}`);
    },
    close: () => inTurn(async () => {}),
  };
}

/** What becomes of one that cannot be read. */
type PassOver = (place: string, fault: NodeJS.ErrnoException) => void;

type Place = { project: string; session: string; file: string };

/** Names that ccmux gives: nothing else in the folder is read or removed. */
const NAME = /^[\w-]+$/;

function fileOf(root: string, { project, session }: { project: string; session: string }): string {
  if (!NAME.test(project) || !NAME.test(session)) throw new Error(`not a name of ccmux's: ${project}, ${session}`);
  return join(root, project, `${session}.jsonl`);
}

async function placesOf(root: string, passOver: PassOver, { project, session }: Selection): Promise<Place[]> {
  // Rejects where all of it cannot be read, whichever project is meant.
  const all = await namesIn(root);
  const projects = project === undefined ? all : [project];
  const places: Place[] = [];
  for (const name of projects.filter((one) => NAME.test(one))) {
    const folder = join(root, name);
    const files = await namesIn(folder).catch((fault: NodeJS.ErrnoException) => {
      passOver(folder, fault);
      return [];
    });
    for (const file of files) {
      const id = /^([\w-]+)\.jsonl$/.exec(file)?.[1];
      if (id === undefined || (session !== undefined && id !== session)) continue;
      places.push({ project: name, session: id, file: join(folder, file) });
    }
  }
  return places;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fault;
  }
}

/** Another process may remove the folder, in which it has forgotten the last file, a moment before the file is made. */
async function append(file: string, text: string, isAgain = false): Promise<void> {
  makePrivateFolder(dirname(file));
  try {
    await appendFile(file, text, { mode: 0o600 });
  } catch (fault) {
    if (isAgain || (fault as NodeJS.ErrnoException).code !== 'ENOENT') throw fault;
    await append(file, text, true);
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** The oldest first, each once. */
async function readAll(root: string, passOver: PassOver, what: Selection): Promise<MemoryRecord[]> {
  const records = new Map<string, MemoryRecord>();
  const isMeant = meaning(what);
  for (const place of await placesOf(root, passOver, what)) {
    const text = await textOf(place.file).catch((fault: NodeJS.ErrnoException) => {
      // Somebody has forgotten it meanwhile.
      if (fault.code !== 'ENOENT') passOver(place.file, fault);
      return '';
    });
    for (const line of text.split('\n')) {
      const { record } = readLine(line);
      if (!record || !isMeant(record)) continue;
      const { project, session } = place;
      const key = `${project} ${record.id}`;
      // Where a record belongs is where its file lies, whatever the line says.
      if (!records.has(key)) records.set(key, { ...record, project, session });
    }
  }
  return [...records.values()].sort((a, b) => a.at - b.at);
}

async function textOf(file: string): Promise<string> {
  return (await readOwnFile(file)).toString('utf8');
}

const isRecord: Check = fields({
  v: (value) => value === 1,
  id: (value) => typeof value === 'string' && /^[\da-f]{8,64}$/.test(value),
  at: isNumber,
  turn: isNumber,
  source: (value) => ['thinking', 'answer', 'plan', 'user'].includes(value as string),
  by: isString,
  allowed: list(isString),
  text: isString,
});

/** `isBroken`: half a line. A blank one says nothing, and neither does one that a newer ccmux wrote. */
function readLine(line: string): { record?: MemoryRecord; isBroken?: true } {
  if (line.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? { record: value as MemoryRecord } : {};
  } catch {
    return { isBroken: true };
  }
}

/** Overwrites the lines that are meant with blanks, in place: a session may append to the file meanwhile. */
async function removeFrom(place: Place, isMeant: Meaning, wholeFile: boolean): Promise<number> {
  // What goes as a whole need not be readable.
  const reading = readOwnFile(place.file);
  const bytes = await (wholeFile ? reading.catch(() => Buffer.alloc(0)) : reading);
  const lines = linesOf(bytes).map((line) => ({ ...line, ...readLine(bytes.toString('utf8', line.start, line.end)) }));
  const records = lines.flatMap(({ record }) => (record ? [record] : []));
  const meant = records.filter(isMeant);
  if (wholeFile || (records.length > 0 && meant.length === records.length)) {
    await unlink(place.file);
    // Not empty: other sessions of the project are in it.
    await rmdir(dirname(place.file)).catch(() => {});
    return records.length;
  }
  if (meant.length === 0) return 0;
  const file = await open(place.file, 'r+');
  try {
    // Half a line may be half of what is meant.
    for (const { start, end, record, isBroken } of lines)
      if (isBroken || (record && isMeant(record)))
        await file.write(Buffer.alloc(end - start, ' '), 0, end - start, start);
  } finally {
    await file.close();
  }
  return meant.length;
}

const LINE_FEED = 0x0a;

function linesOf(bytes: Buffer): { start: number; end: number }[] {
  const lines = [];
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed === -1 ? bytes.length : feed;
    if (end > start) lines.push({ start, end });
    start = end + 1;
  }
  return lines;
}

/** Far behind the moment in the first record of a file. */
const FIRST_BYTES = 8_192;

/** Whether a file was kept before a moment, by its date and its first line: most need not be read as a whole. */
async function ageOf(path: string, before: number): Promise<'old' | 'mixed' | 'young'> {
  const state = await stat(path);
  if (state.mtimeMs < before) return 'old';
  if (!state.isFile()) return 'mixed';
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    const at = /"at":(\d+)/.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
    return at !== undefined && Number(at) >= before ? 'young' : 'mixed';
  } finally {
    await file.close();
  }
}

type Meaning = (record: MemoryRecord) => boolean;

/** Project and session are in the path already. */
function meaning({ ids, before }: Selection): Meaning {
  const meant = ids && new Set(ids);
  return ({ id, at }) => (meant === undefined || meant.has(id)) && (before === undefined || at < before);
}
