/** Days and weeks of this machine's calendar. A moment is epoch milliseconds. */

/** The local day, `2026-11-22`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The local week by ISO 8601, `2026-W48`: it begins on Monday, and belongs to the year that its Thursday is in. */
export function weekOf(at: number): string {
  const date = new Date(at);
  const fromMonday = (date.getDay() + 6) % 7;
  // In UTC every day has 24 hours, so that the days of a year can be counted.
  const thursday = new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() - fromMonday + 3));
  const year = thursday.getUTCFullYear();
  const days = (thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000;
  return `${year}-W${two(Math.floor(days / 7) + 1)}`;
}

/** When a local day begins: `at`'s own, or one so many days later. A day may have 23 or 25 hours. */
export function dayStart(at: number, later = 0): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + later).getTime();
}

/** By which days is counted. */
export type Days = {
  dayOf(at: number): string;
  /** When the next day begins. */
  nextDay(at: number): number;
};

export const LOCAL_DAYS: Days = { dayOf, nextDay: (at) => dayStart(at, 1) };

function two(value: number): string {
  return String(value).padStart(2, '0');
}
