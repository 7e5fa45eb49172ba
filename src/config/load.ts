import { EXIT, UserError } from '../errors.ts';
import type { Config } from './schema.ts';
import { clearTextWarnings } from './clear-text.ts';
import { discover, readAnswers } from './discovery.ts';
import type { KnownProvider } from './discovery.ts';
import { findProjectFile, findUserFiles, readProjectFile, readWithMistakes } from './file.ts';
import type { SettingsFile } from './file.ts';
import { leavesOf, treeOf, valueAt } from './leaves.ts';
import type { Leaf } from './leaves.ts';
import { mistakesError, type Mistake } from './mistakes.ts';
import { didYouMean } from './nearest.ts';
import { homeFolder } from '../ground/places.ts';
import { folders } from './paths.ts';
import type { Environment } from '../ground/system.ts';
import { providerMistakes } from './provider-mistakes.ts';
import { ROWS } from './settings.ts';
import type { AnySetting, Flags, SettingName, SettingValues } from './settings.ts';
import { withoutPassword } from './shared-address.ts';
import { isTrusted, narrow, neverWarning, untrustedWarning, withoutNever, type Narrowed } from './trust.ts';
import { unknownVariables } from './unknown-variables.ts';

/** Where a setting comes from; `where` is the file, the variable or the option. */
export type Source = { kind: 'flag' | 'environment' | 'project' | 'user' | 'default'; where: string };

export type LoadedConfig = {
  config: Config;
  /** By place in a file (`failover.waitUpTo`, `providers.gemini.apiKey`), for every setting that has a value. */
  sources: Record<string, Source>;
  /** One line each, for the user, before the launch. */
  warnings: string[];
  /** Each `${VAR}` in the settings whose variable is not set. */
  unset: { path: string; variable: string }[];
  /** A project's file that the user has not trusted, and which of its settings therefore have no effect. */
  untrusted?: { file: string; hash: string; /** Among the warnings. */ warning: string };
  files: { user?: string; project?: string; projectTrusted?: boolean };
};

export type LoadOptions = {
  env?: Environment;
  cwd?: string;
  flags?: Flags;
  /** As if the user had no file: one that is about to be written anew, whatever is wrong in it. */
  withoutUsersFile?: boolean;
  /** The known providers by id: needed only if a setting names one. */
  catalogue?: () => Promise<Record<string, KnownProvider>>;
};

/** The most mistakes of a project's file that are named; the launch goes on without those settings. */
const MISTAKES_TOLD = 3;

type Layer = { source: Source; leaves: Leaf[] };

const DEFAULTS: Layer = {
  source: { kind: 'default', where: 'default' },
  leaves: ROWS.flatMap(([name, { default: value }]) => leavesOf(value, name.split('.'))),
};

/**
 * All settings, from flags, environment, the project's file, the user's file and the defaults, in this order.
 * Without a file and without a provider's name, neither the parsers nor the catalogue are loaded.
 * @throws UserError that names where a bad setting stands, what was expected there and the nearest valid name.
 */
export async function loadConfig({
  env = process.env,
  cwd = process.cwd(),
  flags = {},
  withoutUsersFile = false,
  catalogue = fullCatalogue,
}: LoadOptions = {}): Promise<LoadedConfig> {
  const { config: configFolder } = folders(env);
  const warnings: string[] = [];
  const layers: Layer[] = [DEFAULTS];
  const files: LoadedConfig['files'] = {};

  let users: (SettingsFile & { mistakes: Mistake[] }) | undefined;
  const userFile = withoutUsersFile ? undefined : chooseUserFile(configFolder, env, flags, warnings);
  if (userFile !== undefined) {
    files.user = userFile;
    users = await readWithMistakes(userFile);
    layers.push({ source: { kind: 'user', where: userFile }, leaves: leavesOf(users.settings) });
  }

  let untrusted: LoadedConfig['untrusted'];
  const projectFile = findProjectFile(cwd, homeFolder(env));
  if (projectFile !== undefined) {
    const project = await readProjectFile(projectFile);
    warnings.push(...project.warnings.slice(0, MISTAKES_TOLD).map((warning) => `${warning} It is ignored.`));
    files.project = projectFile;
    files.projectTrusted = await isTrusted(configFolder, project);
    const { allowed: leaves, ignored } = files.projectTrusted
      ? withoutNever(leavesOf(project.settings))
      : await narrowed(project, layers, { env, catalogue });
    if (ignored.length > 0 && files.projectTrusted) warnings.push(neverWarning(projectFile, ignored));
    else if (ignored.length > 0) {
      const never = withoutNever(leavesOf(project.settings)).ignored;
      untrusted = { file: projectFile, hash: project.hash, warning: untrustedWarning(projectFile, ignored, never) };
      warnings.push(untrusted.warning);
    }
    layers.push({ source: { kind: 'project', where: projectFile }, leaves });
  }

  warnings.push(...(await unknownVariables(env)));
  for (const [name, row] of ROWS) layers.push(...(await fromEnvironment(name, row, env)));
  for (const [name, row] of ROWS) layers.push(...(await fromFlags(name, row, flags)));

  const { leaves, sources } = merge(layers);
  const config = normalise(leaves, sources);
  config.routes = routesWithin(config, sources);
  warnings.push(...clearTextWarnings(leaves, (setting) => sources[setting]?.where ?? ''));
  const never = await refusedProviders(env);
  if (never.length > 0) config.never = never;
  await refuseMistakes(users, await mistakesAboutProviders(config, sources, catalogue));
  return { config, sources, warnings, unset: unsetVariables(leaves, env), files, ...(untrusted && { untrusted }) };
}

