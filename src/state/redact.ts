import type { Event } from '../events.ts';
import { isPlaceholder } from '../ground/placeholder.ts';
import { hideAssigned, KEY_SHAPES, NAMED_VALUES } from './secret-shapes.ts';

/** The replacement for a secret. */
const REDACTED = '[redacted]';

/**
 * Builds the function that redacts everything before it is stored or shown. Any text that looks like a secret is
 * hidden, also one that ccmux does not know: a prompt preview or an upstream's error may hold it.
 * @param secrets keys and tokens known to this process; placeholders for local hosts (`ollama`, `lm-studio`) are not
 *   secrets and are left alone, because they are also provider names.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const literals = [...new Set(secrets.map((secret) => secret.trim()))]
    .filter((secret) => secret.length >= 8 && !isPlaceholder(secret))
    // The longest first, so that a key that contains another is hidden as a whole.
    .sort((a, b) => b.length - a.length);
  return (text) => {
    // Most strings of an event are short ids, which hold no secret.
    if (text.length < 8) return text;
    let clean = text;
    for (const literal of literals) clean = hideCut(clean.replaceAll(literal, REDACTED), literal);
    for (const shape of KEY_SHAPES) clean = clean.replace(shape, REDACTED);
    for (const named of NAMED_VALUES) clean = clean.replace(named, `$1${REDACTED}`);
    return hideAssigned(clean, REDACTED);
  };
}

const SHORTEST_CUT = 6;
/** Nothing is shortened to less: previews of prompts keep 80 characters. */
const CUT_TO = 80;

/** A shortened text may end inside a secret. */
function hideCut(text: string, literal: string): string {
  if (text.length < CUT_TO) return text;
  for (let length = literal.length - 1; length >= SHORTEST_CUT; length--) {
    if (text.endsWith(literal.slice(0, length))) return text.slice(0, -length) + REDACTED;
  }
  return text;
}

/** Redacts every string of an event, however deep; its type and its numbers stay. */
export function redactEvent(event: Event, redact: (text: string) => string): Event {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, clean(field)]));
  };
  return { ...(clean(event) as Event), type: event.type } as Event;
}
