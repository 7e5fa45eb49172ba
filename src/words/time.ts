/**
 * Moments and spans of time. Everything is a function of its arguments: moments are epoch milliseconds, spans
 * milliseconds, `zone` an IANA name (left out: the machine's own zone). Dates are written in English, as the
 * sentences around them are, whatever the machine's locale. Only the clock follows the user's locale: `setHourCycle`.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A clock shows each time once in this span: within it a time needs no date. */
const UNAMBIGUOUS_MS = 12 * HOUR_MS;

/** `h23`: 17:05. `h12`: 5:05pm. */
export type HourCycle = 'h12' | 'h23';

let hourCycle: HourCycle | (() => HourCycle) = 'h23';

/** Each program says once, at its start, how its user reads a clock. @param cycle a function is called on first use. */
export function setHourCycle(cycle: HourCycle | (() => HourCycle)): void {
  hourCycle = cycle;
}

/** The clock in use: the live page and the report's page show the same as the terminal. */
export function currentHourCycle(): HourCycle {
  if (typeof hourCycle === 'function') hourCycle = hourCycle();
  return hourCycle;
}

/** `17:05`, or `5:05pm`: where the date is beside it. */
export function time(at: number, zone?: string): string {
  return timeOf(partsOf(at, zone), '');
}

/** `17:05:09`, or `5:05:09pm`. */
export function timeWithSeconds(at: number, zone?: string): string {
  const parts = partsOf(at, zone);
  return timeOf(parts, `:${two(parts.second)}`);
}

function timeOf({ hour, minute }: Parts, seconds: string): string {
  if (currentHourCycle() === 'h23') return `${two(hour)}:${two(minute)}${seconds}`;
  return `${hour % 12 || 12}:${two(minute)}${seconds}${hour < 12 ? 'am' : 'pm'}`;
}

/** `22 Nov 2026` */
export function day(at: number, zone?: string): string {
  const { date, month, year } = partsOf(at, zone);
  return `${date} ${MONTHS[month]} ${year}`;
}

/** `22 Nov 2026, 17:05` */
export function dayAndTime(at: number, zone?: string): string {
  return `${day(at, zone)}, ${time(at, zone)}`;
}

/** `17:05`; `23 Nov 17:05` on another day than `now`'s and 12 hours away or more; with the year if that differs. */
export function clock(at: number, now: number, zone?: string): string {
  const date = dateWhereNeeded(at, now, zone);
  return date === undefined ? time(at, zone) : `${date} ${time(at, zone)}`;
}

/** `at 17:05`, `on 23 Nov at 17:05`: as `clock`, for a sentence. */
export function atClock(at: number, now: number, zone?: string): string {
  const date = dateWhereNeeded(at, now, zone);
  return date === undefined ? `at ${time(at, zone)}` : `on ${date} at ${time(at, zone)}`;
}

/** `17:05 (in 1 h 12 min)` */
export function clockAndWait(at: number, now: number, zone?: string): string {
  return at <= now ? clock(at, now, zone) : `${clock(at, now, zone)} (in ${wait(at - now)})`;
}

/** A span that something took: `< 0.1 s`, `0.8 s`, `42 s`, `2 min 5 s`, `48 min`, `1 h 12 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms <= 0) return '0 s';
  if (ms < 50) return '< 0.1 s';
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return seconds < 600 ? pair(seconds, 60, 'min', 's') : long(Math.round(ms / MINUTE_MS));
}

/** What is left until a moment, rounded up so that it never promises too much: `40 s`, `2 min`, `1 h 12 min`. */
export function wait(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 60 ? `${seconds} s` : long(Math.ceil(seconds / 60));
}

/** `48 min`, `1 h 12 min`, `3 d 4 h` */
function long(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return minutes < 24 * 60 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h');
}

/** The two largest units, the smaller only where there is any of it. */
function pair(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return rest === 0 ? `${count / size} ${large}` : `${Math.floor(count / size)} ${large} ${rest} ${small}`;
}

function dateWhereNeeded(at: number, now: number, zone: string | undefined): string | undefined {
  if (Math.abs(at - now) < UNAMBIGUOUS_MS || day(at, zone) === day(now, zone)) return undefined;
  const { date, month, year } = partsOf(at, zone);
  return `${date} ${MONTHS[month]}${year === partsOf(now, zone).year ? '' : ` ${year}`}`;
}

type Parts = { year: number; /** From 0. */ month: number; date: number; hour: number; minute: number; second: number };

function partsOf(at: number, zone: string | undefined): Parts {
  const moment = new Date(at);
  if (zone === undefined) {
    return {
      year: moment.getFullYear(),
      month: moment.getMonth(),
      date: moment.getDate(),
      hour: moment.getHours(),
      minute: moment.getMinutes(),
      second: moment.getSeconds(),
    };
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = format.formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  return {
    year: part('year'),
    month: part('month') - 1,
    date: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
