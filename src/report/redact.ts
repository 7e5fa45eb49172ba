import type { Event } from '../events.ts';

/** What stands where a secret stood. */
const REDACTED = '[redacted]';

/**
 * Shapes of keys that are worth hiding wherever they turn up, also when they are not ours: a user's prompt preview or an
 * upstream's error text may hold them. Each matches only characters that a key is made of, so what is around it stays.
 */
const KEY_SHAPES: RegExp[] = [
  // Vendors' prefixes: sk-, sk-ant-, sk-or-, sk-proj- (Anthropic, OpenRouter, OpenAI, DeepSeek …), gsk_ (Groq), xai-, csk- (Cerebras), nvapi-.
  /\b(?:sk-|gsk_|xai-|csk-|nvapi-|pplx-|fw_|hf_|r8_|ghp_|github_pat_)[\w-]{12,}/g,
  // Google: API keys and OAuth access tokens.
  /\bAIza[\w-]{16,}/g,
  /\bya29\.[\w.-]{16,}/g,
  // AWS access key ids.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // JSON web tokens.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];

/** `Bearer abc`, `x-api-key: abc`, `?key=abc`: the name stays, the value goes. */
const NAMED_VALUES: RegExp[] = [
  /(\bbearer\s+)[\w.~+/=-]{6,}/gi,
  /(\b(?:x-api-key|x-goog-api-key|api-key|api_key|apikey|access_token|client_secret)["']?\s*[:=]\s*["']?)[\w.~+/=-]{6,}/gi,
  /([?&]key=)[\w.~+/=-]{6,}/gi,
  // The secret first segment of a session's own address.
  /(\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/)[\w-]{20,}/g,
];

/**
 * Builds the one function through which everything passes that is written down.
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
    for (const literal of literals) clean = clean.replaceAll(literal, REDACTED);
    for (const shape of KEY_SHAPES) clean = clean.replace(shape, REDACTED);
    for (const named of NAMED_VALUES) clean = clean.replace(named, `$1${REDACTED}`);
    return clean;
  };
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
