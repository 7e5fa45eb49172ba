const taken = new WeakMap<readonly string[], Readonly<Record<string, string>>>();

/** Headers by lower-case name. An answer's headers are read in many places, and parsed once. */
export function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const known = taken.get(rawHeaders);
  if (known) return known;
  const headers: Record<string, string> = {};
  taken.set(rawHeaders, headers);
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!.toLowerCase()] = rawHeaders[i + 1]!;
  return headers;
}
