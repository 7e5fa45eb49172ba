import type { Event } from '../events.ts';
import { isPlaceholder } from '../ground/placeholder.ts';
import { COMMANDS, MAY_BE_A_COMMAND } from './secret-commands.ts';
import { FILES, hideCards, hideSecretManifest, MAY_BE_OF_A_FILE } from './secret-files.ts';
import { hideShapes } from './secret-shape.ts';
import { maySayAPassword, SENTENCES } from './secret-words.ts';
import { hideAssigned, KEY_SHAPES, MAY_HOLD_A_KEY, MAY_NAME_A_VALUE, NAMED_VALUES } from './secret-shapes.ts';

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
  const redact = (text: string) => {
    let clean = text;
    for (const literal of literals) clean = hideCut(clean.replaceAll(literal, REDACTED), literal);
    if (MAY_HOLD_A_KEY.test(clean)) for (const shape of KEY_SHAPES) clean = clean.replace(shape, REDACTED);
    if (MAY_NAME_A_VALUE.test(clean)) for (const named of NAMED_VALUES) clean = clean.replace(named, `$1${REDACTED}`);
    if (MAY_BE_A_COMMAND.test(clean)) clean = hideShapes(clean, COMMANDS, REDACTED);
    if (MAY_BE_OF_A_FILE.test(clean)) clean = hideSecretManifest(hideShapes(clean, FILES, REDACTED), REDACTED);
    clean = hideCards(hideAssigned(clean, REDACTED), REDACTED);
    return maySayAPassword(clean) ? hideShapes(clean, SENTENCES, REDACTED) : clean;
  };
  /** Short texts without a secret: models, session ids, the preview of a turn. The same ones come with many events. */
  const harmless = new Set<string>();
  return (text) => {
    // Most strings of an event are short ids, which hold no secret.
    if (text.length < 8 || harmless.has(text)) return text;
    const clean = redact(text);
    if (clean === text && text.length <= MOST_REMEMBERED_LENGTH) {
      if (harmless.size === MOST_REMEMBERED) harmless.clear();
      harmless.add(text);
    }
    return clean;
  };
}

const MOST_REMEMBERED = 200;
const MOST_REMEMBERED_LENGTH = 128;

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

/**
 * Redacts every string of an event, however deep; its type and its numbers stay. An event without a secret is returned
 * as it is.
 */
export function redactEvent(event: Event, redact: (text: string) => string): Event {
  const clean = cleaned(event, redact) as Event;
  return clean.type === event.type ? clean : ({ ...clean, type: event.type } as Event);
}

/** Redacts every string in a value, and copies only the parts that change. */
export function cleaned(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(fields)) {
    const clean = cleaned(fields[name], redact);
    if (clean === fields[name]) continue;
    copy ??= (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
    copy[name] = clean;
  }
  return copy ?? value;
}
