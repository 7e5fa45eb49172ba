import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isRecord } from '../ground/check.ts';
import { parseSettings, type Settings } from './sources.ts';

/** The settings from a path or JSON, as `--settings` takes them; undefined for neither. A pipe (`<(…)`) is read, too. */
export function ownSettings(value: string, cwd: string): Settings | undefined {
  if (value.trim().startsWith('{')) return parseSettings(value);
  const path = resolve(cwd, value);
  const settings = read(path);
  return settings === undefined ? undefined : anchored(settings, folderOf(path));
}

function read(path: string): Settings | undefined {
  try {
    return parseSettings(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Claude Code follows a link before it looks for the file's folder (2.1.330). */
function folderOf(path: string): string {
  try {
    return dirname(realpathSync(path));
  } catch {
    return dirname(path);
  }
}

/**
 * Paths in a settings file count from that file's folder, so those that move to our file are written out as absolute.
 * (Claude Code's pages on permissions and on its sandbox; 2.1.330.)
 */
function anchored(settings: Settings, folder: string): Settings {
  const { permissions, sandbox } = settings;
  return {
    ...settings,
    ...(isRecord(permissions) && { permissions: inLists(permissions, (rule) => anchorRule(rule, folder)) }),
    ...(isRecord(sandbox) && { sandbox: anchorSandbox(sandbox, (path) => anchorPath(path, folder)) }),
  };
}

function anchorSandbox(sandbox: Settings, anchor: (path: string) => string): Settings {
  const { filesystem, credentials } = sandbox;
  const file = (one: unknown) =>
    isRecord(one) && typeof one['path'] === 'string' ? { ...one, path: anchor(one['path']) } : one;
  const files =
    isRecord(credentials) && Array.isArray(credentials['files']) ? credentials['files'].map(file) : undefined;
  return {
    ...sandbox,
    ...(isRecord(filesystem) && { filesystem: inLists(filesystem, anchor) }),
    ...(files && { credentials: { ...(credentials as Settings), files } }),
  };
}

/** Changes every text in the lists of these settings. */
function inLists(settings: Settings, change: (text: string) => string): Settings {
  const changed = (entry: unknown) => (typeof entry === 'string' ? change(entry) : entry);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, Array.isArray(value) ? value.map(changed) : value]),
  );
}

/** `Read(/secrets/**)` means a path under the folder; an absolute one begins with `//`. */
function anchorRule(rule: string, folder: string): string {
  const rules = /^(Read|Edit|Write|MultiEdit|NotebookEdit|Glob|Grep|LS)\(\/(?!\/)/;
  return rule.replace(rules, (_, tool: string) => `${tool}(/${inRule(folder)}/`);
}

/** In the sandbox's lists, unlike in rules, `/secrets` is absolute, and `secrets` lies under the folder. */
function anchorPath(path: string, folder: string): string {
  const isAnchored = /^\s*(?:[\\/]|~(?:[\\/]|\s*$)|%|[a-z]:)/i;
  return isAnchored.test(path) ? path : join(folder, path.trim());
}

/** Rules have one form of path on every system: `C:\Users\me` is `/c/Users/me` there. (The same page.) */
export function inRule(folder: string): string {
  const drive = /^([a-z]):[\\/]/i.exec(folder);
  return drive === null ? folder : `/${drive[1]!.toLowerCase()}/${folder.slice(3).replaceAll('\\', '/')}`;
}
