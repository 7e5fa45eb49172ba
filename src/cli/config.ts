import { findProjectFile, findUserFiles, readSettingsFile } from '../config/file.ts';
import { leavesOf } from '../config/leaves.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig, Source } from '../config/load.ts';
import { folders, homeFolder } from '../config/paths.ts';
import { formatDuration, SETTINGS } from '../config/settings.ts';
import type { Flags } from '../config/settings.ts';
import { trust } from '../config/trust.ts';
import { UserError } from '../errors.ts';

const path = process.getBuiltinModule('node:path');

type Row = { setting: string; value: unknown; source: Source | undefined };

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

/** Settings that everybody has, then those of the providers, in the order in which they were written. */
function rowsOf({ config, sources }: LoadedConfig): Row[] {
  const { waitUpToMs, firstByteTimeoutMs, ...failover } = config.failover;
  const values = new Map<string, unknown>(
    leavesOf({
      order: config.order,
      switchBack: config.switchBack,
      failover: {
        ...failover,
        waitUpTo: formatDuration(waitUpToMs),
        firstByteTimeout: formatDuration(firstByteTimeoutMs),
      },
      budget: config.budget,
      report: config.report,
    }).map(({ path: place, value }) => [place.join('.'), value]),
  );
  const general = SETTINGS.map(({ path: setting }) => ({
    setting,
    value: values.get(setting),
    source: sources[setting],
  }));
  const providers = leavesOf({ providers: config.providers }).map(({ path: place, value }) => {
    const setting = place.join('.');
    return { setting, value: redacted(place, value), source: sources[setting] };
  });
  return [...general, ...providers];
}

/** A key is worth hiding, the name of the variable that holds it is worth seeing. */
function redacted([, , name, ...rest]: string[], value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'baseUrl') return value.replace(/\/\/[^/@]*@/, '//[redacted]@').replace(/\?.*/, '?[redacted]');
  const secret = name === 'apiKey' || name === 'apiKeyCommand' || (name === 'headers' && rest.length > 0);
  return secret && !/^\$\{\w+\}$/.test(value) ? '[redacted]' : value;
}

function show(value: unknown): string {
  if (value === undefined) return '-';
  return Array.isArray(value) ? (value.length === 0 ? '(none)' : value.join(', ')) : String(value);
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

/** `ccmux config trust [file]`: the file that is in force here may from now on set everything, as it stands. */
export async function runConfigTrust({ file }: { file?: string }): Promise<number> {
  const found = file === undefined ? findProjectFile(process.cwd(), homeFolder()) : path.resolve(file);
  if (found === undefined) {
    throw new UserError('there is no .ccmuxrc from this folder upwards. Name the file: ccmux config trust <file>');
  }
  const settings = await readSettingsFile(found);
  await trust(folders().config, settings);
  const names = leavesOf(settings.settings).map(({ path: place }) => place.join('.'));
  process.stdout.write(
    `${found} is trusted as it stands (when it changes, ccmux asks again). It sets: ${names.join(', ') || 'nothing'}\n`,
  );
  return 0;
}

/** `ccmux config schema`: the JSON Schema of the configuration, for editors. */
export async function runConfigSchema(): Promise<number> {
  const { jsonSchema } = await import('../config/file-schema.ts');
  process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}
