import type { QuotaWindow } from '../events.ts';
import { capitalised } from './text.ts';
import { atClock, wait as span } from './time.ts';

/** Limits: one name for each, on the terminal, in the footer, in the report and on the page. */

/** Those whose wire name does not spell itself out. */
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

/** The fraction of a limit that is used, 0 … 1 and above; undefined where the facts do not tell it. */
export function usedOf({ used, limit, remaining }: QuotaWindow): number | undefined {
  if (used !== undefined) return used;
  return limit !== undefined && limit > 0 && remaining !== undefined ? 1 - remaining / limit : undefined;
}

/** `82 %`, of a fraction. Rounded down below one, so that 100 % is only said when it is true. */
export function percent(fraction: number): string {
  return `${fraction < 1 ? Math.floor(fraction * 100 + 1e-9) : Math.round(fraction * 100)} %`;
}

/** `full at 16:20 at this pace, 45 min before its reset` */
export function fullText(fullAt: number, resetAt: number | undefined, now: number): string {
  const early = resetAt === undefined ? '' : `, ${span(resetAt - fullAt)} before its reset`;
  return `full ${atClock(fullAt, now)} at this pace${early}`;
}

/** `12 % an hour`; a week's window by the day. */
export function paceText(perHour: number): string {
  const isSlow = perHour < 0.01;
  return `${percent(isSlow ? perHour * 24 : perHour)} ${isSlow ? 'a day' : 'an hour'}`;
}

/** A context window's tokens, `128k`, `1M`: vendors count in thousands or in 1,024s, and round either. */
export function windowSize(count: number): string {
  if (count < 1000) return String(count);
  if (count >= 1_000_000) return `${Math.round(count / 100_000) / 10}M`;
  return `${Math.round(count / (count % 1000 !== 0 && count % 1024 === 0 ? 1024 : 1000))}k`;
}

/** `350`, `43.1k`, `100k`, `1.2M` */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}
