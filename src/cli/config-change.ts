import { spawn } from 'node:child_process';
import { findUserFiles, readSettingsFile } from '../config/file.ts';
import { loadConfig } from '../config/load.ts';
import { didYouMean } from '../config/nearest.ts';
import { folders, writePrivateFile } from '../config/paths.ts';
import { withoutPassword } from '../config/shared-address.ts';
import { ROWS, SETTINGS, type Flags } from '../config/settings.ts';
import { inYaml, settingsTemplate } from '../config/template.ts';
import { EXIT, UserError } from '../errors.ts';
import { SYSTEM } from '../ground/system.ts';
import { redacted, rowsOf, show } from './config-rows.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** The user's own file: the one that is read, or the place where it would be. */
function usersFile(flags: Flags): string {
  const named = flags.config ?? process.env['CCMUX_CONFIG'];
  const { config } = folders();
  return named ? path.resolve(named) : (findUserFiles(config)[0] ?? path.join(config, 'config.yaml'));
}

/**
 * `ccmux config get <setting>`: the effective value in the form that `config set` takes; for a group (`budget`,
 * `providers.gemini`) each value with its name. Keys are not shown. @returns 1 if nothing is set.
 */
export async function runConfigGet(options: { setting: string; json: boolean; flags: Flags }): Promise<number> {
  const { setting, json, flags } = options;
  const rows = rowsOf(await loadConfig({ flags }));
  const one = rows.find((row) => row.setting === setting);
  const group = rows.filter((row) => row.setting.startsWith(`${setting}.`));
  if (!one && group.length === 0 && !(setting in SETTINGS) && !/^providers(\.|$)/.test(setting)) {
    const names = rows.flatMap((row) => [row.setting, row.setting.split('.')[0]!]);
    throw new UserError(`${setting} is not a setting.${await didYouMean(setting, names)} See: ccmux config show`);
  }
  const set = (one ? [one] : group).filter(({ value }) => value !== undefined);
  if (json) {
    const values = Object.fromEntries(set.map((row) => [row.setting, row.value]));
    process.stdout.write(`${JSON.stringify(one ? (one.value ?? null) : values, null, 2)}\n`);
  } else {
    for (const { setting: name, value } of set) {
      // In the form that `config set` takes.
      const isRules = [value].flat().some((part) => typeof part === 'object');
      const text = isRules ? inYaml(value) : String(value);
      process.stdout.write(one ? `${text}\n` : `${name}  ${text}\n`);
    }
  }
  return set.length === 0 ? EXIT.failure : 0;
}

/**
 * `ccmux config set <setting> <value>`, or `--unset`: changes one setting of the user's own file, and nothing else in
 * it.
 */
export async function runConfigSet(options: {
  setting: string;
  value?: string;
  unset: boolean;
  flags: Flags;
}): Promise<number> {
  const { setting, value: text, unset, flags } = options;
  if (unset === (text !== undefined)) {
    const names = ROWS.find(([name]) => name === setting)?.[1].shape.names;
    const which = names ? ` (of ${names.join(', ')})` : '';
    throw new UserError(`config set needs the setting and its new value${which}; or --unset, and no value.`);
  }
  const file = usersFile(flags);
  const before = await valueOf(setting, flags).catch(() => undefined);
  const value = unset ? undefined : await assigned(setting, text!);
  const { changeFile } = await import('../config/change-file.ts');
  const isChanged = await changeFile(file, [{ path: setting.split('.'), value }], await catalogueIds());
  if (unset && !isChanged) {
    await refuseUnknown(setting);
    process.stdout.write(`${setting} is not set in ${file}\n`);
    return 0;
  }
  const now = unset ? 'taken out' : show(redacted(setting.split('.'), value));
  process.stdout.write(`${setting}: ${now}${before === undefined ? '' : ` (before: ${show(before)})`}, in ${file}\n`);
  const { sources, warnings } = await loadConfig({ flags });
  const source = sources[setting];
  if (source && source.kind !== 'user' && source.kind !== 'default') {
    process.stderr.write(`ccmux: ${source.where} sets it as well, and counts before your own file.\n`);
  }
  for (const warning of warnings) process.stderr.write(`ccmux: ${warning}\n`);
  return 0;
}

async function refuseUnknown(setting: string): Promise<void> {
  const { schemaAt } = await import('../config/schema-at.ts');
  if (schemaAt(setting.split('.'))) return;
  const names = ROWS.flatMap(([name]) => [name, name.split('.')[0]!]);
  throw new UserError(`${setting} is not a setting.${await didYouMean(setting, names)} See: ccmux config show`);
}

async function valueOf(setting: string, flags: Flags): Promise<unknown> {
  return rowsOf(await loadConfig({ flags })).find((row) => row.setting === setting)?.value;
}

async function assigned(setting: string, text: string): Promise<unknown> {
  const { readAssigned } = await import('../config/assign.ts');
  const parsed = readAssigned(setting, text);
  if (parsed.ok) return parsed.value;
  const near = parsed.near === undefined ? '' : await didYouMean(parsed.near, parsed.names ?? []);
  throw new UserError(
    `${setting}: expected ${parsed.expected}, found ${JSON.stringify(withoutPassword(text))}.${near}`,
  );
}

async function catalogueIds(): Promise<ReadonlySet<string>> {
  const { CATALOG } = await import('../providers/catalog.ts');
  return new Set(Object.keys(CATALOG));
}

/** `ccmux config edit`: opens the user's own file in the user's editor, and afterwards lists its mistakes. */
export async function runConfigEdit({ flags }: { flags: Flags }): Promise<number> {
  const file = usersFile(flags);
  if (!fs.existsSync(file))
    await writePrivateFile(
      file,
      `# Settings of ccmux, with their defaults or an example.\n\n${settingsTemplate([])}\n`,
    );
  const before = fs.readFileSync(file, 'utf8');
  await openEditor(file);
  await readSettingsFile(file);
  await loadConfig({ flags });
  process.stdout.write(fs.readFileSync(file, 'utf8') === before ? `${file} is unchanged.\n` : `${file} is valid.\n`);
  return 0;
}

/** Like git: the variable may hold arguments (`code --wait`), so a shell runs it. */
async function openEditor(file: string): Promise<void> {
  const { VISUAL, EDITOR } = process.env;
  const editor = VISUAL || EDITOR || SYSTEM.editor;
  if (!VISUAL && !EDITOR && !process.stdin.isTTY) {
    throw new UserError(`there is no terminal for an editor. Change ${file} with: ccmux config set`);
  }
  const editing = spawn(`${editor} ${SYSTEM.quote(file)}`, { shell: true, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) =>
    editing.once('error', reject).once('exit', resolve),
  );
  if (code !== 0)
    throw new UserError(`${editor} ended with status ${code ?? 'unknown'}. Set EDITOR to another.`, {
      exitCode: EXIT.failure,
    });
}
