/** Round times, seconds. */
const FINE = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600, 7200, 14_400, 43_200, 86_400,
];
/** For a wide range: more lines than these hide the points. */
const COARSE = [0.01, 0.1, 1, 10, 60, 600, 3600, 14_400, 86_400];
const MOST_TICKS = 6;

/** `ticks` are milliseconds, from the axis's foot to its top; `share` of the axis's height, 0 … 1. */
export type TimeScale = { ticks: number[]; share: (ms: number) => number };

/**
 * A logarithmic axis, on which both 50 ms and 50 s are visible.
 * @param times milliseconds, at least one.
 */
export function timeScale(times: readonly number[]): TimeScale {
  const fine = between(FINE, times);
  const seconds = fine.length > MOST_TICKS ? between(COARSE, times) : fine;
  const ticks = seconds.map((tick) => tick * 1000);
  const [low = 10, high = 100] = [ticks[0], ticks.at(-1)];
  const share = (ms: number) => Math.log(Math.max(ms, low) / low) / Math.log(high / low);
  return { ticks, share: (ms) => Math.min(1, share(ms)) };
}

/** The round times that hold all of these, two at least. */
function between(steps: readonly number[], times: readonly number[]): number[] {
  const [least, most] = [Math.min(...times) / 1000, Math.max(...times) / 1000];
  const above = steps.findIndex((step) => step >= most);
  const end = above === -1 ? steps.length - 1 : Math.max(1, above);
  const start = Math.max(
    0,
    steps.findLastIndex((step) => step <= least),
  );
  return steps.slice(Math.min(start, end - 1), end + 1);
}

/** `0.05 s`, `10 s`, `2 min`, `1 h` */
export function tickLabel(ms: number): string {
  if (ms < 60_000) return `${ms / 1000} s`;
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}
