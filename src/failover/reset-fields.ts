import type { Clock } from './clock.ts';
import { record } from './error-body.ts';
import { readMoment } from './moments.ts';

/**
 * Fields of an error's body that say when a limit is over, in small letters without marks, each with whose it is.
 * A span comes before a date, which depends on clocks.
 */
const MILLISECONDS = ['retryafterms', 'resetsinms', 'resetafterms', 'retryinms'];
const SPANS = [
  'retrydelay', // Google's RetryInfo
  'quotaresetdelay', // Google's Code Assist
  'resetsinseconds', // OpenAI's Codex plans
  'resetinseconds',
  'retryafterseconds',
  'resetafterseconds',
  'retryafter', // LiteLLM, Discord's form
  'resetafter',
  'resetsin',
  'secondsuntilreset',
  'waitseconds',
];
const DATES = [
  'resetsat', // OpenAI's Codex plans
  'resetat',
  'quotaresettimestamp', // Google's Code Assist
  'nextresetat',
  'nextresettime',
  'resettime',
  'nextflushtime', // z.ai
  'retryat',
  'availableat',
  'xratelimitreset', // OpenRouter repeats its headers inside the body
];
const NAMES = [...MILLISECONDS, ...SPANS, ...DATES];

/** Deeper than any body was seen: error, details, metadata, headers. */
const DEEPEST = 6;

/**
 * When a limit is over, as a field of an error's body says.
 * @param body the parsed body.
 * @returns epoch milliseconds; undefined where no field says it, or only one that has passed.
 */
export function readResetField(body: unknown, clock: Clock): number | undefined {
  const found = new Map<string, number>();
  collect(body, found, clock, 0);
  return NAMES.map((name) => found.get(name)).find((moment) => moment !== undefined);
}

function collect(value: unknown, found: Map<string, number>, clock: Clock, depth: number): void {
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) return value.forEach((each) => collect(each, found, clock, depth + 1));
  for (const [key, field] of Object.entries(record(value))) {
    if (typeof field === 'object') {
      collect(field, found, clock, depth + 1);
      continue;
    }
    const name = key.toLowerCase().replaceAll(/[^a-z]/g, '');
    if (!NAMES.includes(name) || (typeof field !== 'string' && typeof field !== 'number')) continue;
    const text = MILLISECONDS.includes(name) ? String(Number(field) / 1000) : String(field);
    const moment = readMoment(text, clock);
    if (moment !== undefined && moment > clock.now && !found.has(name)) found.set(name, Math.ceil(moment));
  }
}
