/**
 * ` Did you mean gemini?`, or nothing when no name is near enough: a third of the letters may differ, or one in a short
 * name; or as many as `maxDistance` says. The package is loaded only when there is an error to explain.
 */
export async function didYouMean(
  typed: string,
  names: Iterable<string>,
  maxDistance = Math.max(1, Math.ceil(typed.length / 3)),
): Promise<string> {
  const { closestMatch } = await import('leven');
  const spelt = new Map([...names].map((name) => [name.toLowerCase(), name]));
  const name = spelt.get(closestMatch(typed.toLowerCase(), [...spelt.keys()], { maxDistance }) ?? '');
  return name === undefined || name === typed ? '' : ` Did you mean ${name}?`;
}
