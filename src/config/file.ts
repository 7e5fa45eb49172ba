import { UserError } from '../errors.ts';
import { isSameFolder } from '../ground/places.ts';
import { issuesOf, mistakeOf, mistakesError, withLines, wrongPart, type Mistake } from './mistakes.ts';
import { valueAt } from './leaves.ts';
import { printable } from './printable.ts';
import { isValid } from './valid.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** A file's checked settings, in the file's own shape. */
export type SettingsFile = {
  path: string;
  settings: Record<string, unknown>;
  /** The text as it was read. */
  text: string;
  /** Its SHA-256: what `ccmux config trust` vouches for. */
  hash: string;
};

const USER_FILES = ['config.yaml', 'config.yml', 'config.json'];
const PROJECT_FILES = ['.ccmuxrc', '.ccmuxrc.json', '.ccmuxrc.yaml', '.ccmuxrc.yml'];

/** The user's own files that exist; the first is read. */
export function findUserFiles(configFolder: string): string[] {
  return USER_FILES.map((name) => path.join(configFolder, name)).filter((file) => fs.existsSync(file));
}

/**
 * The nearest project file from `cwd` upwards, as far as the root of its git repository, the home folder, or the first
 * folder that is somebody else's: a user who can write `/tmp/.ccmuxrc` must not configure what others run below `/tmp`.
 * @param owner the user's id; undefined on Windows, where folders have no such owner.
 */
export function findProjectFile(cwd: string, home: string, owner = process.getuid?.()): string | undefined {
  const isOwn = (place: string) => owner === undefined || statOf(place)?.uid === owner;
  for (let folder = path.resolve(cwd); isOwn(folder); folder = path.dirname(folder)) {
    const file = PROJECT_FILES.map((name) => path.join(folder, name)).find((place) => statOf(place)?.isFile());
    if (file !== undefined) return isOwn(file) ? file : undefined;
    if (isSameFolder(folder, home) || folder === path.dirname(folder) || fs.existsSync(path.join(folder, '.git')))
      return undefined;
  }
  return undefined;
}

/** @returns undefined for a missing or unreadable file. */
function statOf(place: string): ReturnType<typeof fs.statSync> {
  try {
    return fs.statSync(place);
  } catch {
    return undefined;
  }
}

/**
 * Reads and checks one configuration file: JSON or YAML, by its name; nothing in it is ever run.
 * @throws UserError that names the file and, for each mistake, its line, its place and the expected value.
 */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  const { mistakes, ...read } = await readWithMistakes(file);
  if (mistakes.length > 0) throw await mistakesError(file, read.text, mistakes);
  return read;
}

/**
 * Reads a configuration file with possible mistakes: returns all of them, and the valid settings.
 * @throws UserError for a file that cannot be read at all.
 */
export async function readWithMistakes(file: string): Promise<SettingsFile & { mistakes: Mistake[] }> {
  const { content, text } = await readData(file);
  const { settings, mistakes } = await checkSettings(content);
  return { ...settingsFile(file, settings, text), mistakes };
}

/** The valid settings, and all mistakes. */
export async function checkSettings(
  content: unknown,
): Promise<{ settings: Record<string, unknown>; mistakes: Mistake[] }> {
  const given = content ?? {};
  if (isValid(given)) return { settings: given, mistakes: [] };
  const { fileSchema } = await import('./file-schema.ts');
  const mistakes = new Map<string, Mistake>();
  const settings = structuredClone(given);
  // Removing a wrong setting can make another one incomplete, or reveal a further mistake.
  for (;;) {
    const checked = fileSchema.safeParse(settings);
    if (checked.success) return { settings: checked.data, mistakes: [...mistakes.values()] };
    const issues = checked.error.issues.flatMap((issue) => issuesOf(issue, settings));
    for (const issue of issues) {
      const mistake = await mistakeOf(issue, settings);
      const place = mistake.place.join('.');
      if (!mistakes.has(place)) mistakes.set(place, mistake);
    }
    const wrong = issues.map((issue) => wrongPart(settings, issue));
    if (wrong.some((place) => place.length === 0)) return { settings: {}, mistakes: [...mistakes.values()] };
    for (const place of wrong) leaveOut(settings, place);
  }
}

function leaveOut(settings: unknown, place: readonly PropertyKey[]): void {
  const holder = valueAt(settings, place.slice(0, -1));
  // Another mistake may have removed it.
  if (holder !== undefined) Reflect.deleteProperty(holder as object, place.at(-1)!);
}

/** A project's file comes from a stranger, and must not hold up a launch: a configuration is some hundred bytes. */
const LARGEST_PROJECT_FILE = 64 * 1024;
const MOST_MISTAKES = 20;

/**
 * Reads a project's file. Its mistakes do not stop a launch, because a cloned repository must not keep the user from
 * working: each mistake is a warning, and its setting is ignored.
 */
