import { limitName } from '../../words/limit.ts';

/** Times, durations, amounts and names as the page writes them. Every input in milliseconds, tokens or US dollars. */

const DAY_MS = 86_400_000;

/** `17:05`; with another day than `now`'s, `Tue 17:05`; more than six days away, `24 Nov, 17:05`. */
export function clock(at: number, now: number): string {
  const time = new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time;
  const day = Math.abs(at - now) < 6 * DAY_MS ? weekday(at) : date(at);
  return `${day} ${time}`;
}

/** `17:05:09` */
export function clockSeconds(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** `22 Nov 2026, 17:05` */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

function weekday(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { weekday: 'short' });
}

function date(at: number): string {
  return `${new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })},`;
}

/** A span that a person waits or has waited: `0.8 s`, `42 s`, `2 min 5 s`, `48 min`, `1 h 12 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return join(minutes, 'min', seconds % 60, 's');
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(hours, 'h', minutes % 60, 'min');
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** What is left until a moment: like `duration`, and ticking (`4:07`) in the last ten minutes. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds >= 600) return duration(seconds * 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `950`, `12.4k`, `1.2M` */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 99_950) return `${(count / 1000).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** An estimate, so never finer than a cent unless it is below one. `null` is a price that nobody knows. */
export function dollars(usd: number | null): string {
  if (usd === null) return 'unknown';
  if (usd > 0 && usd < 0.01) return 'under $0.01';
  return `$${usd.toFixed(2)}`;
}

/** `82 %`, of a fraction. Rounded down below one, so that 100 % is only said when it is true. */
export function percent(fraction: number): string {
  return `${fraction < 1 ? Math.floor(fraction * 100) : Math.round(fraction * 100)} %`;
}

/** `1 turn`, `2 turns` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** A limit's name as a heading, in the terminal's words: `5h` → `5-hour limit`, `requestsPerDay` → `Requests per day`. */
export function windowName(name: string): string {
  return sentence(limitName(name));
}

/** The first letter in upper case, unless the first word is a name such as `gemini-pro`. */
export function sentence(text: string): string {
  if (!/^\p{Ll}+(?![^\s,:])/u.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
