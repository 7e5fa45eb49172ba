import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { backgroundSession, type BackgroundSession } from './handover.ts';
import { withLaunched } from './launch.ts';
import { startOf } from './shim.ts';
import { configFolder } from './sources.ts';

/** A restart takes some 0.4 s, for which the user waits at the exit. Milliseconds. */
const RESTART_MS = 15_000;
/** How long Claude Code may take to record which conversation a new background session continues. */
const KEPT_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** The part of a transcript's end that is read, in bytes. */
const TAIL = 65_536;

type Restart = { name: string; /** It was in the middle of an answer. */ interrupted: boolean; done: boolean };

/**
 * Lets sessions in the background go on without ccmux, once their settings file says so (see `handover.ts`): Claude
 * Code reads a `--settings` file only when it starts, so each is started again. That interrupts a running answer.
 *
 * @param path the `claude` that they came from.
 * @param env the user's own environment, without anything of ours.
 * @returns a line for the user about each session.
 */
export async function goOnWithout(
  sessions: readonly string[],
  { path, env, cwd }: { path: string; env: NodeJS.ProcessEnv; cwd: string },
): Promise<string[]> {
  const { execa } = await import('execa');
  const restart = async (name: string): Promise<Restart> => {
    const session = backgroundSession(name, configFolder(env));
    if (session === undefined || !(await isKept(session, configFolder(env)))) {
      return { name, interrupted: false, done: false };
    }
    const { program, before } = startOf(path);
    const { failed } = await execa(program, [...before, 'respawn', name], {
      cwd,
      env: withLaunched(env, program),
      extendEnv: false,
      stdio: 'ignore',
      reject: false,
      timeout: RESTART_MS,
    });
    return { name, interrupted: session.working, done: !failed };
  };
  return (await Promise.all(sessions.map(restart))).map(tell);
}

/** @returns the line for the user about one session. */
function tell({ name, interrupted, done }: Restart): string {
  const beginning = `session ${name} in the background`;
  if (!done) return `${beginning} could not be restarted without ccmux: claude --resume goes on where you left it`;
  const line = `${beginning}: plain claude from now on, without failover`;
  return interrupted ? `${line}. Its answer was interrupted: claude attach ${name}, then say "continue"` : line;
}

/**
 * A session that moves is a copy of the conversation under a new id, and until the conversation's transcript names that
 * id, a restart would begin an empty one (observed with 2.1.330).
 */
async function isKept(session: BackgroundSession, configDir: string): Promise<boolean> {
  for (let waited = 0; waited <= KEPT_MS; waited += LOOK_EVERY_MS) {
    if (transcripts(configDir).some((file) => names(file, session))) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

/** Claude Code's own: `projects/<folder>/<session>.jsonl`. */
function transcripts(configDir: string): string[] {
  const projects = join(configDir, 'projects');
  return attempt(() => readdirSync(projects), []).flatMap((project) =>
    attempt(() => readdirSync(join(projects, project)), [])
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(projects, project, name)),
  );
}

function names(file: string, session: BackgroundSession): boolean {
  if (basename(file, '.jsonl') === session.id) return true;
  return attempt(() => statSync(file).mtimeMs >= session.createdAt && endOf(file).includes(session.id), false);
}

function endOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const end = Buffer.alloc(TAIL);
    return end.toString('latin1', 0, readSync(file, end, 0, TAIL, Math.max(fstatSync(file).size - TAIL, 0)));
  } finally {
    closeSync(file);
  }
}

function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
