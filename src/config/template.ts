import { ROWS, type AnySetting, type SettingName } from './settings.ts';
import { sentence } from './shapes.ts';

/**
 * The settings table as the commented part of a configuration file: each setting with its default, or an example, under
 * its meaning. A line is valid once its `# ` is removed.
 * @param without settings that the file already has.
 */
export function settingsTemplate(without: readonly SettingName[]): string {
  const groups = new Map<string, string[]>();
  for (const [name, row] of ROWS) {
    if (without.includes(name)) continue;
    const [first = '', member] = name.split('.');
    const lines = groups.get(first) ?? [];
    groups.set(first, [...lines, ...linesOf(member ?? first, row, member === undefined ? '' : '  ')]);
    if (member !== undefined && lines.length === 0) groups.get(first)?.unshift(`# ${first}:`);
  }
  return [...groups.values()].map((lines) => lines.join('\n')).join('\n\n');
}

function linesOf(name: string, { meaning, default: value, example }: AnySetting, indent: string): string[] {
  const comment = indent === '' ? '#' : `# ${indent}#`;
  return [`${comment} ${sentence(meaning)}`, `# ${indent}${name}: ${inYaml(value ?? example)}`];
}

/** A value on one line of YAML: `[claude, gemini]`, `{ connect: 10s }`. */
export function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(', ')}]`;
  if (typeof value === 'string' && !/^[\w.][^,#'"[\]{}]*$/.test(value)) return JSON.stringify(value);
  if (!(value instanceof Object)) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${inYaml(each)}`)
    .join(', ')} }`;
}
