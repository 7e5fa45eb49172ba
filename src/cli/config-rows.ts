import { formatDuration } from '../config/duration.ts';
import { leavesOf, valueAt } from '../config/leaves.ts';
import type { LoadedConfig, Source } from '../config/load.ts';
import { ROWS, SETTINGS } from '../config/settings.ts';
import { inYaml } from '../config/template.ts';

/** A setting for display, without secrets. */
export type Row = { setting: string; value: unknown; source: Source | undefined };

/** The table's settings, then the limits one by one, then the providers, in the order in which they were written. */
export function rowsOf({ config, sources }: LoadedConfig): Row[] {
  const general = ROWS.filter(([setting]) => setting !== 'limits').map(([setting, { shape }]) => {
    const value = valueAt(config, setting.split('.'));
    const shown = value === undefined || !shape.show ? value : shape.show(value);
    return { setting, value: shown, source: sources[setting] ?? ofParts(setting, sources) };
  });
  const limits = Object.entries(config.limits.others).map(([name, ms]) => {
    const setting = `limits.${name}`;
    return { setting, value: formatDuration(ms), source: sources[setting] };
  });
  const providers = leavesOf({ providers: config.providers }).map(({ path: place, value }) => {
    const setting = place.join('.');
    return { setting, value: redacted(place, value), source: sources[setting] };
  });
  return [...general, ...limits, ...providers];
}

/** Of a mapping that was written part by part, such as `overflow`: the place of its first part. */
function ofParts(setting: string, sources: LoadedConfig['sources']): Source | undefined {
  return Object.entries(sources).find(([name]) => name.startsWith(`${setting}.`))?.[1];
}

/** A setting's value without secrets: a key is hidden, the name of its variable is shown. */
export function redacted([first = '', , name, ...rest]: string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => redacted([first, '', name ?? '', ...rest], one));
  if (typeof value !== 'string') return value;
  if (first === 'shared' || first === 'sharedPasswordCommand') return SETTINGS[first].shape.show!(value);
  if (name === 'baseUrl') return value.replace(/\/\/[^/@]*@/, '//[redacted]@').replace(/\?.*/, '?[redacted]');
  const secret = name === 'apiKey' || name === 'apiKeyCommand' || (name === 'headers' && rest.length > 0);
  return secret && !/^\$\{\w+\}$/.test(value) ? '[redacted]' : value;
}

/** A value on one line; rules and thresholds as a file has them. */
export function show(value: unknown): string {
  if (value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(show).join(', ');
  return typeof value === 'object' ? inYaml(value) : String(value);
}