/** Providers that the user has refused although the key is there. An order, or settings for the provider, outrank that. */
async function refusedProviders(env: Environment): Promise<string[]> {
  const { providers } = await readAnswers(folders(env).state);
  return Object.keys(providers).filter((id) => providers[id] === 'never');
}

async function fullCatalogue(): Promise<Record<string, KnownProvider>> {
  // The one import across this room's wall: names only, and only if a setting names a provider.
  // oxlint-disable-next-line no-restricted-imports
  const { CATALOG } = await import('../providers/catalog.ts');
  return CATALOG;
}

function chooseUserFile(folder: string, env: Environment, flags: Flags, warnings: string[]): string | undefined {
  const named = flags.config ?? env['CCMUX_CONFIG'];
  if (named) return process.getBuiltinModule('node:path').resolve(named);
  const [first, ...others] = findUserFiles(folder);
  for (const other of others) warnings.push(`${other} is not read, because ${first} is there. Remove one of them.`);
  return first;
}

async function narrowed(
  project: SettingsFile,
  layers: readonly Layer[],
  { env, catalogue }: { env: Environment; catalogue: () => Promise<Record<string, KnownProvider>> },
): Promise<Narrowed> {
  const usersOwn = merge(layers);
  const own = normalise(usersOwn.leaves, usersOwn.sources);
  const order = own.order ?? ('order' in project.settings ? await impliedOrder(own, env, catalogue) : []);
  return narrow(leavesOf(project.settings), { ...own, order });
}

/** The order of providers if the user names none: the same as in `buildProviders`. */
async function impliedOrder(
  own: Config,
  env: Environment,
  catalogue: () => Promise<Record<string, KnownProvider>>,
): Promise<string[]> {
  const never = await refusedProviders(env);
  const found = discover(Object.values(await catalogue()), env).filter(({ id }) => !never.includes(id));
  return ['claude', ...found.map(({ id }) => id), ...Object.keys(own.providers)];
}

async function fromEnvironment(name: SettingName, row: AnySetting, env: Environment): Promise<Layer[]> {
  const text = env[row.variable];
  if (text === undefined || text === '') return [];
  return [await layerOf(name, row, text, { kind: 'environment', where: row.variable })];
}

async function fromFlags(name: SettingName, row: AnySetting, flags: Flags): Promise<Layer[]> {
  const given = flags[name];
  if (given === undefined) return [];
  const source: Source = { kind: 'flag', where: row.flag };
  if (given === false && row.offFlag !== undefined)
    return [await layerOf(name, row, OFF, { kind: 'flag', where: row.offFlag })];
  if (typeof given === 'boolean') return [{ source, leaves: leavesOf(given, name.split('.')) }];
  return [await layerOf(name, row, given, source)];
}

/** What `offFlag` means. */
const OFF = 'off';

async function layerOf(name: SettingName, { shape }: AnySetting, text: string, source: Source): Promise<Layer> {
  const parsed = shape.parse(text);
  if (parsed.ok) return { source, leaves: leavesOf(parsed.value, name.split('.')) };
  const near = parsed.near === undefined ? '' : await didYouMean(parsed.near, parsed.names ?? []);
  throw new UserError(
    `${source.where}: expected ${parsed.expected}, found ${JSON.stringify(withoutPassword(text))}.${near}`,
    {
      exitCode: EXIT.usage,
    },
  );
}

function merge(layers: readonly Layer[]): { leaves: Leaf[]; sources: Record<string, Source> } {
  const merged = new Map<string, { leaf: Leaf; source: Source }>();
  for (const { source, leaves } of layers) {
    for (const leaf of [...leaves.flatMap(aliased), ...leaves]) merged.set(leaf.path.join('.'), { leaf, source });
  }
  return {
    leaves: [...merged.values()].map(({ leaf }) => leaf),
    sources: Object.fromEntries([...merged].map(([path, { source }]) => [path, source])),
  };
}

