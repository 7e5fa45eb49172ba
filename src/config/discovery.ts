import { FORMAT, isForeign } from '../ground/format.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { folders, writePrivateFile } from './paths.ts';
import type { Environment } from '../ground/system.ts';

/** A provider that is used because its key is in the environment. */
export type Discovered = { id: string; label: string; variable: string };

/** The fields of a catalogue row that this room reads. */
export type KnownProvider = {
  id: string;
  label: string;
  keyVariables: readonly string[];
  discovered: boolean;
  otherHostVariable?: string;
};

/** Providers whose keys are in the environment, in the catalogue's order. Claude needs no key here and is left out. */
export function discover(rows: Iterable<KnownProvider>, env: Environment): Discovered[] {
  return [...rows].flatMap(({ id, label, keyVariables, discovered, otherHostVariable }) => {
    if (!discovered || id === 'claude' || (otherHostVariable !== undefined && env[otherHostVariable])) return [];
    const variable = keyVariables.find((name) => env[name]?.trim());
    return variable === undefined ? [] : [{ id, label, variable }];
  });
}

/** The user's lasting answers. */
export type Answers = {
  /** May a conversation go to this provider, because its key is in the environment? */
  providers: Record<string, 'yes' | 'never'>;
  /** Hashes of projects' files that are not to be trusted, by path: until they change, nothing is asked about them. */
  distrusted: Record<string, string>;
};

function answersFile(stateDir: string): string {
  return process.getBuiltinModule('node:path').join(stateDir, 'answers.json');
}

/** A file that is missing, damaged or of a newer ccmux counts as empty: the question is asked again. */
export async function readAnswers(stateDir = folders().state): Promise<Answers> {
  const { providers, distrusted } = await readAll(stateDir).then((all) => (isForeign(all) ? {} : all));
  return { providers: { ...providers }, distrusted: { ...distrusted } };
}

/** Adds an answer. If the file cannot be written, the question just comes again. */
export async function saveAnswers(more: Partial<Answers>, stateDir = folders().state): Promise<void> {
  const known = await readAll(stateDir);
  if (isForeign(known)) return;
  const all = {
    version: FORMAT,
    ...known,
    providers: { ...known.providers, ...more.providers },
    distrusted: { ...known.distrusted, ...more.distrusted },
  };
  await writePrivateFile(answersFile(stateDir), `${JSON.stringify(all, null, 2)}\n`).catch(() => {});
}

async function readAll(stateDir: string): Promise<Partial<Answers>> {
  try {
    return Object(JSON.parse((await readOwnFile(answersFile(stateDir))).toString('utf8'))) as Partial<Answers>;
  } catch {
    return {};
  }
}
