/** How numbers, times and foreign text look wherever ccmux writes for a person. All times are local. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number) => String(value).padStart(2, '0');

/** `17:05` */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `22 Nov 2026` */
export function day(at: number): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** `17:05`, or `23 Nov 17:05` when that is not the day of `now`, or `23 Nov 2025 17:05` when it is not the year. */
export function clockFrom(now: number, at: number): string {
  if (day(now) === day(at)) return clock(at);
  const date = new Date(at);
  const year = date.getFullYear() === new Date(now).getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}${year} ${clock(at)}`;
}

/** `4.2 s`, `850 ms`, `2 min 5 s`: how long somebody took. */
export function took(ms: number): string {
  if (ms < 995) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  return span(ms);
}

/** `45 s`, `31 min 40 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units: [string, number][] = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ];
  const first = units.findIndex(([, count]) => count > 0);
  if (first === -1) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(' ');
}

/** `350`, `43.1k`, `1.2M` */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}

/** `$0.04`, `$12.30`, `< $0.01`; `null` is `unknown`. */
export function dollars(usd: number | null): string {
  if (usd === null) return 'unknown';
  if (usd > 0 && usd < 0.005) return '< $0.01';
  return `$${usd.toFixed(2)}`;
}

/** `1 failover`, `2 failovers` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** With no-break spaces, which wrapping respects and whoever prints turns back: `2.8 s` stays in one piece. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** The end of a session's id, which is enough to name it: `3f2a` of `20261122-074312-3f2a`. */
export function shortId(session: string): string {
  return session.slice(session.lastIndexOf('-') + 1);
}

/** The home folder as `~`. */
export function tidyPath(path: string, home: string | undefined): string {
  if (home === undefined || home === '') return path;
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
