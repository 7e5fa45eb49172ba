import { UserError } from '../errors.ts';
import { valueAt } from './leaves.ts';
import { didYouMean } from './nearest.ts';
import { printable } from './printable.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** A file's settings, checked, in the shape in which they are written. */
export type SettingsFile = {
  path: string;
  settings: Record<string, unknown>;
  /** SHA-256 of the very text that was read: what `ccmux config trust` vouches for. */
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
 * folder that is somebody else's: whoever can write `/tmp/.ccmuxrc` must not configure what other users run below `/tmp`.
 * @param owner the user's id; undefined on Windows, where folders have no such owner.
 */
export function findProjectFile(cwd: string, home: string, owner = process.getuid?.()): string | undefined {
  const isOwn = (place: string) => owner === undefined || statOf(place)?.uid === owner;
  for (let folder = path.resolve(cwd); isOwn(folder); folder = path.dirname(folder)) {
    const file = PROJECT_FILES.map((name) => path.join(folder, name)).find((place) => statOf(place)?.isFile());
    if (file !== undefined) return isOwn(file) ? file : undefined;
    if (folder === home || folder === path.dirname(folder) || fs.existsSync(path.join(folder, '.git')))
      return undefined;
  }
  return undefined;
}

/** @returns undefined for what is not there or may not be looked at. */
function statOf(place: string): ReturnType<typeof fs.statSync> {
  try {
    return fs.statSync(place);
  } catch {
    return undefined;
  }
}

/**
 * Reads and checks one configuration file: JSON or YAML, by its name; nothing in it is ever run.
 * @throws UserError that names the file, the place in it and what was expected.
 */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  const { content, text } = await readData(file);
  const { fileSchema } = await import('./file-schema.ts');
  const checked = fileSchema.safeParse(content ?? {});
  if (!checked.success) throw await explain(file, content, checked.error.issues);
  return settingsFile(file, checked.data, text);
}

/**
 * Reads a project's file. What is wrong in it does not stop a launch, because a cloned repository must not keep a user
 * from their work: each mistake is a warning, and its setting is left out.
 */
export async function readProjectFile(file: string): Promise<SettingsFile & { mistakes: string[] }> {
  const mistakes: string[] = [];
  const { content, text } = await readData(file).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    mistakes.push(error.message);
    return { content: {}, text: '' };
  });
  const { fileSchema } = await import('./file-schema.ts');
  const settings = structuredClone(content ?? {});
  for (;;) {
    const checked = fileSchema.safeParse(settings);
    if (checked.success) return { ...settingsFile(file, checked.data, text), mistakes };
    const issue = insideUnion(checked.error.issues[0], settings);
    mistakes.push((await explain(file, settings, [issue])).message);
    if (!leaveOut(settings, issue)) return { ...settingsFile(file, {}, text), mistakes };
  }
}

function settingsFile(file: string, content: Record<string, unknown>, text: string): SettingsFile {
  const { $schema: _, ...settings } = content;
  const { createHash } = process.getBuiltinModule('node:crypto');
  return { path: file, settings, hash: createHash('sha256').update(text).digest('hex') };
}

/** Takes what an issue is about out of the settings. @returns false where it is about the whole file. */
function leaveOut(settings: unknown, { path: place, keys = [] }: Issue): boolean {
  const wrong = keys.length > 0 ? [...place, keys[0]!] : place;
  // One wrong member makes the list another one than was meant: the list goes.
  const list = wrong.findIndex((_, depth) => Array.isArray(valueAt(settings, wrong.slice(0, depth))));
  const [name, ...parents] = (list === -1 ? wrong : wrong.slice(0, list)).toReversed();
  if (name === undefined) return false;
  return Reflect.deleteProperty(valueAt(settings, parents.toReversed()) as object, name);
}

/** Where a parser stopped, counted from 0. */
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
      text = content;
      const loaded = loader(name, content);
      // cosmiconfig would merge in whatever files this names; the hash that the user trusts does not cover those.
      if (loaded instanceof Object && Object.hasOwn(loaded, '$import')) {
        throw new UserError(`${file}: $import is not supported: write the settings into this file.`);
      }
      return loaded;
    };
  // js-yaml takes a file of nothing but comments for a fault; it is a configuration that sets nothing yet.
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

