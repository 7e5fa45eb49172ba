import { isRecord } from '../ground/check.ts';

/** The value if it is an object, else an empty object: for reading foreign data. */
export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** @returns the parsed value, or `undefined` for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
