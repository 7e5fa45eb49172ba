/** Names of limits. One table: a limit has one name on the terminal, in the footer, in the report and on the page. */

/** Limits whose wire name does not spell itself out. */
const NAMES: Readonly<Record<string, string>> = {
  '5h': '5-hour limit',
  '7d': '7-day limit',
  // Claude Code 2.1.330 shows this window as the Fable limit.
  '7d_oi': '7-day Fable limit',
  overage: 'extra usage limit',
  // Claude's unified limit where no window is named.
  unified: 'usage limit',
};

/**
 * A limit in words.
 *
 * @param name a `QuotaWindow`'s name: `5h` → `5-hour limit`, `7d_opus` → `7-day Opus limit`, `requestsPerDay` →
 *   `requests per day`, `input-tokens` → `input tokens`.
 */
export function limitName(name: string): string {
  const known = NAMES[name];
  if (known !== undefined) return known;
  const [, days, scope] = /^(\d+)d_(.+)$/.exec(name) ?? [];
  if (scope !== undefined) return `${days}-day ${capitalised(scope.replaceAll('_', ' '))} limit`;
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]+/g, ' ')
    .toLowerCase();
}

/** `opus` → `Opus`: a model family, or the first word of a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
