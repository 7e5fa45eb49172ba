/** How paths and sentences are fitted to a terminal. */

/** With no-break spaces, which keep `2.8 s` on one line; printing turns them back. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** The same inside a sentence, for each number with its unit, and for a time with its date: `in 1 h 12 min`. */
export function keptTogether(text: string): string {
  return text.replaceAll(
    /(?<=\d) (?=(?:ms|s|min|h|d|%|×)\b|%)|(?<=\b(?:s|min|h|d)) (?=\d)|(?<=\b(?:at|on)) (?=\d)/g,
    '\u00a0',
  );
}

/** The home folder as `~`. */
export function tidyPath(path: string, home: string | undefined): string {
  if (home === undefined || home === '') return path;
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
