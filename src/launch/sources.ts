import { existsSync, readdirSync } from 'node:fs';
import { isRecord } from '../ground/check.ts';
import { dirname, join, resolve } from 'node:path';
import { homeFolder } from '../ground/places.ts';
import { readRegularFile } from '../ground/regular-file.ts';
import { SYSTEM, type System } from '../ground/system.ts';
import type { SettingSource } from './arguments.ts';

/**
 * Claude Code's settings files, as it finds them itself (its settings and managed-settings pages), read only for what
 * ccmux must respect or pass on. A missing or broken file counts as empty: Claude Code itself complains about it.
 */
export type Settings = Record<string, unknown>;

/** In order of precedence: the first that sets a value decides. */
export type SettingsFiles = { managed: Settings[]; local: Settings[]; project: Settings[]; user: Settings[] };

export type SettingsPlaces = {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The kinds of file that the command line enables; managed settings are always enabled. */
  sources: readonly SettingSource[];
  managed: string;
};

export function readSettingsFiles(places: SettingsPlaces): SettingsFiles {
  const { managed, local, project, user } = settingsPaths(places);
  return { managed: readAll(managed), local: readAll(local), project: readAll(project), user: readAll(user) };
}

/** Files that are there and hold no settings: Claude Code loads nothing of them. An empty one it takes (2.1.330). */
export function brokenSettings(places: SettingsPlaces): string[] {
  return Object.values(settingsPaths(places))
    .flat()
    .filter((path) => readSettings(path) === undefined && textOf(path)?.trim());
}

/** The places of settings, whether or not such a file exists. */
export function settingsPaths({ env, cwd, sources, managed }: SettingsPlaces): Record<keyof SettingsFiles, string[]> {
  const on = (source: SettingSource, paths: string[]): string[] => (sources.includes(source) ? paths : []);
  // The local file lives beside the repository's root since 2.1.211, before that in the folder of the start.
  const localFolders = [...new Set([repositoryRoot(cwd) ?? cwd, cwd])];
  return {
    managed: managedFiles(managed),
    local: on(
      'local',
      localFolders.map((folder) => join(folder, '.claude', 'settings.local.json')),
    ),
    project: on('project', [join(cwd, '.claude', 'settings.json')]),
    user: on('user', [join(configFolder(env), 'settings.json')]),
  };
}

/**
 * True if the user trusts this folder (or one above it) by Claude Code's own question. Until then the `env` of a
 * project's files does not count, so that a cloned repository cannot send requests to its own host.
 */
export function isTrusted(env: NodeJS.ProcessEnv, cwd: string): boolean {
  if (env['CLAUDE_CODE_SANDBOXED']) return true;
  const folder = env['CLAUDE_CONFIG_DIR'] || homeFolder(env);
  const projects = readSettings(join(folder, '.claude.json'))?.['projects'];
  if (!isRecord(projects)) return false;
  for (let path = resolve(cwd); ; path = dirname(path)) {
    const project = projects[projectName(path)];
    if (isRecord(project) && project['hasTrustDialogAccepted'] === true) return true;
    if (path === dirname(path)) return false;
  }
}

/** A folder as Claude Code names it in its own files: with slashes on Windows, too (2.1.330). */
export function projectName(folder: string, { path }: System = SYSTEM): string {
  return path.sep === '/' ? folder : folder.replaceAll(path.sep, '/');
}

/** A settings object from a file, or undefined if it cannot be read. */
export function readSettings(path: string): Settings | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : parseSettings(text);
}

function textOf(path: string): string | undefined {
  try {
    return readRegularFile(path);
  } catch {
    return undefined;
  }
}

export function parseSettings(text: string): Settings | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readAll(paths: string[]): Settings[] {
  return paths.map(readSettings).filter((settings) => settings !== undefined);
}

/** Later files of `managed-settings.d` win over earlier ones, and all of them over the file itself. */
function managedFiles(folder: string): string[] {
  const parts = join(folder, 'managed-settings.d');
  let names: string[] = [];
  try {
    names = readdirSync(parts)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .toSorted()
      .toReversed();
  } catch {
    // No such folder: the usual case.
  }
  return [...names.map((name) => join(parts, name)), join(folder, 'managed-settings.json')];
}

export function repositoryRoot(cwd: string): string | undefined {
  for (let path = resolve(cwd); ; path = dirname(path)) {
    if (existsSync(join(path, '.git'))) return path;
    if (path === dirname(path)) return undefined;
  }
}

/** Claude Code's own folder. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  return env['CLAUDE_CONFIG_DIR'] || join(homeFolder(env), '.claude');
}
