import type { Parsed } from './parsed.ts';

/** The form of a duration, for the parser and for the JSON Schema. */
export const DURATION = /^(0|(\d+(?:\.\d+)?)(ms|s|m|h))$/;

export const A_DURATION = 'a duration such as 500ms, 60s or 2m';

/** `500ms`, `60s`, `2m`, `1h`, and a bare `0`, in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const match = DURATION.exec(text.trim());
  if (match?.[1] === '0') return { ok: true, value: 0 };
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[3] ?? ''];
  if (!match || unit === undefined) return { ok: false, expected: A_DURATION };
  return { ok: true, value: Math.round(Number(match[2]) * unit) };
}

/** `60s`, the shortest text that `parseDuration` reads back. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? '0s' : `${ms}ms`;
}
