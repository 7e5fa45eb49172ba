import type { ProviderId } from '../events.ts';

/**
 * Why a provider does not answer now, as the session's process tells it (`claude: 429 (5-hour limit)`, `you chose
 * gemini`), in a sentence that calls providers by their names: `Claude answered 429 (5-hour limit).`
 */
export function reasonSentence(reason: string, label: (provider: ProviderId) => string): string {
  const [, id, rest = ''] = /^([\w.-]+): (.+)$/s.exec(reason) ?? [];
  const named = id === undefined ? withNames(reason, label) : `${label(id)} ${cannot(rest)}`;
  const text = named.charAt(0).toUpperCase() + named.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function cannot(reason: string): string {
  return /^\d/.test(reason) ? `answered ${reason}` : `cannot answer: ${reason}`;
}

/** Ids where a sentence has a name; the one behind `ccmux use` stays what has to be typed. */
function withNames(text: string, label: (provider: ProviderId) => string): string {
  return text.replace(/^[\w.-]+(?= is ready\b)|(?<=^you chose )[\w.-]+/, (id) => label(id));
}
