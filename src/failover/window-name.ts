/** Windows whose wire name is not a person's word for them. */
const NAMES: Record<string, string> = {
  '5h': '5-hour limit',
  '7d': 'weekly limit',
  '7d_opus': 'weekly, Opus',
  '7d_sonnet': 'weekly, Sonnet',
  '7d_oi': 'weekly, extra',
};

/** A limit's name for a person: `5h` → `5-hour limit`, `requestsPerDay` and `input-tokens` → `requests per day`, `input tokens`. */
export function windowName(name: string): string {
  const known = NAMES[name];
  if (known !== undefined) return known;
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_]+/g, ' ')
    .toLowerCase();
}
