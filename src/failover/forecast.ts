/**
 * When a limit is full at the present pace. Only windows of hours and days are forecast: one of a minute is over before
 * anybody could do something about it.
 */

/** How much of a window was used at a moment, epoch milliseconds; a fraction. */
export type UsedAt = readonly [at: number, used: number];

/** What was read of one window since it was last reset, oldest first. */
export type UsedSeries = { resetAt: number; points: readonly UsedAt[] };

export type Forecast = {
  /** The fraction of the window that an hour takes at this pace. */
  perHour: number;
  /** The pace is that of the last so many milliseconds. */
  overMs: number;
  /** When the window is full; absent where it resets before. */
  fullAt?: number;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The pace is that of this long: of an hour for the 5-hour window, of a day (with its night) for a week's. */
function spanOf(window: string): number | undefined {
  const [, count, unit] = /^(\d+)([hd])(?:_|$)/.exec(window) ?? [];
  if (count === undefined) return undefined;
  return unit === 'h' ? Math.min(HOUR_MS, Number(count) * HOUR_MS) : DAY_MS;
}

/** So many parts of a span hold one point each, and as many points are kept. */
const PARTS = 60;
const KEPT_POINTS = 2 * PARTS;
/** Two resets this close together are the same: hosts round to seconds, and relays reckon from their own clocks. */
const SAME_RESET_MS = 60_000;
/** Fewer points than that say nothing of a pace, nor does less than this part of the span. */
const LEAST_POINTS = 4;
const LEAST_PART = 1 / 6;
/** A larger fall is no answer that was overtaken: the account has another plan now. */
const FALL = 0.05;

/**
 * The series with one more reading. What an account has used only grows until the reset: a number that is a little
 * smaller is that of an answer that was overtaken.
 * @returns undefined for a window that is not forecast.
 */
export function withUsed(
  series: UsedSeries | undefined,
  window: { name: string; used?: number | undefined; resetAt?: number | undefined },
  at: number,
): UsedSeries | undefined {
  const { name, used, resetAt } = window;
  const span = spanOf(name);
  if (span === undefined || used === undefined || resetAt === undefined || resetAt <= at) return undefined;
  const isSame = series !== undefined && Math.abs(series.resetAt - resetAt) <= SAME_RESET_MS;
  // An answer to an earlier request may still name the window before.
  if (series !== undefined && !isSame && resetAt < series.resetAt && series.resetAt > at) return series;
  const points = isSame ? series.points : [];
  const last = points.at(-1);
  if (last === undefined || used < last[1] - FALL) return { resetAt, points: [[at, used]] };
  if (at < last[0] || used < last[1]) return series;
  const isSamePart = points.length > 1 && partOf(last[0], span) === partOf(at, span);
  const before = isSamePart ? points.slice(0, -1) : points;
  return { resetAt, points: [...before, [at, used] as const].slice(-KEPT_POINTS) };
}

function partOf(at: number, span: number): number {
  return Math.floor((at * PARTS) / span);
}

/**
 * The pace is what the span took: long enough that neither a burst nor a pause decides alone. Time without requests
 * counts as such.
 * @param window its name.
 * @returns undefined for as long as there is too little to go by, and where nothing is used any more.
 */
export function forecastOf(window: string, series: UsedSeries | undefined, now: number): Forecast | undefined {
  const whole = spanOf(window);
  const [first] = series?.points ?? [];
  if (whole === undefined || series === undefined || first === undefined || series.resetAt <= now) return undefined;
  const overMs = Math.min(whole, now - first[0]);
  if (series.points.length < LEAST_POINTS || overMs < whole * LEAST_PART) return undefined;
  const [, used] = series.points.at(-1)!;
  const [, before] = series.points.findLast(([at]) => at <= now - overMs) ?? first;
  const perMs = (used - before) / overMs;
  if (used >= 1 || perMs <= 0) return undefined;
  const fullAt = Math.round(now + (1 - used) / perMs);
  return { perHour: perMs * HOUR_MS, overMs, ...(fullAt < series.resetAt && { fullAt }) };
}

/** What is worth a word as soon as so much of a window is used. */
const LEVELS = [0.9, 0.75] as const;

/** @returns the highest level that is reached; undefined below all of them, and for what no one can hurry up for. */
export function levelOf(window: string, used: number | undefined): (typeof LEVELS)[number] | undefined {
  if (used === undefined || used >= 1 || spanOf(window) === undefined) return undefined;
  return LEVELS.find((level) => used >= level);
}
