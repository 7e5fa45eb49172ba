import type { Event } from '../events.ts';

/**
 * What an event tells in a bug report: numbers, switches, and words of ccmux's own. Everything that a person, a model, a
 * host or a file system has written is left out, and so is every field that is not named here.
 */
export function factsOf(event: Event): Record<string, unknown> {
  return pick(event) as Record<string, unknown>;
}

/** Fields whose texts are ids of providers and models, names of settings, or words of a fixed list. */
const WORDS = new Set(
  (
    'type version id kind order providers provider from to preferred model endpoint thread outcome stopReason cause failure ' +
    'action reason detail window windows name source family limited free scope level code what by where signal now later ' +
    'variables only warnings usage cost'
  ).split(' '),
);

/** No sentence, no path, and no host's name; models and versions have dots and slashes. */
const WORD = /^[\w:-]{1,60}$/;
const DOTTED = new Set(['model', 'version']);
const DOTTED_WORD = /^[\w:./@[\]-]{1,80}$/;

function pick(value: unknown, name = ''): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') {
    return WORDS.has(name) && (DOTTED.has(name) ? DOTTED_WORD : WORD).test(value) ? value : undefined;
  }
  if (Array.isArray(value)) {
    return WORDS.has(name) ? value.map((one) => pick(one, name)).filter((one) => one !== undefined) : undefined;
  }
  const fields = Object.entries(Object(value) as object).map(([field, one]) => [field, pick(one, field)] as const);
  return Object.fromEntries(fields.filter(([, one]) => one !== undefined));
}
