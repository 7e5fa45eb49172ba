import wrapAnsi from 'wrap-ansi';
import { loadConfig } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import { EXIT, UserError } from '../errors.ts';
import { shortId } from '../ground/short-id.ts';
import type { MemoryRecord, Recall } from '../memory/recall.ts';
import { openStore as openStoreOf } from '../recall/open.ts';
import { projectKey } from '../recall/project.ts';
import { styleOf, type Io } from '../report/terminal.ts';
import { embeddingOf } from '../session/embedding.ts';
import { isStorageCode, storageCause } from '../words/storage.ts';
import { plainLine, plural } from '../words/text.ts';
import { dayAndTime } from '../words/time.ts';

/** Which of the projects: this one, one by its key (as `--all` lists it), or all. */
export type Scope = { project?: string | true; all?: boolean };

export const NOTHING_KEPT =
  'Nothing is kept of earlier sessions in this project. To keep passages for later ones: ccmux memory on --project';

/** Beside what cannot be read, which is named. */
export const NOTHING_ELSE = 'Nothing else is kept here.';

/** The store that the user has chosen. `isWhole`: so far each of its files could be read. */
export type Store = Recall & { isWhole(): boolean };

/** What the disk does to the store is said in one line; for a file that cannot be read the rest goes on. */
export async function openStore(io: Io): Promise<Store> {
  let isWhole = true;
  const { config } = await loadConfig({ env: io.env, cwd: io.cwd() });
  const store = await openStoreOf({
    folder: folders(io.env).memory,
    settings: config.memory,
    embedding: embeddingOf(config),
    // What it could not remove is told by `forget`; nobody searches here.
    failed: () => {},
    unread(trouble) {
      isWhole = false;
      io.stderr.write(`ccmux: ${trouble}. It is left out.\n`);
    },
  });
  const tell = (fault: NodeJS.ErrnoException): never => {
    if (!isStorageCode(fault.code)) throw fault;
    const where = fault.path ?? folders(io.env).memory;
    throw new UserError(`${where} cannot be read (${storageCause(fault.code)}). See: ccmux doctor`, {
      exitCode: EXIT.failure,
    });
  };
  return {
    ...store,
    list: (what) => store.list(what).catch(tell),
    forget: (what) => store.forget(what).catch(tell),
    isWhole: () => isWhole,
  };
}

/** The key of the project that is meant; undefined for all of them. @throws UserError for two answers. */
export function projectOf({ project, all }: Scope, io: Io): string | undefined {
  if (all && project !== undefined) throw new UserError('--all is every project: leave out --project, or --all');
  if (all) return undefined;
  return typeof project === 'string' ? project : projectKey(io.cwd());
}

/** `ccmux memory list`: the sessions of which something is kept. @returns the exit code. */
export async function runMemoryList(options: Scope & { json?: boolean }, io: Io = process): Promise<number> {
  const project = projectOf(options, io);
  const store = await openStore(io);
  const sessions = sessionsOf(await store.list(project === undefined ? {} : { project }));
  if (options.json) {
    const rows = sessions.map(({ records, ...session }) => ({ ...session, passages: records.length }));
    io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const { width } = styleOf(io.stdout, io.env);
  const nothing = store.isWhole() ? nothingIn(options) : NOTHING_ELSE;
  io.stdout.write(`${sessions.length === 0 ? nothing : listText(sessions, width)}\n`);
  return 0;
}

function nothingIn({ project, all }: Scope): string {
  if (all) return 'Nothing is kept of earlier sessions in any project.';
  return typeof project === 'string'
    ? `Nothing is kept of a project ${project}. See: ccmux memory list --all`
    : NOTHING_KEPT;
}

type Kept = { project: string; session: string; from: number; to: number; records: MemoryRecord[] };

/** The oldest first. */
function sessionsOf(records: readonly MemoryRecord[]): Kept[] {
  const sessions = new Map<string, Kept>();
  for (const record of records) {
    const { project, session, at } = record;
    const key = `${project} ${session}`;
    const known = sessions.get(key) ?? { project, session, from: at, to: at, records: [] };
    sessions.set(key, { ...known, to: at, records: [...known.records, record] });
  }
  return [...sessions.values()];
}

function listText(sessions: readonly Kept[], width: number): string {
  const projects = Map.groupBy(sessions, ({ project }) => project);
  const blocks = [...projects].map(([project, all]) => {
    const passages = all.reduce((sum, { records }) => sum + records.length, 0);
    const rows = all.map(({ session, from, records }) => {
      const about = records.find(({ source }) => source === 'user') ?? records[0]!;
      const facts = `  ${shortId(session)}  ${dayAndTime(from).padEnd(18)}  ${plural(records.length, 'passage').padStart(14)}  `;
      return cut(`${facts}${plainLine(about.text)}`, width);
    });
    return [`${project} · ${plural(all.length, 'session')} · ${plural(passages, 'passage')}`, ...rows].join('\n');
  });
  return `${blocks.join('\n\n')}\n\nRead one: ccmux memory show <session> · remove it: ccmux memory forget <session>`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** The passages of a session, or one passage, each with the beginning of its id. */
export function passagesText(records: readonly MemoryRecord[], width: number): string {
  return records
    .map(({ id, turn, source, by, text }) => {
      const who = source === 'user' ? 'you' : `${by}${source === 'answer' ? '' : ` (${source})`}`;
      const line = `${id.slice(0, ID_SHOWN)}  message ${turn}, ${who}: ${plainLine(text)}`;
      return wrapAnsi(line, width - INDENT, { hard: true }).replaceAll('\n', `\n${' '.repeat(INDENT)}`);
    })
    .join('\n');
}

const ID_SHOWN = 8;
const INDENT = ID_SHOWN + 2;

/** What a name on the command line stands for. */
export type Found = { kind: 'session' | 'passage'; name: string; records: readonly MemoryRecord[] };

/** A session of which something is kept, or else the beginning of a passage's id. @throws UserError for several. */
export async function findKept(store: Recall, wanted: string): Promise<Found | undefined> {
  // A variable that the shell does not know: every name begins with nothing.
  if (wanted === '') return undefined;
  const all = await store.list({});
  const sessions = all.map(({ session }) => session).filter((id) => id.startsWith(wanted) || shortId(id) === wanted);
  if (sessions.length > 0)
    return only(
      'session',
      sessions,
      all.filter(({ session }) => sessions.includes(session)),
    );
  const ids = all.map(({ id }) => id).filter((id) => /^[\da-f]{6,}$/.test(wanted) && id.startsWith(wanted));
  return ids.length === 0
    ? undefined
    : only(
        'passage',
        ids,
        all.filter(({ id }) => ids.includes(id)),
      );

  function only(kind: Found['kind'], names: string[], records: MemoryRecord[]): Found {
    const [name = '', ...others] = new Set(names);
    if (others.length === 0) return { kind, name, records };
    const some = [name, ...others].slice(0, 4).join(', ');
    throw new UserError(`"${wanted}" is more than one ${kind}: ${some}`, { exitCode: EXIT.failure });
  }
}
