import { loadConfig } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import { ROWS } from '../config/settings.ts';
import { dayAndTime } from '../words/time.ts';

/** A candidate for the word at the cursor. */
export type Candidate = { value: string; description?: string };

/** Tells the shell's script to complete files here. */
export const FILES: Candidate = { value: ':files' };

export function filesOnly(candidates: Candidate[]): boolean {
  return candidates.length === 1 && candidates[0] === FILES;
}

/** The catalogue's providers and the user's own. */
export async function providers(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const { CATALOG } = await import('../providers/catalog.ts');
  const known = Object.values(CATALOG).map(({ id, label }) => ({ value: id, description: label }));
  // An unreadable configuration hides only the user's own providers.
  const settings = await loadConfig({ env }).then(
    ({ config }) => config.providers,
    () => ({}),
  );
  const own = Object.entries(settings).filter(([id]) => !Object.hasOwn(CATALOG, id));
  return [...known, ...own.map(([id, { label, baseUrl }]) => ({ value: id, description: label ?? baseUrl ?? id }))];
}

const SESSIONS_SHOWN = 50;

/** The latest sessions, newest first, each with the time of its last event. */
export async function sessions(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const fs = process.getBuiltinModule('node:fs').promises;
  const folder = folders(env).sessions;
  const names = (await fs.readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'));
  const dated = await Promise.all(
    names.map(async (name) => {
      // A link may lead nowhere.
      const state = await fs.stat(`${folder}/${name}`).catch(() => undefined);
      return state ? [{ id: name.slice(0, -'.jsonl'.length), at: state.mtime }] : [];
    }),
  );
  return dated
    .flat()
    .sort((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, SESSIONS_SHOWN)
    .map(({ id, at }) => ({
      value: id,
      description: dayAndTime(at.getTime()),
    }));
}

/** The settings of the table, by their places in a file. */
export function settings(): Candidate[] {
  return ROWS.map(([value, { meaning }]) => ({ value, description: meaning }));
}

/** The possible values of a setting. */
export async function valuesOfSetting(
  name: string | undefined,
  current: string,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  if (name === 'order') return listOf(await providers(env), current);
  const shape = ROWS.find(([setting]) => setting === name)?.[1].shape;
  const all = (shape?.names ?? (shape && !shape.placeholder ? ['true', 'false'] : [])).map((value) => ({ value }));
  return shape?.choice === 'some' ? listOf(all, current) : all;
}

/** Candidates for the last item of a comma-separated list: earlier items stay and are not offered again. */
export function listOf(all: Candidate[], current: string): Candidate[] {
  const items = current.split(',').slice(0, -1);
  const before = items.map((item) => `${item},`).join('');
  return all
    .filter(({ value }) => !items.includes(value))
    .map((candidate) => ({ ...candidate, value: before + candidate.value }));
}