/** `failover.firstByteTimeout` stands for two limits, unless they are named beside it. */
function aliased({ path, value }: Leaf): Leaf[] {
  if (path.join('.') !== 'failover.firstByteTimeout') return [];
  return ['firstByte', 'silence'].map((name) => ({ path: ['limits', name], value }));
}

/** Converts the file's shape to the program's shape. The layers are already merged and checked. */
function normalise(leaves: readonly Leaf[], sources: Record<string, Source>): Config {
  const tree = treeOf(leaves);
  const values = ROWS.flatMap(([name, { shape }]) => {
    const path = name.split('.');
    const value = valueAt(tree, path);
    return value === undefined ? [] : [{ path, value: shape.read(value) }];
  });
  const { limits, ...settings } = treeOf(values) as unknown as SettingValues;
  return {
    ...settings,
    budget: settings.budget ?? {},
    limits: limitsFrom(limits, sources),
    providers: (tree['providers'] ?? {}) as Config['providers'],
  };
}

/** Claude pings while it thinks, and its client waits this long: so does ccmux by default. */
const CLAUDES_OWN = { firstContent: 600_000, whole: 600_000, afterContent: 240_000 };

function limitsFrom(others: SettingValues['limits'], sources: Record<string, Source>): Config['limits'] {
  const unsaid = Object.entries(CLAUDES_OWN).filter(([name]) => sources[`limits.${name}`]?.kind === 'default');
  return { others, claude: { ...others, ...Object.fromEntries(unsaid) } };
}

/** @throws UserError with all mistakes of the user's file, or else the first mistake elsewhere. */
async function refuseMistakes(
  users: (SettingsFile & { mistakes: Mistake[] }) | undefined,
  ofProviders: readonly (Mistake & { where: string })[],
): Promise<void> {
  if (users) {
    const told = new Set(users.mistakes.map(({ place }) => placeOf(place)));
    const others = ofProviders.filter(({ where, place }) => where === users.path && !told.has(placeOf(place)));
    const mistakes = [...users.mistakes, ...others];
    if (mistakes.length > 0) throw await mistakesError(users.path, users.text, mistakes);
  }
  const [first] = ofProviders;
  if (first) throw new UserError(`${first.where}: ${first.text}`);
}

/** Mistakes about providers, and where each of them stands: a file, a variable or an option. */
async function mistakesAboutProviders(
  config: Config,
  sources: Record<string, Source>,
  catalogue: () => Promise<Record<string, KnownProvider>>,
): Promise<(Mistake & { where: string })[]> {
  const named = [...(config.order ?? []), ...Object.keys(config.providers), ...config.routes];
  if (named.length === 0) return [];
  const known = new Set(Object.keys(await catalogue()));
  return (await providerMistakes(config, known)).map(({ place, text }) => {
    const [setting, id] = place.map(String);
    const path = setting === 'providers' ? `providers.${id}.` : String(setting);
    const { kind, where } = Object.entries(sources).find(([name]) => name.startsWith(path))?.[1] ?? NOWHERE;
    // A list in a flag or a variable has no numbered members.
    const inFile = kind === 'user' || kind === 'project';
    return { place, where, text: inFile ? text : text.replace(/^(?:order\[\d+\]|routes\[\d+\]\.order): /, '') };
  });
}

/** From the weakest to the strongest. */
const STRENGTH: readonly Source['kind'][] = ['default', 'user', 'project', 'environment', 'flag'];

/**
 * A route may name a provider that is not in the order, unless the order comes from a stronger place: `--order claude`
 * and the order of a project's file hold for the routes of the user's own file, too.
 */
function routesWithin({ order, routes }: Config, sources: Record<string, Source>): Config['routes'] {
  const [ofOrder, ofRoutes] = ['order', 'routes'].map((name) => STRENGTH.indexOf(sources[name]?.kind ?? 'default'));
  if (order === undefined || ofOrder! <= ofRoutes!) return routes;
  return routes
    .map((route) => ({ ...route, order: route.order.filter((id) => order.includes(id)) }))
    .filter((route) => route.order.length > 0);
}

const NOWHERE: Source = { kind: 'default', where: 'providers' };

/** A provider with a mistake may lack a setting only because of that mistake. */
function placeOf([first, second]: readonly PropertyKey[]): string {
  return first === 'providers' ? `providers.${String(second)}` : String(first);
}

function unsetVariables(leaves: readonly Leaf[], env: Environment): LoadedConfig['unset'] {
  return leaves.flatMap(({ path, value }) => {
    const mayNameOne = path[0] === 'shared' || (path[0] === 'providers' && path[2] !== 'apiKeyCommand');
    if (!mayNameOne) return [];
    const texts = [value].flat().filter((text) => typeof text === 'string');
    const names = texts.flatMap((text) => [...text.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? ''));
    return names.filter((name) => !env[name]).map((variable) => ({ path: path.join('.'), variable }));
  });
}
