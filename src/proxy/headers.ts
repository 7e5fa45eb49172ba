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
function parseHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i]!.toLowerCase()] = rawHeaders[i + 1]!;
  return headers;
}
