import type { When } from './when.ts';

/**
 * What a rule speaks of, in one line, as its file has it: `paths payments/**, mode plan`; `everything` for a rule without
 * a condition; of examples the first, `like "summarise this log" and 3 more`.
 */
export function ruleText(when: When): string {
  const parts = Object.entries(when).map(([name, value]) => `${name} ${valueText(name, value)}`);
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

function valueText(name: string, value: unknown): string {
  if (name === 'like') return examplesText(value as readonly string[]);
  if (Array.isArray(value)) return value.join(' or ');
  if (name === 'hours') {
    const { from, to } = value as { from: number; to: number };
    return `${clockOf(from)}-${clockOf(to)}`;
  }
  if (name === 'context') {
    const { above, below } = value as { above?: number; below?: number };
    return [above === undefined ? [] : `>${above}`, below === undefined ? [] : `<${below}`].flat().join(' ');
  }
  return String(value);
}

function examplesText([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? `"${first}"` : `"${first}" and ${more.length} more`;
}

function clockOf(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
