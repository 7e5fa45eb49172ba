import { EXIT, UserError } from '../errors.ts';
import { FORMAT, isForeign } from '../ground/format.ts';
import { readOwnFile } from '../ground/regular-file.ts';
import { writePrivateFile } from './paths.ts';
import { valueAt, type Leaf } from './leaves.ts';
import { printable } from './printable.ts';
import { SETTINGS, type AnySetting, type SettingValues } from './settings.ts';
import { WHOLE } from './stricter.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** The user's own settings, without the project's. `order` is there even where the user names none. */
export type UsersOwn = Omit<SettingValues, 'limits'>;

type Rules = Readonly<Record<string, Pick<AnySetting, 'project'>>>;

/** Settings of a project's file that take effect, and the names of those that wait for the user's trust. */
export type Narrowed = { allowed: Leaf[]; ignored: string[] };

/**
 * The part of an untrusted project's file that takes effect, by `project` in the settings table. Settings without a row
 * (a host, a key, a command, a header, a provider) never do.
 * @param table a test has its own.
 */
export function narrow(project: readonly Leaf[], own: UsersOwn, table: Rules = SETTINGS): Narrowed {
  const allowed: Leaf[] = [];
  const ignored: string[] = [];
  for (const leaf of project) {
    const name = leaf.path.join('.');
    const rule = Object.hasOwn(table, name) ? table[name]?.project : undefined;
    if (rule === undefined || rule === 'never') {
      ignored.push(name);
    } else if (rule === 'freely') {
      allowed.push(leaf);
    } else {
      const had = valueAt(own, leaf.path);
      const { kept, refused } = rule(leaf.value, had);
      if (kept !== undefined && !isMistaken(leaf.value, had)) allowed.push({ path: leaf.path, value: kept });
      ignored.push(...refused.map((what) => (what === WHOLE ? name : `${name} (${what})`)));
    }
  }
  return { allowed, ignored };
}

/** What is left of a trusted file's settings. */
export function withoutNever(project: readonly Leaf[], table: Rules = SETTINGS): Narrowed {
  const isNever = ({ path: place }: Leaf) =>
    place.some((_, end) => {
      const name = place.slice(0, end + 1).join('.');
      return Object.hasOwn(table, name) && table[name]?.project === 'never';
    });
  return {
    allowed: project.filter((leaf) => !isNever(leaf)),
    ignored: project.filter(isNever).map(({ path: place }) => place.join('.')),
  };
}

/** An empty list is a valid wish; a list of only refused items is not applied as an empty one. */
function isMistaken(wanted: unknown, own: unknown): boolean {
  if (!Array.isArray(wanted) || !Array.isArray(own)) return false;
  return wanted.length > 0 && !wanted.some((item) => own.includes(item));
}

/** Hashes of trusted files, by the file's real path; `version` is the format. */
type TrustFile = Record<string, unknown>;

function trustFile(configFolder: string): string {
  return path.join(configFolder, 'trust.json');
}

async function readTrust(configFolder: string): Promise<TrustFile> {
  try {
    const parsed: unknown = JSON.parse((await readOwnFile(trustFile(configFolder))).toString('utf8'));
    return parsed instanceof Object ? { ...(parsed as TrustFile) } : {};
  } catch {
    // A missing or damaged file trusts nothing, which is safe; `ccmux config trust` replaces it.
    return {};
  }
}

/** True if the user trusts this file and it has not changed since. */
export async function isTrusted(configFolder: string, file: { path: string; hash: string }): Promise<boolean> {
  const trusted = await readTrust(configFolder);
  const real = await fs.promises.realpath(file.path);
  return !isForeign(trusted) && Object.hasOwn(trusted, real) && trusted[real] === file.hash;
}

/** Remembers that the user trusts this file as it stands. */
export async function trust(configFolder: string, file: { path: string; hash: string }): Promise<void> {
  const real = await fs.promises.realpath(file.path);
  const known = await readTrust(configFolder);
  if (isForeign(known)) {
    throw new UserError(`${trustFile(configFolder)} was written by a newer ccmux: trust this file with that one.`, {
      exitCode: EXIT.failure,
    });
  }
  const trusted = { version: FORMAT, ...known, [real]: file.hash };
  try {
    await writePrivateFile(trustFile(configFolder), `${JSON.stringify(trusted, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`${trustFile(configFolder)} cannot be written: make the folder ${configFolder} writable.`, {
      cause: error,
      exitCode: 1,
    });
  }
}

/** The one line about settings that no project may have, whether its file is trusted or not. */
export function neverWarning(file: string, never: readonly string[]): string {
  return `${printable(file, Infinity)}: a project's file cannot set ${namesOf(never)}. Set it in your own: ccmux config set`;
}

/**
 * The one line about an untrusted file.
 * @param never those of the ignored settings that trust would not allow either.
 */
export function untrustedWarning(file: string, ignored: readonly string[], never: readonly string[]): string {
  if (ignored.every((name) => never.includes(name))) return neverWarning(file, never);
  const except = never.length === 0 ? '' : `, but not ${namesOf(never)}`;
  return `${printable(file, Infinity)} is not trusted, so these settings in it are ignored: ${namesOf(ignored)}. To allow them${except}: ccmux config trust`;
}

/** The most settings that a warning names; a foreign file may hold any number. */
const NAMED = 6;

/** Names come from a stranger's file. */
function namesOf(settings: readonly string[]): string {
  const named = settings.slice(0, NAMED).map((name) => printable(name));
  return `${named.join(', ')}${settings.length > NAMED ? ` and ${settings.length - NAMED} more` : ''}`;
}
