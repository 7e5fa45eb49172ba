import { formatDuration } from '../config/duration.ts';
import { leavesOf, valueAt } from '../config/leaves.ts';
import type { LoadedConfig, Source } from '../config/load.ts';
import { ROWS, SETTINGS } from '../config/settings.ts';

/** A setting for display, without secrets. */
export type Row = { setting: string; value: unknown; source: Source | undefined };

/** The table's settings, then the limits one by one, then the providers, in the order in which they were written. */
export function rowsOf({ config, sources }: LoadedConfig): Row[] {
  const general = ROWS.filter(([setting]) => setting !== 'limits').map(([setting, { shape }]) => {
    const value = valueAt(config, setting.split('.'));
    return { setting, value: value === undefined || !shape.show ? value : shape.show(value), source: sources[setting] };
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

/** A setting's value without secrets: a key is hidden, the name of its variable is shown. */
export function redacted([first = '', , name, ...rest]: string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => redacted([first, '', name ?? '', ...rest], one));
  if (typeof value !== 'string') return value;
  if (first === 'shared' || first === 'sharedPasswordCommand') return SETTINGS[first].shape.show!(value);
  if (name === 'baseUrl') return value.replace(/\/\/[^/@]*@/, '//[redacted]@').replace(/\?.*/, '?[redacted]');
  const secret = name === 'apiKey' || name === 'apiKeyCommand' || (name === 'headers' && rest.length > 0);
  return secret && !/^\$\{\w+\}$/.test(value) ? '[redacted]' : value;
}

export function show(value: unknown): string {
  if (value === undefined) return '-';
  return Array.isArray(value) ? (value.length === 0 ? '(none)' : value.join(', ')) : String(value);
}
