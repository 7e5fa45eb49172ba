import { parse } from 'yaml';
import { schemaAt } from './schema-at.ts';
import { SETTINGS } from './settings.ts';
import type { Parsed } from './parsed.ts';

/**
 * What a file would hold for the text of `ccmux config set`: as its variable would have it, or as YAML writes a list or
 * a mapping. For what is not in the table (a provider's settings) the schema says whether it is a text.
 * @example `claude,gemini` and `[claude, gemini]`; `60s`; `{ input: 1, output: 5 }`
 */
export function readAssigned(name: string, text: string): Parsed {
  const value = fromYaml(text);
  if (value instanceof Object) return { ok: true, value };
  if (Object.hasOwn(SETTINGS, name)) {
    const { shape } = SETTINGS[name as keyof typeof SETTINGS];
    return (shape.assign ?? shape.parse)(text);
  }
  return { ok: true, value: schemaAt(name.split('.'))?.type === 'string' ? text : value };
}

/** Text that is no YAML is text. */
function fromYaml(text: string): unknown {
  try {
    return parse(text) ?? text;
  } catch {
    return text;
  }
}
