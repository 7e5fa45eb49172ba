/** The number of answers that the median looks back on: enough to be steady, few enough to follow a slow day. */
const KEPT_SAMPLES = 50;

/** Adds one duration in milliseconds, oldest first, and forgets all but the last 50. */
export function withSample(samples: readonly number[], ms: number): number[] {
  return [...samples, ms].slice(-KEPT_SAMPLES);
}

/** The usual value: the middle one, or the mean of the middle two. Undefined without samples. */
export function median(samples: readonly number[]): number | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
