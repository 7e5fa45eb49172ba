import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePrivateFolder } from '../ground/folder.ts';
import type { Index } from './index-port.ts';
import type { Mem0Answer, Mem0Request, Numbered } from './mem0-messages.ts';
import { StoreError } from './store-error.ts';
import type { Vectors } from './vectors.ts';
import { within } from './within.ts';

/** To load it takes a second, to write some hundred passages some more. */
const PATIENCE_MS = 30_000;

/** It lies in dist/, one folder above the chunk that this file is bundled into. */
const PROGRAM = fileURLToPath(new URL('../mem0-process.js', import.meta.url));

/**
 * Mem0, which the user has installed, as an index. It runs in a process of its own, which is started by the first
 * question and ends with the session: its module is the user's, prints when it likes, and brings native code along.
 * @param input.installed the folder in which the user installed it.
 * @param input.folder for its databases; made when they are.
 * @param input.program what that process runs.
 */
export function openMem0(input: {
  installed: string | undefined;
  folder: string;
  vectors: Vectors;
  program?: string;
}): Index {
  const { installed, folder, vectors, program = PROGRAM } = input;
  let child: ChildProcess | undefined;
  let asked = 0;
  const waiting = new Map<number, { resolve: (ids: readonly string[]) => void; reject: (error: Error) => void }>();

  function start(): ChildProcess {
    const { entry } = findMem0(installed);
    makePrivateFolder(folder);
    const started = fork(program, [entry, folder, vectors.kind], {
      cwd: folder,
      env: mem0Environment(folder),
      execArgv: [],
      // What it prints would land on the screen that Claude Code draws on.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.on('message', ({ number, ...answer }: Numbered<Mem0Answer>) => {
      const { resolve, reject } = waiting.get(number) ?? {};
      waiting.delete(number);
      if ('ids' in answer) resolve?.(answer.ids);
      else reject?.(errorOf(answer.failed));
    });
    const gone = () => {
      if (child !== started) return;
      child = undefined;
      for (const { reject } of waiting.values()) reject(new StoreError('stopped'));
      waiting.clear();
    };
    started.on('exit', gone);
    started.on('error', gone);
    // It must not keep this process alive; a question that somebody waits for does, by its time limit.
    started.unref();
    started.channel?.unref();
    return started;
  }

  async function ask(request: Mem0Request): Promise<readonly string[]> {
    const to = (child ??= start());
    const number = ++asked;
    const answer = new Promise<readonly string[]>((resolve, reject) => waiting.set(number, { resolve, reject }));
    to.send({ ...request, number } satisfies Numbered<Mem0Request>);
    return within(PATIENCE_MS, answer);
  }

  async function stop(): Promise<void> {
    const stopping = child;
    if (!stopping) return;
    const exited = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.ref();
    stopping.kill('SIGKILL');
    await exited;
  }

  return {
    ids: (project) => ask({ do: 'ids', project }),
    async add(project, records) {
      const made = await vectors.of(records.map(({ text }) => text));
      const entries = records.map(({ id, session, text }, i) => ({ id, session, text, vector: made[i]! }));
      await ask({ do: 'add', project, entries });
    },
    async find({ project, session, prompt }, limit) {
      const { vector, least } = await vectors.ofQuestion(prompt);
      return ask({ do: 'find', project, session, text: prompt, vector, least, limit });
    },
    async remove(project, ids) {
      if (!existsSync(join(folder, `${project}.${vectors.kind}.db`))) return;
      await ask({ do: 'remove', project, ids });
    },
    async drop(project) {
      await stop();
      await removeDatabases(folder, project);
    },
    async version() {
      const { version } = findMem0(installed);
      await ask({ do: 'load' });
      return version;
    },
    close: stop,
  };
}

/** Telemetry is read when the module is loaded; without a home of its own it would write into the user's. */
export function mem0Environment(folder: string): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env;
  return {
    MEM0_TELEMETRY: 'false',
    MEM0_DIR: folder,
    HOME: folder,
    USERPROFILE: folder,
    // Windows loads no native module without it.
    ...(SystemRoot !== undefined && { SystemRoot }),
  };
}

/** @param project left out: of all, and whatever else Mem0 has written there. */
export async function removeDatabases(folder: string, project?: string): Promise<void> {
  if (project === undefined) return rm(folder, { recursive: true, force: true });
  for (const name of existsSync(folder) ? await readdir(folder) : [])
    if (name.startsWith(`${project}.`)) await rm(join(folder, name), { force: true });
}

/**
 * The module in the folder in which the user ran `npm install mem0ai`, or in its own; never one of a folder above, where
 * somebody else may have put it.
 */
function findMem0(installed: string | undefined): { entry: string; version: string } {
  if (installed === undefined) throw new StoreError('unset');
  try {
    const root = realpathSync(installed);
    const entry = realpathSync(createRequire(join(root, 'package.json')).resolve('mem0ai/oss'));
    if (!entry.startsWith(root + sep)) throw new Error(`${entry} is not in ${root}`);
    const own = entry.slice(0, entry.lastIndexOf(`${sep}dist${sep}`));
    const { version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { version: string };
    return { entry, version };
  } catch (cause) {
    throw new StoreError('missing', { cause });
  }
}

/** Mem0 loads `better-sqlite3` whatever store it is to use, and does not bring it along. */
function errorOf(message: string): StoreError {
  const cause = new Error(message);
  if (/better[-_]sqlite3/.test(message)) return new StoreError('incomplete', { cause });
  return new StoreError(message.startsWith('ERR_MODULE_NOT_FOUND') ? 'missing' : 'unreadable', { cause });
}
