/** The result of parsing a setting's text: its value, or what was expected and the unknown name. */
export type Parsed<T = unknown> =
  | { ok: true; value: T }
  | { ok: false; expected: string; near?: string; names?: readonly string[] };
