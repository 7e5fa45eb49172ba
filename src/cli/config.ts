import { findProjectFile, findUserFiles, readSettingsFile } from '../config/file.ts';
import { leavesOf } from '../config/leaves.ts';
import { loadConfig } from '../config/load.ts';
import type { Source } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import { homeFolder } from '../ground/places.ts';
import type { Flags } from '../config/settings.ts';
import { neverWarning, trust, withoutNever, type Narrowed } from '../config/trust.ts';
import { printable } from '../config/printable.ts';
import { EXIT, UserError } from '../errors.ts';
import { runsInSession } from '../launch/peer.ts';
import { rowsOf, show } from './config-rows.ts';
import { loadClack } from './load-clack.ts';

const path = process.getBuiltinModule('node:path');

/** `ccmux config show`: every setting, its value and where it comes from; keys are not shown. */
export async function runConfigShow({ json, flags }: { json: boolean; flags: Flags }): Promise<number> {
  const loaded = await loadConfig({ flags });
  const rows = rowsOf(loaded);
  if (json) {
    const settings = Object.fromEntries(
      rows.map(({ setting, value, source }) => [setting, { value: value ?? null, ...source }]),
    );
    process.stdout.write(`${JSON.stringify({ settings, files: loaded.files, unset: loaded.unset }, null, 2)}\n`);
  } else {
    const width = Math.max(...rows.map(({ setting }) => setting.length));
    const values = rows.map(({ setting, value }) =>
      setting === 'order' && value === undefined ? 'claude, then every provider found by its key' : show(value),
    );
    const valueWidth = Math.min(48, Math.max(...values.map((value) => value.length)));
    for (const [index, { setting, source }] of rows.entries()) {
      const value = values[index] ?? '';
      process.stdout.write(
        `${setting.padEnd(width)}  ${value.padEnd(valueWidth)}  ${describeSource(source)}`.trimEnd() + '\n',
      );
    }
    for (const { path: place, variable } of loaded.unset) {
      process.stdout.write(`\n${place} needs the variable ${variable}, which is not set.\n`);
    }
  }
  for (const warning of loaded.warnings) process.stderr.write(`ccmux: ${warning}\n`);
  return 0;
}

function describeSource(source: Source | undefined): string {
  if (!source) return 'not set';
  if (source.kind === 'default') return 'default';
  return source.kind === 'flag' || source.kind === 'environment' ? source.where : `${source.where} (${source.kind})`;
}

/** `ccmux config path`: the files that are read here, and where they would be. */
export async function runConfigPath({ flags }: { flags: Flags }): Promise<number> {
  const { config, state } = folders();
  const project = findProjectFile(process.cwd(), homeFolder());
  const named = flags.config ?? process.env['CCMUX_CONFIG'];
  const user = named ? path.resolve(named) : findUserFiles(config)[0];
  const lines = [
    ['yours', user ?? `${path.join(config, 'config.yaml')} (not there; ccmux init writes it)`],
    ['project', project ?? 'none here (.ccmuxrc, from this folder upwards)'],
    ['state', state],
  ];
  for (const [name = '', value] of lines) process.stdout.write(`${name.padEnd(8)} ${value}\n`);
  return 0;
}

/**
 * `ccmux config trust [file]`: from now on this version of the project's file may set everything. The user sees every
 * value first and answers on a terminal: without one, a model's tool call could trust a file.
 * @param ask asks a yes-or-no question; left out: asks on the terminal, unless a model opened it.
 */
export async function runConfigTrust({
  file,
  ask,
}: {
  file?: string;
  ask?: (question: string) => Promise<boolean>;
}): Promise<number> {
  const found = file === undefined ? findProjectFile(process.cwd(), homeFolder()) : path.resolve(file);
  if (found === undefined) {
    throw new UserError('there is no .ccmuxrc from this folder upwards. Name the file: ccmux config trust <file>');
  }
  const settings = await readSettingsFile(found);
  const parts = withoutNever(leavesOf(settings.settings));
  process.stdout.write(describeTrust(found, settings.settings, parts));
  if (parts.allowed.length === 0) return 0;
  const confirm = ask ?? ((await runsInSession()) ? undefined : askOnTerminal());
  if (!confirm) {
    throw new UserError(
      'trust is given on a terminal only, outside of Claude Code, by a person who has read the values. Nothing was changed.',
      {
        exitCode: EXIT.failure,
      },
    );
  }
  if (!(await confirm('Trust this file as it stands?'))) {
    process.stdout.write('Nothing was changed.\n');
    return EXIT.failure;
  }
  await trust(folders().config, settings);
  process.stdout.write('Trusted. When the file changes, ccmux asks again.\n');
  return 0;
}

function askOnTerminal(): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return async (message) => {
    const { confirm } = await loadClack();
    return (await confirm({ message, initialValue: false })) === true;
  };
}

/** Every value of the file, and the effect of the most important ones. */
function describeTrust(file: string, settings: Record<string, unknown>, { allowed, ignored }: Narrowed): string {
  const rows = allowed.map(({ path: place, value }) => [printable(place.join('.')), printable(show(value), 200)]);
  const width = Math.max(0, ...rows.map(([name = '']) => name.length));
  const { order, providers = {} } = settings as {
    order?: string[];
    providers?: Record<string, { baseUrl?: string; apiKeyCommand?: string | string[] }>;
  };
  const at = (id: string) => (providers[id]?.baseUrl === undefined ? id : `${id} at ${providers[id].baseUrl}`);
  const commands = Object.values(providers).flatMap(({ apiKeyCommand }) => apiKeyCommand ?? []);
  const meanings = [
    order && `Your conversations here would go to ${order.map(at).join(', then ')}.`,
    ...Object.entries(providers)
      .filter(([id, { baseUrl }]) => baseUrl !== undefined && order?.includes(id) !== true)
      .map(([id]) => `${id} would be asked at ${providers[id]?.baseUrl}.`),
    ...commands.map((command) => `This command would run on your machine: ${command}`),
  ].filter((line) => line !== undefined);
  const lines = [
    rows.length === 0 ? `${file} sets nothing that trust would allow.` : `${file} would set:`,
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(width)}  ${value}`),
    ...meanings.map((line) => printable(line, 400)),
    ...(ignored.length > 0 ? [printable(neverWarning(file, ignored), 400)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** `ccmux config schema`: the JSON Schema of the configuration, for editors. */
export async function runConfigSchema(): Promise<number> {
  const { jsonSchema } = await import('../config/file-schema.ts');
  process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}
