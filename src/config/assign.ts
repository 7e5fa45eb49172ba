import { parse } from 'yaml';
import { leavesOf } from './leaves.ts';
import { schemaAt } from './schema-at.ts';
import { SETTINGS } from './settings.ts';
import type { Parsed } from './parsed.ts';

/**
 * The file's value for the text of `ccmux config set`: in the form of the setting's variable, or as a YAML list or
 * mapping. For a setting outside the table (a provider's) the schema tells whether it is a text.
 * @example `claude,gemini` and `[claude, gemini]`; `60s`; `{ input: 1, output: 5 }`
 */
export function readAssigned(name: string, text: string): Parsed {
  const value = fromYaml(text);
  const isEmpty = value instanceof Object && leavesOf(value).length === 0;
  if (value instanceof Object && !isEmpty) return { ok: true, value };
  if (Object.hasOwn(SETTINGS, name)) {
    const { shape } = SETTINGS[name as keyof typeof SETTINGS];
    return (shape.assign ?? shape.parse)(text);
  }
  if (schemaAt(name.split('.'))?.type === 'string') return { ok: true, value: text };
  // An empty mapping would leave everything as it is.
  return isEmpty ? { ok: false, expected: SOMETHING } : { ok: true, value };
}

const SOMETHING = 'a mapping with a value in it (--unset takes a setting out)';

/** Text that is not YAML stays text. */
function fromYaml(text: string): unknown {
  try {
    return parse(text) ?? text;
  } catch {
    return text;
  }
}
