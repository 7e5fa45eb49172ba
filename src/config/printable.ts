/** The longest text from a foreign file that is printed. */
const LONGEST = 80;

/**
 * Makes text from a foreign file safe to print in a terminal: control and direction characters
 * become `?`, and a long text is cut.
 */
export function printable(text: string, longest = LONGEST): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  const characters = Array.from(safe);
  return characters.length <= longest ? safe : `${characters.slice(0, longest - 1).join('')}…`;
}
