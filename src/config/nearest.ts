/**
 * The name that was probably meant, if one is near enough: a third of its letters may differ, or one in a short name.
 * Loaded when there is an error to explain, and only then.
 */
export async function nearest(typed: string, names: Iterable<string>): Promise<string | undefined> {
  const { closestMatch } = await import('leven');
  const candidates = [...names];
  return closestMatch(typed.toLowerCase(), candidates, { maxDistance: Math.max(1, Math.ceil(typed.length / 3)) });
}

/** ` Did you mean gemini?`, or nothing. */
export async function didYouMean(typed: string, names: Iterable<string>): Promise<string> {
  const name = await nearest(typed, names);
  return name === undefined || name === typed ? '' : ` Did you mean ${name}?`;
}
