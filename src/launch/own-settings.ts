import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isRecord } from '../ground/check.ts';
import { parseSettings, type Settings } from './sources.ts';

/** The settings from a path or JSON, as `--settings` takes them; undefined for neither. A pipe (`<(…)`) is read, too. */
export function ownSettings(value: string, cwd: string): Settings | undefined {
  if (value.trim().startsWith('{')) return parseSettings(value);
  const path = resolve(cwd, value);
  const settings = read(path);
  return settings === undefined ? undefined : anchorRules(settings, dirname(path));
}

function read(path: string): Settings | undefined {
  try {
    return parseSettings(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * `Read(/secrets/**)` means a path under the folder of the settings file that holds the rule, so a rule that moves
 * to our file is written out as an absolute path (`//…`). (Claude Code's permissions page.)
 */
function anchorRules(settings: Settings, folder: string): Settings {
  const permissions = settings['permissions'];
  if (!isRecord(permissions)) return settings;
  const anchored = Object.entries(permissions).map(([kind, rules]) => [
    kind,
    Array.isArray(rules)
      ? rules.map((rule: unknown) => (typeof rule === 'string' ? anchor(rule, folder) : rule))
      : rules,
  ]);
  return { ...settings, permissions: Object.fromEntries(anchored) };
}

function anchor(rule: string, folder: string): string {
  const rules = /^(Read|Edit|Write|MultiEdit|NotebookEdit|Glob|Grep|LS)\(\/(?!\/)/;
  return rule.replace(rules, (_, tool: string) => `${tool}(/${inRule(folder)}/`);
}

/** Rules have one form of path on every system: `C:\Users\me` is `/c/Users/me` there. (The same page.) */
export function inRule(folder: string): string {
  const drive = /^([a-z]):[\\/]/i.exec(folder);
  return drive === null ? folder : `/${drive[1]!.toLowerCase()}/${folder.slice(3).replaceAll('\\', '/')}`;
}
