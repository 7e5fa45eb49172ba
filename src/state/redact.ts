import type { Event } from '../events.ts';
import { hideAssigned, KEY_SHAPES, NAMED_VALUES } from './secret-shapes.ts';

/** What stands where a secret stood. */
const REDACTED = '[redacted]';

/**
 * Builds the one function through which everything passes that is written down. What looks like a secret is hidden
 * wherever it turns up, also when it is not ours: a user's prompt preview or an upstream's error text may hold it.
 * @param secrets keys and tokens known to this process; placeholders for local hosts (`ollama`, `lm-studio`) are not
 *   secrets and are left alone, because they are also provider names.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const literals = [...new Set(secrets.map((secret) => secret.trim()))]
    .filter((secret) => secret.length >= 8 && !isPlaceholder(secret))
    // The longest first: a key that contains another must not be hidden only in part.
    .sort((a, b) => b.length - a.length);
  return (text) => {
    // Most strings of an event are ids of a few characters: nothing hides there.
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

/** A text that was shortened may end in the middle of a secret. */
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

function isPlaceholder(secret: string): boolean {
  return secret.length < 16 && /^[a-z]+(?:[-_ ][a-z]+)*$/i.test(secret);
}