/** What a CommonJS package exports: the default is all that a bundle keeps, and tsx knows everything but the default. */
function exportsOf<T extends object>(loaded: T | { default: T }): T {
  return 'default' in loaded && loaded.default ? loaded.default : (loaded as T);
}

/** What the file system or a parser threw, with line and column where it knows them. */
function unreadable(file: string, text: string, error: unknown, place: (text: string) => Mark | undefined): UserError {
  const fault = error as NodeJS.ErrnoException & { reason?: string; mark?: Mark };
  if (fault.code === 'ENOENT') return new UserError(`${file} does not exist. See: ccmux config path`, { cause: error });
  if (fault.code !== undefined && fault.syscall !== undefined) {
    return new UserError(`${file} cannot be read (${fault.code}). See: ccmux config path`, { cause: error });
  }
  // Without their cause: a parser's error holds the text that it read, and that may hold keys.
  if (fault.mark) {
    const reason = printable(fault.reason ?? 'it cannot be read');
    return new UserError(`${file}: ${printMark(fault.mark)}: this is not valid YAML: ${reason}. Correct it there.`);
  }
  return new UserError(`${file}: ${jsonPlace(fault.message, text, place)}this is not valid JSON. Correct it there.`);
}

/** V8 tells the position of some JSON errors only; for the rest, JSON is YAML too, and that parser tells. */
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

type Issue = {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  values?: unknown[];
  issues?: Issue[];
  /** Of a union, for each of its members. */
  errors?: Issue[][];
};

/** What may be a mapping or a number: a mapping with a mistake in it was meant as one, so its own mistake is told. */
function insideUnion(issue: unknown, content: unknown): Issue {
  const { code, path: place, errors = [] } = issue as Issue;
  const value = valueAt(content, place);
  const inner = errors.at(-1)?.[0];
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (code !== 'invalid_union' || !isMapping || inner === undefined) return issue as Issue;
  return { ...inner, path: [...place, ...inner.path] };
}

async function explain(file: string, content: unknown, issues: readonly unknown[]): Promise<UserError> {
  const issue = insideUnion(issues[0], content);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys?.[0] ?? '';
    const valid = await keysAt(issue.path);
    const hint = (await didYouMean(key, valid)) || ` Known here: ${valid.join(', ')}.`;
    return new UserError(`${file}: ${printPath([...issue.path, key])} is not a setting.${hint}`);
  }
  const where = issue.path.length === 0 ? '' : `${printPath(issue.path)}: `;
  // A bad key of a record: zod puts what was expected of the key inside.
  const expected = issue.code === 'invalid_key' ? (issue.issues?.[0]?.message ?? issue.message) : issue.message;
  const value = valueAt(content, issue.path);
  const found = issue.code === 'invalid_key' || isSecret(issue.path) ? '' : `, found ${describe(value)}`;
  const near = typeof value === 'string' ? await didYouMean(value, (issue.values ?? []).map(String)) : '';
  return new UserError(`${file}: ${where}expected ${expected}${found}.${near}`);
}

/** The names that are valid at a place, from the JSON Schema, which is plainer to walk than zod's own objects. */
async function keysAt(place: readonly PropertyKey[]): Promise<string[]> {
  type Node = { properties?: Record<string, Node>; additionalProperties?: Node; items?: Node; anyOf?: Node[] };
  const { jsonSchema } = await import('./file-schema.ts');
  let node = jsonSchema() as Node | undefined;
  for (const key of place) {
    node = node?.properties?.[String(key)] ?? node?.additionalProperties ?? node?.items;
    node = node?.anyOf?.find(({ properties }) => properties) ?? node;
  }
  return Object.keys(node?.properties ?? {}).filter((key) => key !== '$schema');
}

/** @example `failover.on[1]` */
function printPath(place: readonly PropertyKey[]): string {
  return printable(
    place
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('')
      .replace(/^\./, ''),
  );
}

/** A key or a password that was written where something else belongs must not appear in an error. */
function isSecret(place: readonly PropertyKey[]): boolean {
  return place.some((key) => ['apiKey', 'apiKeyCommand', 'headers', 'baseUrl'].includes(String(key)));
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'a mapping' : printable(JSON.stringify(value), 60);
}