export async function readProjectFile(file: string): Promise<SettingsFile & { warnings: string[] }> {
  const nothing = (...warnings: string[]) => ({ ...settingsFile(file, {}, ''), warnings });
  const { size } = fs.statSync(file);
  // Also a link to a file of the kernel's, to read which may take for ever.
  if (size === 0) return nothing();
  if (size > LARGEST_PROJECT_FILE) {
    return nothing(`${file} is larger than ${LARGEST_PROJECT_FILE / 1024} KB, which no configuration is.`);
  }
  try {
    const { mistakes, ...read } = await readWithMistakes(file);
    if (mistakes.length > MOST_MISTAKES) return nothing(`${file}: more than ${MOST_MISTAKES} mistakes are in it.`);
    const lines = await withLines(read.text, mistakes);
    return { ...read, warnings: lines.map((line) => `${file}: ${line}`) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return nothing(error.message);
  }
}

function settingsFile(file: string, content: Record<string, unknown>, text: string): SettingsFile {
  const { $schema: _, ...settings } = content;
  const { createHash } = process.getBuiltinModule('node:crypto');
  return { path: file, settings, text, hash: createHash('sha256').update(text).digest('hex') };
}

/** The position at which a parser stopped, counted from 0. */
type Mark = { line: number; column: number };

type Loader = (file: string, text: string) => unknown;
type Explorer = { load(file: string): Promise<{ config: unknown } | null> };

async function readData(file: string): Promise<{ content: unknown; text: string }> {
  const { defaultLoaders } = exportsOf(await import('cosmiconfig'));
  // Not by the `cosmiconfig()` function: before anything else that runs a `.config/config.js` of the working folder
  // (cosmiconfig 10.0.1, its "meta config"), and a cloned repository could bring one. This class has only our loaders.
  const { Explorer } = exportsOf(await import('cosmiconfig/dist/Explorer.js')) as unknown as {
    Explorer: new (options: Record<string, unknown>) => Explorer;
  };
  let text = '';
  const data =
    (loader: Loader): Loader =>
    (name, content) => {
      // Windows' own editors put it before the text, and no parser of JSON takes it.
      text = content.replace(/^\uFEFF/, '');
      const loaded = loader(name, text);
      // cosmiconfig would merge in whatever files this names; the hash that the user trusts does not cover those.
      if (loaded instanceof Object && Object.hasOwn(loaded, '$import')) {
        throw new UserError(`${file}: $import is not supported: write the settings into this file.`);
      }
      if (isDeeper(loaded, DEEPEST)) throw new UserError(`${file}: values in it are nested more than ${DEEPEST} deep.`);
      return loaded;
    };
  // js-yaml rejects a file of comments alone, which is a valid empty configuration.
  const isBlank = (content: string) => content.split('\n').every((line) => /^\s*(#.*|---\s*)?$/.test(line));
  const yaml = data((name, content) => (isBlank(content) ? {} : defaultLoaders['.yaml'](name, content)));
  const yamlPlace = (broken: string): Mark | undefined => {
    try {
      defaultLoaders['.yaml'](file, broken);
      return undefined;
    } catch (error) {
      return (error as { mark?: Mark }).mark;
    }
  };
  const explorer = new Explorer({
    moduleName: 'ccmux',
    searchPlaces: [],
    loaders: { '.json': data(defaultLoaders['.json']), '.yaml': yaml, '.yml': yaml, noExt: yaml, default: yaml },
    transform: (result: unknown) => result,
    cache: false,
    metaConfigFilePath: null,
  });
  try {
    const loaded = await explorer.load(file);
    return { content: loaded?.config, text };
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(file, text, error, yamlPlace);
  }
}

/** As the YAML parser has it for what is written in brackets; by aliases, and in JSON, values can be deeper, or a circle. */
const DEEPEST = 100;

function isDeeper(value: unknown, most: number): boolean {
  const heights = new Map<object, number>();
  const heightOf = (node: unknown, above: number): number => {
    if (typeof node !== 'object' || node === null) return 0;
    if (above > most) return Infinity;
    const known = heights.get(node);
    if (known !== undefined) return known;
    heights.set(node, Infinity); // met again below itself
    const height =
      1 + Object.values(node).reduce<number>((deepest, inner) => Math.max(deepest, heightOf(inner, above + 1)), 0);
    heights.set(node, height);
    return height;
  };
  return heightOf(value, 0) > most;
}

/** What a CommonJS package exports: the default is all that a bundle keeps, and tsx knows everything but the default. */
function exportsOf<T extends object>(loaded: T | { default: T }): T {
  return 'default' in loaded && loaded.default ? loaded.default : (loaded as T);
}

/** The error of the file system or a parser, with line and column if known. */
function unreadable(file: string, text: string, error: unknown, place: (text: string) => Mark | undefined): UserError {
  const fault = error as NodeJS.ErrnoException & { reason?: string; mark?: Mark };
  if (fault.code === 'ENOENT') return new UserError(`${file} does not exist. See: ccmux config path`, { cause: error });
  if (fault.code !== undefined && fault.syscall !== undefined) {
    return new UserError(`${file} cannot be read (${fault.code}). See: ccmux config path`, { cause: error });
  }
  // Without its cause: a parser's error holds the file's text, which may contain keys.
  if (fault.mark) {
    const reason = printable(fault.reason ?? 'it cannot be read');
    return new UserError(`${file}: ${printMark(fault.mark)}: this is not valid YAML: ${reason}. Correct it there.`);
  }
  return new UserError(`${file}: ${jsonPlace(fault.message, text, place)}this is not valid JSON. Correct it there.`);
}

/** V8 reports the position of some JSON errors only. JSON is YAML too, so the YAML parser reports the others. */
function jsonPlace(message: string, text: string, yamlPlace: (text: string) => Mark | undefined): string {
  const position = /position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, Number(position)).split('\n');
  const mark =
    position === undefined ? yamlPlace(text) : { line: before.length - 1, column: (before.at(-1) ?? '').length };
  return mark ? `${printMark(mark)}: ` : '';
}

function printMark({ line, column }: Mark): string {
  return `line ${line + 1}, column ${column + 1}`;
}
