import { UserError } from '../errors.ts';
import { dayStart } from '../state/calendar.ts';
import type { Period } from '../state/figures.ts';

const HOUR_MS = 3_600_000;

/** What `--since` and `--until` understand, for help and for a mistake. */
const EXAMPLES = '7d, 24h, 2w, today, yesterday, 2026-11-22 or 2026-11-22T14:30';

/**
 * The period that a person names. Days are whole local days: `--since 7d` is today and the six days before it,
 * `--until yesterday` ends with yesterday.
 *
 * @param now epoch milliseconds.
 * @throws UserError for what is no moment, or where nothing lies between the two.
 */
export function readPeriod(given: { since?: string | undefined; until?: string | undefined }, now: number): Period {
  const since = given.since === undefined ? undefined : readStart('--since', given.since, now);
  const until = given.until === undefined ? undefined : readMoment('--until', given.until, now).end;
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UserError(`--since ${given.since} begins after --until ${given.until} ends`);
  }
  return { since, until };
}

/**
 * When the period begins that a person names: what is older than that is meant by `--before 30d`, too.
 * @param option for a mistake.
 */
export function readStart(option: string, text: string, now: number): number {
  const { start } = readMoment(option, text, now);
  if (start > now) throw new UserError(`${option} ${text} is in the future`);
  return start;
}

/** A moment, or the day that is meant: then its start and its end differ. */
function readMoment(option: string, text: string, now: number): { start: number; end: number } {
  const wholeDay = (at: number) => ({ start: dayStart(at), end: dayStart(at, 1) });
  const word = text.trim().toLowerCase();
  if (word === 'today') return wholeDay(now);
  if (word === 'yesterday') return wholeDay(dayStart(now, -1));
  const [, count, unit] = /^(\d{1,4}) ?(h|d|w)$/.exec(word) ?? [];
  if (unit === 'h') return { start: now - Number(count) * HOUR_MS, end: now - Number(count) * HOUR_MS };
  if (unit !== undefined) {
    const days = Number(count) * (unit === 'w' ? 7 : 1);
    // Today is one of the days; the period that ends `1d` ago ends with yesterday.
    return { start: dayStart(now, 1 - days), end: dayStart(now, 1 - days) };
  }
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word);
  if (date !== null) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
    const at = new Date(year, month - 1, day);
    if (at.getMonth() === month - 1 && at.getDate() === day) return wholeDay(at.getTime());
  } else if (/^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}/.test(word)) {
    const at = Date.parse(text.trim().replace(' ', 'T'));
    if (!Number.isNaN(at)) return { start: at, end: at };
  }
  throw new UserError(`${option}: expected a moment such as ${EXAMPLES}, found ${JSON.stringify(text)}`);
}
