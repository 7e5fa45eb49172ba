/** Text for one setting, understood or not: then what was expected, and what was typed where one of `names` belongs. */
export type Parsed<T = unknown> =
  | { ok: true; value: T }
  | { ok: false; expected: string; near?: string; names?: readonly string[] };
