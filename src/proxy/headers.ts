const taken = new WeakMap<readonly string[], Readonly<Record<string, string>>>();

/** An answer's headers are read in many places, and parsed once. */
export function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const known = taken.get(rawHeaders);
  if (known) return known;
  const headers = parseHeaders(rawHeaders);
  taken.set(rawHeaders, headers);
  return headers;
}

/** Headers by lower-case name. */
export function parseHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!.toLowerCase()] = rawHeaders[i + 1]!;
  return headers;
}

/**
 * The values of one header, mostly none or one. Node makes its own dictionary of a request's headers when it is first
 * asked for it, which takes longer than all else that is read of them.
 * @param name in lower case.
 */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const one = rawHeaders[i]!;
    // Most are ruled out by their length.
    if (one.length === name.length && one.toLowerCase() === name) values.push(rawHeaders[i + 1]!);
  }
  return values;
}
